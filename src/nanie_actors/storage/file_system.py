"""What the kernel offers: the few calls of which durable operations are made, and their real form.

Kept this narrow so that a simulated kernel can stand in for it and be cut off between any two calls.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from errno import EINVAL
from pathlib import Path
from typing import Protocol

FILE_MODE = 0o600
FOLDER_MODE = 0o700
CHUNK_BYTES = 1 << 20


class OpenFile(Protocol):
    """A file opened for writing. Every method may raise OSError."""

    def size(self) -> int:
        """The file's length in bytes."""

    def write(self, data: bytes | memoryview) -> int:
        """Write at the end; the number of bytes taken, which may be fewer than given."""

    def sync(self) -> None:
        """Return when content and length are on the disk."""

    def truncate(self, length: int) -> None:
        """Cut to a length in bytes."""

    def close(self) -> None:
        """Let go of the file."""


class FileSystem(Protocol):
    """Calls on paths. Every method may raise OSError."""

    def open_append(self, path: Path) -> OpenFile:
        """Open for appending; made if missing."""

    def open_new(self, path: Path) -> OpenFile:
        """Open emptied; made if missing."""

    def make_folder(self, path: Path) -> None:
        """Make one folder; its parent exists."""

    def sync_folder(self, path: Path) -> None:
        """Return when the names in a folder are on the disk."""

    def rename(self, path: Path, target: Path) -> None:
        """Move over whatever is at the target."""

    def unlink(self, path: Path) -> None:
        """Remove a file."""

    def remove_tree(self, path: Path) -> None:
        """Remove a folder with all it holds."""

    def is_folder(self, path: Path) -> bool:
        """Whether there is a folder of that name."""

    def exists(self, path: Path) -> bool:
        """Whether there is anything of that name."""

    def size(self, path: Path) -> int:
        """A file's length in bytes."""

    def listdir(self, path: Path) -> list[str]:
        """The names in a folder."""

    def folders_with(self, path: Path, name: str) -> list[str]:
        """The names of a folder's own folders in which a file called `name` holds anything."""

    def read(self, path: Path) -> bytes:
        """A file's whole content."""

    def chunks(self, path: Path) -> Iterator[bytes]:
        """A file's content in pieces, from one opening of it."""

    def tail(self, path: Path, offset: int) -> bytes:
        """A file's content from `offset` bytes on; empty where it is not that long."""


class OsFile:
    """A file descriptor as an OpenFile."""

    __slots__ = ("_fd",)

    def __init__(self, path: Path, flags: int) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | flags, FILE_MODE)

    def size(self) -> int:
        return os.fstat(self._fd).st_size

    def write(self, data: bytes | memoryview) -> int:
        return os.write(self._fd, data)

    def sync(self) -> None:
        # A new length is metadata that fdatasync does write: it is needed to read the data back.
        _fdatasync(self._fd)

    def truncate(self, length: int) -> None:
        os.ftruncate(self._fd, length)

    def close(self) -> None:
        os.close(self._fd)


class OsFileSystem:
    """The real one."""

    def open_append(self, path: Path) -> OsFile:
        return OsFile(path, 0)

    def open_new(self, path: Path) -> OsFile:
        return OsFile(path, os.O_TRUNC)

    def make_folder(self, path: Path) -> None:
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)

    def sync_folder(self, path: Path) -> None:
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        except OSError as error:
            if error.errno != EINVAL:  # some file systems keep names safe by themselves and say so like this
                raise
        finally:
            os.close(fd)

    def rename(self, path: Path, target: Path) -> None:
        path.replace(target)

    def unlink(self, path: Path) -> None:
        path.unlink()

    def remove_tree(self, path: Path) -> None:
        shutil.rmtree(path)

    def is_folder(self, path: Path) -> bool:
        return path.is_dir() and not path.is_symlink()

    def exists(self, path: Path) -> bool:
        return path.exists()

    def size(self, path: Path) -> int:
        return path.stat().st_size

    def listdir(self, path: Path) -> list[str]:
        return os.listdir(path)

    def folders_with(self, path: Path, name: str) -> list[str]:
        # There may be 100,000 of them at every start: no Path for each, and from one open folder.
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return [folder for folder in os.listdir(fd) if _size_in(fd, f"{folder}/{name}")]
        finally:
            os.close(fd)

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def chunks(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            left = os.fstat(file.fileno()).st_size
            while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
                left -= len(chunk)
                yield chunk

    def tail(self, path: Path, offset: int) -> bytes:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read()


def _size_in(folder: int, path: str) -> int:
    try:
        return os.stat(path, dir_fd=folder).st_size
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _fdatasync(fd: int) -> None:
    if hasattr(os, "fdatasync"):
        os.fdatasync(fd)
    else:  # macOS has none
        os.fsync(fd)
