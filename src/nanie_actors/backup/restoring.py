"""Lays a backup down as a state directory: beside its place first, and there in one step once checked."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from nanie_actors.backup.archive import About
from nanie_actors.backup.making import Progress
from nanie_actors.backup.new_file import sync_folder
from nanie_actors.backup.reading import ArchivedFile, ArchiveReader
from nanie_actors.errors import StateError, StateLocked
from nanie_actors.storage.file_system import FILE_MODE, FOLDER_MODE
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.state_lock import StateLock

ASIDE: Final = ".before-restore"
"""Ends the name of the state directory that a restored one took the place of."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was laid down. `aside` is where the state directory is that was there before, if one was."""

    about: About
    files: int
    bytes: int
    aside: Path | None


def restore(archive: Path, root: Path, *, force: bool, tell: Progress) -> Restored:
    """Lay an archive down as the state directory `root`, whole or not at all. Raises NanieError.

    A directory with anything in it is refused; with `force` it is put aside. No worker may use it.
    """
    root = root.absolute()
    _check(root, force=force)
    try:
        with archive.open("rb") as stream, _beside(root) as new:
            reader = ArchiveReader(stream, archive)
            files, size = _lay_down(reader, new, tell)
            aside = _take_place(new, root)
    except OSError as error:
        raise StateError(
            f"nothing was restored ({error.filename or root}: {error.strerror or error}). See to it, or "
            "choose another directory with --state."
        ) from error
    return Restored(reader.about, files, size, aside)


def _check(root: Path, *, force: bool) -> None:
    if root.is_symlink() or (root.exists() and not root.is_dir()):
        raise StateError(f"{root} is no folder of its own: name another place with --state.")
    if os.path.ismount(root):
        raise StateError(
            f"{root} is where a file system is mounted, so it cannot be replaced in one step: "
            "restore to a new folder in it, and set state.dir to that."
        )
    if not force and _holds_anything(root):
        raise StateError(
            f"{root} is not empty: name a new directory with --state, or add --force, which keeps what is "
            "there under another name."
        )
    if root.is_dir():
        with _nobody_uses(root):
            pass  # What follows takes long: whoever has to wait for a worker learns it now.


def _holds_anything(root: Path) -> bool:
    """Whether there is more than what a worker leaves that never did anything."""
    layout = StateLayout(root)
    if not root.is_dir():
        return False
    return any(path != layout.lock and (path != layout.run or any(path.iterdir())) for path in root.iterdir())


@contextmanager
def _beside(root: Path) -> Iterator[Path]:
    """A folder next to the one to be, on the same disk; nothing of it stays unless it has moved."""
    root.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=root.parent, prefix=f".{root.name}.restoring-"))
    try:
        yield new
    finally:
        with suppress(OSError):
            shutil.rmtree(new)


def _lay_down(reader: ArchiveReader, new: Path, tell: Progress) -> tuple[int, int]:
    """Everything on the disk, and checked. Raises BadArchive and OSError."""
    files = size = 0
    for file in reader.files():
        size += _write(file, new)
        files += 1
        tell(files, size)
    for folder, _, _ in os.walk(new, topdown=False):
        sync_folder(Path(folder))
    return files, size


def _write(file: ArchivedFile, new: Path) -> int:
    path = new.joinpath(*file.path.parts)
    for folder in reversed([above for above in path.parents if new in above.parents]):
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    size = 0
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    with open(os.open(path, flags, FILE_MODE), "wb") as out:
        for chunk in file.chunks:
            size += out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return size


def _take_place(new: Path, root: Path) -> Path | None:
    """The old directory goes aside and the new one takes its name; no worker can start meanwhile."""
    if not root.exists():
        new.rename(root)
        sync_folder(root.parent)
        return None
    with _nobody_uses(root):
        aside = next(path for n in count(1) if not (path := _aside(root, n)).exists())
        root.rename(aside)
        try:
            new.rename(root)
        except OSError:
            aside.rename(root)
            raise
        sync_folder(root.parent)
        return _unless_empty(aside)


@contextmanager
def _nobody_uses(root: Path) -> Iterator[None]:
    """Raises StateLocked while a worker uses the directory; keeps one from it meanwhile."""
    try:
        with StateLock(root):
            yield
    except StateLocked as error:
        raise StateLocked(f"nothing was restored: {error}") from error


def _aside(root: Path, number: int) -> Path:
    return root.with_name(f"{root.name}{ASIDE}-{number}")


def _unless_empty(aside: Path) -> Path | None:
    if _holds_anything(aside):
        return aside
    shutil.rmtree(aside)
    return None
