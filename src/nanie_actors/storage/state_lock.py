"""Keeps a second worker off a state directory."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from nanie_actors.errors import StateError, StateLocked
from nanie_actors.storage.file_system import FILE_MODE, FOLDER_MODE

LOCK_NAME = "lock"


class StateLock:
    """An exclusive lock on a state directory, held from `acquire` to `release`.

    The kernel holds it for the process, so it ends with the process, however that ends. The file's content,
    the holder's process id, is for the message only: it is never taken as proof.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fd: int | None = None

    def acquire(self) -> None:
        """Take the lock, making the directory (mode 0700) where it is missing; does not wait.

        Raises StateLocked if another worker has it, StateError if the directory cannot be used.
        """
        try:
            self._folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            self._folder.chmod(FOLDER_MODE)
            fd = os.open(self._folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        except OSError as error:
            raise StateError(
                f"the state directory {self._folder} cannot be used: {error.strerror}. "
                "Choose another with --state, or give yourself the right to write to it."
            ) from error
        self._fd = self._locked(fd)

    def release(self) -> None:
        """Let go of the lock. May be called twice."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()

    def _locked(self, fd: int) -> int:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(fd)
            raise StateLocked(
                f"another worker (process {holder}) is using {self._folder}. "
                "Stop it first, or give this one another directory with --state."
            ) from error
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        return fd
