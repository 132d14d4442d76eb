"""Makes a backup: with the running worker's help, or with its lock where none runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from nanie_actors.backup.archive import About, ArchiveWriter
from nanie_actors.backup.copying import StateCopy
from nanie_actors.backup.live import LiveState
from nanie_actors.backup.new_file import new_file
from nanie_actors.backup.session import read_database
from nanie_actors.backup.source import RestingState, StateSource
from nanie_actors.errors import StateError, StateLocked, WorkerUnreachable
from nanie_actors.model import GroupId
from nanie_actors.storage.file_system import OsFileSystem
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.state_lock import StateLock

ATTEMPTS: Final = 3
"""How often a copy is begun that the worker then says to be of no use."""

Progress = Callable[[int, int], None]
"""Told after each file how many files and bytes are copied."""


@dataclass(frozen=True, slots=True)
class Made:
    """What is in a backup. `damaged` groups are in it as they are: a worker quarantines them."""

    about: About
    files: int
    bytes: int
    damaged: tuple[GroupId, ...]


class Interrupted(StateError):
    """What was copied is of no use; to begin once more may help."""


def backup_to_file(layout: StateLayout, path: Path, version: str, *, session: bool, tell: Progress) -> Made:
    """Write the backup of a state directory to a file, whole or not at all. Raises NanieError."""
    _check(layout, path)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with new_file(path) as out:
                return backup_to(layout, out, version, session=session, tell=tell)
        except Interrupted:
            if attempt == ATTEMPTS:
                raise
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise StateError(
                f"the backup was not made ({where}{error.strerror or error}): nothing was written to {path}. "
                "See to the disk, or name a file on another one."
            ) from error
    raise AssertionError("the last attempt returns or raises")


def backup_to(layout: StateLayout, out: BinaryIO, version: str, *, session: bool, tell: Progress) -> Made:
    """The same into a stream, which cannot be begun once more. Raises NanieError and OSError."""
    if not layout.root.is_dir():
        raise StateError(f"{layout.root} is no state directory: name it with --state.")
    about = About(version, time.time_ns() // 1_000_000, session)
    with ArchiveWriter(out, about) as archive:
        with _source(layout) as source:
            copy = StateCopy(OsFileSystem(), layout, source, read_database if session else None)
            for file in copy.copied():
                archive.add(file.path, file.content)
                tell(archive.files, archive.bytes)
            broken = source.end()
        if broken is not None:
            raise Interrupted(f"the backup was not made ({broken}): begin it once more.")
        archive.finish()
    return Made(about, archive.files, archive.bytes, tuple(copy.damaged))


def _check(layout: StateLayout, path: Path) -> None:
    if path.is_dir():
        raise StateError(f"{path} is a folder: name a file in it.")
    if layout.root.resolve() in path.resolve().parents:
        raise StateError(f"{path} is in the state directory itself: every later backup would hold it.")


@contextmanager
def _source(layout: StateLayout) -> Iterator[StateSource]:
    """A running worker, or the lock that keeps one from starting."""
    try:
        live = LiveState(layout)
    except WorkerUnreachable as unreachable:
        try:
            with StateLock(layout.root):
                yield RestingState(OsFileSystem(), layout)
        except StateLocked as locked:
            raise StateError(f"{unreachable}\n{locked}") from locked
        return
    try:
        yield live
    except WorkerUnreachable as error:
        raise Interrupted(f"the backup was not made ({error}): begin it once more.") from error
    finally:
        live.end()
