"""Wherever a group's writes are cut off, what its files tell is one moment of its life, and no old one."""

from __future__ import annotations

from contextlib import suppress
from errno import EIO, ENOSPC
from random import Random
from typing import Any

import orjson
from disks import GROUP_A, STATE, line
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nanie_actors.storage.accidents import Cut
from nanie_actors.storage.disk import DiskOk, DiskResult, Lane
from nanie_actors.storage.group_files import GroupFiles, SnapshotData
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.seen import pack_keys

FOLDER = STATE / "memory" / GROUP_A
KEPT = 5

VERBS = ("records", "records", "journal", "snapshot", "rewrite", "run_one", "run", "fail")
scripts = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 6)), max_size=25)


class Group:
    """A group whose n-th record is its n-th event, its n-th message and its n-th seen key."""

    def __init__(self, disk: MemoryDisk) -> None:
        self.disk = disk
        self.durable = 0  # the newest record that a DiskOk said to be in the group's files
        self.seq = 0
        self.restart()

    def restart(self) -> None:
        """A new process: load, check, and have durable what was loaded before it counts as such."""
        self.files = GroupFiles(self.disk, FOLDER, GROUP_A)
        stored = self.files.load(recent=100)
        base = int(stored.meta["seq"]) if stored.meta else 0
        assert stored.last_seq >= self.durable
        assert stored.last_seq <= self.seq
        assert [one.seq for one in stored.journal] == list(range(base + 1, stored.last_seq + 1))
        assert ids(stored.events()) == list(range(1, len(stored.events()) + 1))
        assert base <= len(stored.events()) <= self.seq
        messages = ids(stored.messages)
        assert messages == list(range(base - len(messages) + 1, base + 1))
        assert len(messages) >= min(base, KEPT)
        assert ids(list(self.files.messages()))[: len(messages)] == messages
        assert set(stored.seen) == set(range(1, base + 1))
        self.journaled = stored.last_seq  # what is newer comes back from the shared log
        self.snapshotted, self.durable = base, 0
        self.busy = False
        self.files.journal([], self._told(self.journaled))

    def play(self, verb: str, number: int) -> None:
        match verb:
            case "records":
                self.seq += 1 + number
            case "journal" if self.seq > self.journaled:
                fresh = [line(GROUP_A, seq) for seq in range(self.journaled + 1, self.seq + 1)]
                self.journaled = self.seq
                self.files.journal(fresh, self._told(self.seq))
            case "snapshot" | "rewrite" if not self.busy:
                self.busy = True
                self.files.snapshot(self._data(rewrite=verb == "rewrite"), self._snapshotted(self.seq))
            case "run_one":
                self.disk.run_one(Lane.BULK)
            case "run":
                self.disk.run()
            case "fail":
                call = ("write", "sync", "rename", "sync_folder", "truncate")[number % 5]
                self.disk.files.fail(call, (ENOSPC, EIO)[number % 2], nth=1 + number, taken=number * 7)
            case _:
                pass

    def _data(self, *, rewrite: bool) -> SnapshotData:
        new = range(self.snapshotted + 1, self.seq + 1)
        kept = range(max(0, self.seq - KEPT) + 1, self.seq + 1)
        return SnapshotData(
            timeline=orjson.dumps([{"id": number} for number in range(1, self.seq + 1)]),
            meta=orjson.dumps({"format": 1, "seq": self.seq}),
            new_messages=b"" if rewrite else messages(new),
            new_seen=pack_keys(new),
            messages_rewritten=messages(kept) if rewrite else None,
            journal_after_seq=self.seq,
        )

    def _told(self, seq: int) -> Any:
        def done(result: DiskResult) -> None:
            if isinstance(result, DiskOk):
                self.durable = max(self.durable, seq)
            else:
                self.journaled = min(self.journaled, self.snapshotted, self.durable)

        return done

    def _snapshotted(self, seq: int) -> Any:
        def done(result: DiskResult) -> None:
            self.busy = False
            if isinstance(result, DiskOk):
                self.snapshotted = seq
                self.journaled = max(self.journaled, seq)
            self._told(seq)(result)

        return done


def messages(numbers: range) -> bytes:
    return b"".join(orjson.dumps({"id": number}) + b"\n" for number in numbers)


def ids(entries: list[dict[str, Any]]) -> list[int]:
    return [entry["id"] for entry in entries]


@settings(max_examples=150, deadline=None)
@given(
    lives=st.lists(st.tuples(scripts, st.integers(0, 50), st.booleans()), min_size=1, max_size=3),
    seed=st.integers(0, 2**32),
)
@example(lives=[([("records", 3), ("journal", 0), ("snapshot", 0), ("run", 0)], 12, True)], seed=0)
def test_after_any_accident_a_group_is_as_it_was_at_one_moment(
    lives: list[tuple[list[tuple[str, int]], int, bool]], seed: int
) -> None:
    random = Random(seed)
    disk = MemoryDisk(STATE)
    group = Group(disk)
    for script, cut, power_lost in lives:
        disk.files.cut_after(cut, choose=lambda most: random.randint(0, most))
        with suppress(Cut):
            for verb, number in script:
                group.play(verb, number)
            disk.run()
        disk.files.heal()
        if power_lost:
            disk.power_loss(lambda most: random.randint(0, most))
        else:
            disk.kill()
        group.restart()


def test_a_snapshot_cut_off_between_any_two_steps_is_whole_or_not_there() -> None:
    """Every call of the snapshot in turn, with everything unsynced lost and with everything kept."""
    for power_lost in (False, True):
        for rewrite in (False, True):
            for calls in range(60):
                disk = MemoryDisk(STATE)
                group = Group(disk)
                for verb in ("records", "journal", "snapshot", "run", "records", "journal", "run"):
                    group.play(verb, 6)
                disk.files.cut_after(calls)
                group.play("rewrite" if rewrite else "snapshot", 0)
                group.play("records", 0)
                with suppress(Cut):
                    disk.run()
                if power_lost:
                    disk.power_loss()
                else:
                    disk.kill()
                group.restart()
