"""Somebody promises to flush the shared log: what comes before joins, and nothing is left if it is late."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest
from disks import DEADLINE_S, GROUP_A, GROUP_B, STATE, Outcomes, line, settle
from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.model import GroupId
from nanie_actors.runtime import (
    ActorSystem,
    PoolDispatcher,
    PooledActor,
    SpareWork,
    SystemClock,
    ThreadTimers,
)
from nanie_actors.storage.disk import DiskOk, DiskResult
from nanie_actors.storage.file_system import OsFile, OsFileSystem
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.real_disk import RealDisk
from nanie_actors.storage.segment_files import REST_S, SLOW_S
from nanie_actors.storage.shared_log import SharedLog

WAL = STATE / "wal"


class Promising:
    """A log, and somebody who promises to flush it, and says how often."""

    def __init__(self, memory: MemoryDisk) -> None:
        self.log = SharedLog.open(memory, WAL)
        self.log.on_waiting = self._promise
        self.promises = 0
        self.seqs: dict[GroupId, int] = {}

    def _promise(self) -> bool:
        self.promises += 1
        return True

    def append(self, group: GroupId) -> Outcomes:
        outcomes = Outcomes()
        seq = self.seqs[group] = self.seqs.get(group, 0) + 1
        self.log.append(group, [line(group, seq)], outcomes.add)
        return outcomes


@pytest.fixture
def promising(memory: MemoryDisk) -> Promising:
    return Promising(memory)


def test_until_the_promise_is_kept_nothing_goes_to_the_disk(memory: MemoryDisk, promising: Promising) -> None:
    told = [promising.append(group) for group in (GROUP_A, GROUP_B, GROUP_A)]
    memory.run()
    assert told == [[], [], []]
    assert promising.promises == 1
    promising.log.flush(here=True)
    memory.run()
    assert told == [[DiskOk()]] * 3
    assert promising.log.stats().flushes == 1


def test_what_comes_during_a_flush_is_promised_when_it_ends(memory: MemoryDisk, promising: Promising) -> None:
    promising.append(GROUP_A)
    promising.log.flush(here=False)
    late = promising.append(GROUP_B)
    assert promising.promises == 1
    memory.run()
    assert promising.promises == 2
    assert late == []
    promising.log.flush(here=False)
    memory.run()
    assert late.all_ok


def test_a_flush_that_nobody_needs_any_more_does_nothing(memory: MemoryDisk, promising: Promising) -> None:
    promising.append(GROUP_A)
    promising.log.flush(here=False)
    promising.log.flush(here=False)
    memory.run()
    promising.log.flush(here=True)
    assert promising.log.stats().flushes == 1
    assert promising.append(GROUP_A) == []
    assert promising.promises == 2


def test_one_who_refuses_is_not_waited_for(memory: MemoryDisk, promising: Promising) -> None:
    promising.log.on_waiting = lambda: False
    told = promising.append(GROUP_A)
    memory.run()
    assert told.all_ok


def test_closing_waits_for_the_promise(memory: MemoryDisk, promising: Promising) -> None:
    told = promising.append(GROUP_A)
    assert not promising.log.close(0.0)
    promising.log.flush(here=False)
    memory.run()
    assert promising.log.close(0.0)
    assert told.all_ok


class SlowFiles(OsFileSystem):
    """Notes which thread flushed; each flush takes `flush_s` of a clock that stands for `monotonic`."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.flush_s = 0.0
        self.flushed_by: list[str] = []

    def open_append(self, path: Path) -> OsFile:
        files = self

        class Slow(OsFile):
            def sync(self) -> None:
                files.now += files.flush_s
                files.flushed_by.append(threading.current_thread().name)
                super().sync()

        return Slow(path, 0)


def test_a_slow_disk_works_on_its_own_thread_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = SlowFiles()
    monkeypatch.setattr("nanie_actors.storage.segment_files.monotonic", lambda: files.now)
    disk = RealDisk(files)
    log = SharedLog.open(disk, tmp_path)
    log.on_waiting = lambda: True
    seqs = iter(range(1, 100))

    def flush() -> str:
        log.append(GROUP_A, [line(GROUP_A, next(seqs))], lambda _: None)
        log.flush(here=True)
        settle(disk)
        return files.flushed_by.pop()

    assert flush() == "MainThread"
    files.flush_s = SLOW_S + 0.001
    assert flush() == "MainThread"
    assert flush() == "disk-commit"
    files.now += REST_S - files.flush_s - 0.01
    assert flush() == "disk-commit"
    files.flush_s = 0.0
    assert [flush(), flush()] == ["MainThread"] * 2
    log.on_waiting = lambda: False
    assert log.close(DEADLINE_S)
    assert disk.close(DEADLINE_S)


@given(st.lists(st.sampled_from(["append a", "append b", "tail", "flush", "disk"]), max_size=40))
def test_whatever_the_order_each_is_told_once_in_order_and_never_without_a_promise(steps: list[str]) -> None:
    memory = MemoryDisk(STATE)
    promising = Promising(memory)
    log, told, asked = promising.log, list[int](), 0

    def tell(number: int, _: object) -> None:
        told.append(number)

    for step in steps:
        if step == "flush":
            log.flush(here=True)
        elif step == "disk":
            memory.run()
        elif step == "tail":
            log.tail(GROUP_A, partial(tell, asked))
            asked += 1
        else:
            group = GROUP_A if step == "append a" else GROUP_B
            seq = promising.seqs[group] = promising.seqs.get(group, 0) + 1
            log.append(group, [line(group, seq)], partial(tell, asked))
            asked += 1
    for _ in range(2):
        log.flush(here=False)
        memory.run()
    assert told == list(range(asked))
    assert log.close(0.0)
    assert promising.promises <= asked


def test_actors_flush_it_themselves_and_each_is_told_in_order(tmp_path: Path) -> None:
    """Forty actors on the pool, each with one append under way."""
    rounds, clock = 25, SystemClock()
    disk = RealDisk()
    log = SharedLog.open(disk, tmp_path / "wal")
    system = ActorSystem(PoolDispatcher(), clock=clock, timers=ThreadTimers(clock))
    flush = SpareWork("flush", log.flush)
    log.on_waiting = lambda: system.dispatcher.offer(flush)
    through = threading.Semaphore(0)
    told_on: set[str] = set()

    class Writer(PooledActor):
        def __init__(self, group: GroupId) -> None:
            super().__init__()
            self.group = group
            self.waits_for = 0

        def on_receive(self, settled: int) -> None:
            assert settled == self.waits_for
            if settled == rounds:
                through.release()
                return
            self.waits_for += 1
            log.append(self.group, [line(self.group, self.waits_for)], partial(self.tell, self.waits_for))

        def tell(self, seq: int, result: DiskResult) -> None:
            assert result == DiskOk()
            told_on.add(threading.current_thread().name)
            self.actor_ref.tell(seq)

    groups = [GroupId(f"{number}@g.us") for number in range(40)]
    for group in groups:
        system.start(Writer, group).tell(0)
    for _ in groups:
        assert through.acquire(timeout=DEADLINE_S)
    assert system.shutdown(DEADLINE_S)
    assert log.close(DEADLINE_S)
    assert disk.close(DEADLINE_S)
    assert log.stats().flushes < 40 * rounds
    assert any(name.startswith("actors-") for name in told_on)
    assert set(log.groups()) == set(groups)
