"""The edge to the disk: every durable write goes through here, and no caller ever waits for one.

A write is queued on a lane, one thread each, and its outcome is told by callback. Reads are synchronous: they
happen while a group is loaded, when there is nothing else it could do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DiskOk:
    """The operation is durable: it survives the loss of power."""


@dataclass(frozen=True, slots=True)
class DiskError:
    """The operation failed; `reason` is a sentence for people, `errno` the system's number if it gave one."""

    reason: str
    errno: int | None = None


DiskResult = DiskOk | DiskError

Done = Callable[[DiskResult], None]
"""Told once, on the thread that did the work. Must not block; what it raises is logged, no more."""


class Lane(Enum):
    """Which queue it waits in. Operations of one lane are done in the order they were queued."""

    COMMIT = "commit"
    """The shared log, and nothing else: a big snapshot never delays a commit."""

    BULK = "bulk"
    """Everything else."""


class Disk(Protocol):
    """Durable file operations. A path must be used on one lane only: no order holds across lanes.

    With `following`, an operation that is asked for in a callback is done right after the one that was told,
    before anything else that waits: so several can be one, and a barrier comes before all of them or after.

    Within a lane, appends that wait side by side are joined: for each path one write and one flush. So
    outcomes arrive in order for one path, and `barrier` is the only statement about a whole lane.

    With `here` the caller lends its thread, which may block: if the lane has nothing to do, the operation may
    be done, and told, before the call returns. Two threads never work in one lane at once.
    """

    def append(
        self, path: Path, data: bytes, *, lane: Lane, done: Done, following: bool = False, here: bool = False
    ) -> None:
        """Add data to the end of a file, made with mode 0600 (its folders 0700) where it is missing.

        Empty data makes nothing, and makes durable what is there, perhaps from a process that was killed.
        After a failure the file is cut back to its last good length; as long as even that fails, every
        further append to it fails too, so no half-written data is ever followed by good data.
        """

    def replace(self, path: Path, data: bytes, *, lane: Lane, done: Done, following: bool = False) -> None:
        """Give a file new content, whole or not at all: a reader finds the old content or the new."""

    def truncate(self, path: Path, length: int, *, lane: Lane, done: Done, following: bool = False) -> None:
        """Cut a file to a length in bytes. A missing or shorter file is left alone."""

    def rename(self, path: Path, target: Path, *, lane: Lane, done: Done, following: bool = False) -> None:
        """Move a file within its folder, over whatever is there.

        May be asked again: if the file has gone and the target is there, it is made durable.
        """

    def remove(self, path: Path, *, lane: Lane, done: Done) -> None:
        """Remove a file, or a folder with all it holds: the folder's name goes first. Missing is fine."""

    def barrier(self, *, lane: Lane, done: Done) -> None:
        """Told after every operation queued earlier on the lane has been settled."""

    def read(self, path: Path) -> bytes | None:
        """A file's content, None if it is missing. Raises OSError if it cannot be read."""

    def chunks(self, path: Path) -> Iterator[bytes]:
        """A file's content in pieces, as it was when the first was asked for; later replacing is not seen."""

    def listdir(self, path: Path) -> list[str]:
        """The names in a folder, sorted; none if it is missing."""

    def folders_with(self, path: Path, name: str) -> list[str]:
        """The names of a folder's own folders in which a file called `name` holds anything, sorted."""

    def exists(self, path: Path) -> bool:
        """Whether there is such a file or folder."""

    def size(self, path: Path) -> int:
        """A file's length in bytes, 0 if it is missing."""

    def close(self, timeout_s: float) -> bool:
        """Finish what is queued and end the threads; False if that took longer. May be called twice.

        What is queued afterwards is refused with a DiskError.
        """
