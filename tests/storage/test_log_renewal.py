"""The shared log written anew: what is needed stays, what was forgotten leaves the disk, whatever happens."""

from __future__ import annotations

from contextlib import suppress
from errno import EIO

import pytest
from disks import GROUP_A, GROUP_B, STATE, Outcomes, line, lines

from nanie_actors.model import GroupId
from nanie_actors.storage.accidents import Cut
from nanie_actors.storage.disk import DiskError, DiskOk, Lane
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.shared_log import SharedLog

WAL = STATE / "wal"


def opened(disk: MemoryDisk) -> SharedLog:
    return SharedLog.open(disk, WAL)


def written(disk: MemoryDisk) -> SharedLog:
    """Both groups have three lines that are only here."""
    log = opened(disk)
    for group in (GROUP_A, GROUP_B):
        log.append(group, lines(group, 1, 3), lambda _: None)
    disk.run()
    return log


def blobs(disk: MemoryDisk) -> list[bytes]:
    return [disk.read(WAL / name) or b"" for name in disk.listdir(WAL)]


def tail(disk: MemoryDisk, log: SharedLog, group: GroupId) -> list[bytes]:
    got: list[bytes] = []
    log.tail(group, got.extend)
    disk.run()
    return got


def forget_and_renew(log: SharedLog) -> Outcomes:
    outcomes = Outcomes()

    def forgotten(result: object) -> None:
        del result
        log.renew(outcomes.add)

    log.forget(GROUP_A, forgotten)
    return outcomes


def test_what_was_forgotten_is_in_no_segment_any_more(memory: MemoryDisk) -> None:
    log = written(memory)
    outcomes = forget_and_renew(log)
    memory.run()
    assert outcomes == [DiskOk()]
    assert not any(line(GROUP_A, 1) in blob for blob in blobs(memory))
    assert tail(memory, log, GROUP_B) == lines(GROUP_B, 1, 3)


def test_the_others_find_their_lines_after_the_loss_of_power_and_go_on(memory: MemoryDisk) -> None:
    log = written(memory)
    forget_and_renew(log)
    memory.run()
    log.append(GROUP_B, [line(GROUP_B, 4)], lambda _: None)
    memory.run()
    memory.power_loss()
    log = opened(memory)
    assert log.groups() == [GROUP_B]
    assert tail(memory, log, GROUP_B) == lines(GROUP_B, 1, 4)


def test_a_log_that_nobody_needs_is_renewed_to_nothing(memory: MemoryDisk) -> None:
    log = written(memory)
    log.caught_up(GROUP_B, 3)
    outcomes = forget_and_renew(log)
    memory.run()
    assert outcomes == [DiskOk()]
    assert blobs(memory) == []


def test_what_is_forgotten_while_it_is_renewed_does_not_come_back(memory: MemoryDisk) -> None:
    log = written(memory)
    outcomes = Outcomes()
    log.renew(outcomes.add)
    log.forget(GROUP_B, outcomes.add)
    memory.run()
    assert outcomes == [DiskOk(), DiskOk()]
    memory.power_loss()
    assert opened(memory).groups() == [GROUP_A]


def test_lines_that_come_while_it_is_renewed_stay_in_order(memory: MemoryDisk) -> None:
    log = written(memory)
    forget_and_renew(log)
    for seq in range(4, 9):
        log.append(GROUP_B, [line(GROUP_B, seq)], lambda _: None)
        memory.run_batch(Lane.COMMIT)
    memory.run()
    memory.power_loss()
    log = opened(memory)
    assert tail(memory, log, GROUP_B) == lines(GROUP_B, 1, 8)


@pytest.mark.parametrize("call", ["write", "open_append", "sync"])
def test_a_disk_that_refuses_keeps_what_it_has(memory: MemoryDisk, call: str) -> None:
    log = written(memory)
    log.forget(GROUP_A, lambda _: None)
    memory.run()
    memory.files.fail(call, EIO, name=".log", count=1)
    outcomes = Outcomes()
    log.renew(outcomes.add)
    memory.run()
    assert [type(outcome) for outcome in outcomes] == [DiskError]
    assert tail(memory, log, GROUP_B) == lines(GROUP_B, 1, 3)
    memory.files.heal()
    log.renew(outcomes.add)
    memory.run()
    assert outcomes[-1] == DiskOk()
    assert tail(memory, opened(memory), GROUP_B) == lines(GROUP_B, 1, 3)


@pytest.mark.parametrize("power_loss", [False, True])
def test_a_crash_between_any_two_calls_loses_no_line_of_the_others(power_loss: bool) -> None:
    calls, done = 0, False
    while not done:
        disk = MemoryDisk(STATE)
        log = written(disk)
        disk.files.cut_after(calls)
        outcomes = forget_and_renew(log)
        with suppress(Cut):
            disk.run()
            done = True
        if power_loss:
            disk.power_loss()
        else:
            disk.kill()
        log = opened(disk)
        assert tail(disk, log, GROUP_B) == lines(GROUP_B, 1, 3), calls
        assert not outcomes or GROUP_A not in log.groups(), calls
        calls += 1
    assert calls > 8


def test_a_closed_log_is_not_renewed(memory: MemoryDisk) -> None:
    log = written(memory)
    log.close(0.0)
    outcomes = Outcomes()
    log.renew(outcomes.add)
    assert [type(outcome) for outcome in outcomes] == [DiskError]
