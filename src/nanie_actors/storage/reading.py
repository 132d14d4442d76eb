"""The reading half of a disk: the same for the real and the simulated file system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from nanie_actors.storage.file_system import FileSystem


class Reads(Protocol):
    """What reading a group takes: a disk's, or of a copy in memory."""

    def read(self, path: Path) -> bytes | None:
        """A file's content, None if it is missing. Raises OSError if it cannot be read."""

    def listdir(self, path: Path) -> list[str]:
        """The names in a folder; none if it is missing."""

    def size(self, path: Path) -> int:
        """A file's length in bytes, 0 if it is missing."""


class DiskReads:
    """Synchronous reads, on the caller's thread."""

    def __init__(self, files: FileSystem) -> None:
        self._files = files

    def read(self, path: Path) -> bytes | None:
        """A file's content, None if it is missing. Raises OSError if it cannot be read."""
        try:
            return self._files.read(path)
        except FileNotFoundError:
            return None

    def chunks(self, path: Path) -> Iterator[bytes]:
        """A file's content in pieces, none if it is missing; later replacing is not seen."""
        try:
            yield from self._files.chunks(path)
        except FileNotFoundError:
            return

    def listdir(self, path: Path) -> list[str]:
        """The names in a folder, sorted; none if it is missing."""
        try:
            return sorted(self._files.listdir(path))
        except FileNotFoundError:
            return []

    def folders_with(self, path: Path, name: str) -> list[str]:
        """The names of a folder's own folders in which a file called `name` holds anything, sorted."""
        try:
            return sorted(self._files.folders_with(path, name))
        except FileNotFoundError:
            return []

    def exists(self, path: Path) -> bool:
        """Whether there is such a file or folder."""
        return self._files.exists(path)

    def size(self, path: Path) -> int:
        """A file's length in bytes, 0 if it is missing."""
        try:
            return self._files.size(path)
        except FileNotFoundError:
            return 0
