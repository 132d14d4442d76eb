"""Disks for tests, of every kind, and what they tell."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nanie_actors.model import GroupId
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.disk import Disk, DiskError, DiskOk, DiskResult, Lane
from nanie_actors.storage.lines import encode_line
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.real_disk import RealDisk

DEADLINE_S = 20.0
GROUP_A = GroupId("120363000000000001@g.us")
GROUP_B = GroupId("120363000000000002@g.us")
STATE = Path("/state")


class Outcomes(list[DiskResult]):
    """Collects what operations are told; pass `add` as their `done`."""

    def add(self, result: DiskResult) -> None:
        self.append(result)

    @property
    def all_ok(self) -> bool:
        return bool(self) and all(isinstance(result, DiskOk) for result in self)

    @property
    def all_failed(self) -> bool:
        return bool(self) and all(isinstance(result, DiskError) for result in self)


class AnyDisk:
    """A disk of any kind, with one way to let everything happen that was queued."""

    def __init__(self, disk: Disk, root: Path, settle: Callable[[], object]) -> None:
        self.disk = disk
        self.root = root
        self.settle = settle


@contextmanager
def disk_of_kind(kind: str, folder: Path) -> Iterator[AnyDisk]:
    """`real`, `direct` (both below `folder`) or `memory`."""
    if kind == "memory":
        memory = MemoryDisk(STATE)
        yield AnyDisk(memory, STATE, memory.run)
    elif kind == "direct":
        direct = DirectDisk()
        yield AnyDisk(direct, folder, lambda: None)
        direct.close(DEADLINE_S)
    else:
        real = RealDisk()
        yield AnyDisk(real, folder, lambda: settle(real))
        assert real.close(DEADLINE_S)


CHAIN = 12
"""The most operations that follow one another by callbacks: a snapshot with all its steps."""


def settle(disk: Disk) -> None:
    """Wait until every lane has done what was queued so far, and what its callbacks queued."""
    for lane in list(Lane) * CHAIN:
        reached = threading.Event()

        def done(_: DiskResult, reached: threading.Event = reached) -> None:
            reached.set()

        disk.barrier(lane=lane, done=done)
        assert reached.wait(DEADLINE_S)


def line(group: GroupId, seq: int, text: str = "") -> bytes:
    """A record line whose data tells its place."""
    return encode_line(group, seq, "note", 1_764_000_000_000 + seq, {"n": seq, "text": text})


def lines(group: GroupId, first: int, last: int) -> list[bytes]:
    """The record lines `first` to `last`, both included."""
    return [line(group, seq) for seq in range(first, last + 1)]
