"""The writing half of a disk: every call becomes an operation on a lane."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from nanie_actors.storage.disk import Done, Lane
from nanie_actors.storage.file_system import FileSystem
from nanie_actors.storage.operations import (
    Append,
    Barrier,
    Operation,
    Remove,
    Rename,
    Replace,
    Truncate,
)
from nanie_actors.storage.reading import DiskReads


class QueuedDisk(DiskReads, ABC):
    """What the disks share: they differ only in who works off a lane's queue, and when."""

    def __init__(self, files: FileSystem) -> None:
        super().__init__(files)

    def append(
        self, path: Path, data: bytes, *, lane: Lane, done: Done, following: bool = False, here: bool = False
    ) -> None:
        """Add data to the end of a file."""
        operation = Append(path, data, done)
        if not (here and self._do(lane, operation)):
            self._put(lane, operation, following=following)

    def replace(self, path: Path, data: bytes, *, lane: Lane, done: Done, following: bool = False) -> None:
        """Give a file new content, whole or not at all."""
        self._put(lane, Replace(path, data, done), following=following)

    def truncate(self, path: Path, length: int, *, lane: Lane, done: Done, following: bool = False) -> None:
        """Cut a file to a length in bytes."""
        self._put(lane, Truncate(path, length, done), following=following)

    def rename(self, path: Path, target: Path, *, lane: Lane, done: Done, following: bool = False) -> None:
        """Move a file within its folder."""
        self._put(lane, Rename(path, target, done), following=following)

    def remove(self, path: Path, *, lane: Lane, done: Done) -> None:
        """Remove a file, or a folder with all it holds."""
        self._put(lane, Remove(path, done))

    def barrier(self, *, lane: Lane, done: Done) -> None:
        """Told after every operation queued earlier on the lane has been settled."""
        self._put(lane, Barrier(done))

    def _do(self, lane: Lane, operation: Operation) -> bool:
        """Carry it out on the calling thread, if nothing waits in the lane or is under way; False if not."""
        del lane, operation
        return False

    @abstractmethod
    def _put(self, lane: Lane, operation: Operation, *, following: bool = False) -> None:
        """Queue an operation; never blocks."""
