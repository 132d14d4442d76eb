"""While somebody copies the state directory, no segment of the log goes; and not for ever."""

from __future__ import annotations

from pathlib import Path

import pytest
from disks import GROUP_A, GROUP_B, STATE, line

from nanie_actors.storage import log_hold
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.shared_log import SharedLog

WAL = STATE / "wal"


class Filled:
    """A log of which every batch is a segment."""

    def __init__(self, disk: MemoryDisk) -> None:
        self.disk = disk
        self.log = SharedLog.open(disk, WAL, segment_bytes=1)
        self.seq = 0

    def fill(self, segments: int) -> None:
        """Segments that nobody needs any more; one more is in use."""
        for _ in range(segments):
            self.seq += 1
            self.log.append(GROUP_A, [line(GROUP_A, self.seq)], lambda _: None)
            self.disk.run()
            self.log.caught_up(GROUP_A, self.seq)
            self.disk.run()

    def segments(self) -> list[str]:
        return self.disk.listdir(WAL)


@pytest.fixture
def filled(memory: MemoryDisk) -> Filled:
    return Filled(memory)


def test_segments_stay_while_the_log_is_held_and_go_when_it_is_let_go(filled: Filled) -> None:
    filled.fill(3)
    assert len(filled.segments()) == 1
    first, second = filled.log.hold(), filled.log.hold()
    filled.fill(5)
    assert len(filled.segments()) == 6
    filled.log.let_go(first)
    filled.log.let_go(first)
    filled.fill(1)
    assert len(filled.segments()) == 7
    filled.log.let_go(second)
    filled.disk.run()
    assert len(filled.segments()) == 1
    assert (first.broken, second.broken) == (None, None)


def test_the_extents_are_what_is_durable(filled: Filled) -> None:
    hold = filled.log.hold()
    filled.fill(2)
    filled.log.append(GROUP_B, [line(GROUP_B, 1)], lambda _: None)
    extents = filled.log.extents()
    assert extents == {name: filled.disk.size(Path(WAL / name)) for name in filled.segments()}
    filled.disk.run()
    assert len(filled.log.extents()) == len(extents) + 1
    filled.log.let_go(hold)


def test_a_log_that_grows_too_long_is_held_no_longer(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_hold, "HELD_SEGMENTS", 4)
    hold = filled.log.hold()
    filled.fill(4)
    assert len(filled.segments()) == 4
    filled.fill(1)
    assert hold.broken == log_hold.GREW
    assert len(filled.segments()) == 1


def test_an_erasure_breaks_the_hold_so_that_nothing_of_the_group_has_to_stay(filled: Filled) -> None:
    hold = filled.log.hold()
    filled.fill(3)
    filled.log.forget(GROUP_A, lambda _: None)
    filled.disk.run()
    assert hold.broken == log_hold.ERASED
    filled.log.renew(lambda _: None)
    filled.disk.run()
    assert all(GROUP_A.encode() not in (filled.disk.read(WAL / name) or b"") for name in filled.segments())
