"""Puts a session out of the way of a new one, and back if none came about. It is never deleted."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final

from nanie_actors.errors import StateError
from nanie_actors.storage.file_system import FILE_MODE
from nanie_actors.storage.layout import StateLayout

_BESIDE: Final = ("-journal", "-wal", "-shm")
"""What SQLite keeps beside a database: moved first, so that nothing of it is ever applied to the next one."""


def put_session_aside(layout: StateLayout) -> Path | None:
    """Rename the session; what it is called then, None where there is none.

    Raises StateError while a bridge uses it, OSError where it cannot be renamed.
    """
    if not layout.session.exists():
        return None
    with _nobody_else(layout.session_lock):
        _finish(layout.session)
        aside = next(path for n in count(1) if not (path := _numbered(layout.session, n)).exists())
        _move(layout.session, aside)
    return aside


def put_session_back(layout: StateLayout, aside: Path) -> None:
    """Undo it: whatever is in its place goes. Raises StateError and OSError."""
    with _nobody_else(layout.session_lock):
        for suffix in (*_BESIDE, ""):
            _beside(layout.session, suffix).unlink(missing_ok=True)
        _move(aside, layout.session)


@contextmanager
def _nobody_else(lock: Path) -> Iterator[None]:
    """Keep bridges off the session meanwhile."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise StateError("Another process uses the WhatsApp session: stop it first.") from error
    finally:
        os.close(descriptor)


def _finish(session: Path) -> None:
    """Let SQLite undo what a killed process had begun; a damaged file stays as it is."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(session)) as database:
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _move(path: Path, target: Path) -> None:
    for suffix in (*_BESIDE, ""):
        with suppress(FileNotFoundError):
            _beside(path, suffix).rename(_beside(target, suffix))


def _numbered(session: Path, number: int) -> Path:
    return session.with_name(f"{session.stem}-{number}{session.suffix}")


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
