"""Remembers, beside the disk, what a loss of power would take back: what was written and not synced.

The calls are carried out at once, so that the worker reads what it wrote. Each is noted first, with what it
takes to undo it, in a folder that outlives the process; the parent undoes it after the kill (`chaos.plug`).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from chaos.inside.notes import Notes
from nanie_actors.storage.file_system import FileSystem, OpenFile

NOTES = "unsynced.jsonl"


class PluggedFile:
    """An open file that notes how much of it is on the disk."""

    def __init__(self, inner: OpenFile, path: Path, notes: Notes, *, syncs: bool) -> None:
        self._inner = inner
        self._path = path
        self._notes = notes
        self._syncs = syncs
        self._inode = path.stat().st_ino

    def size(self) -> int:
        return self._inner.size()

    def write(self, data: bytes | memoryview) -> int:
        return self._inner.write(data)

    def sync(self) -> None:
        if not self._syncs:
            return
        length = self._inner.size()
        self._inner.sync()
        self._notes.write(op="synced", inode=self._inode, length=length)

    def truncate(self, length: int) -> None:
        with self._path.open("rb") as file:
            file.seek(length)
            tail = base64.b64encode(file.read()).decode()
        self._notes.write(op="cut", inode=self._inode, length=length, tail=tail)
        self._inner.truncate(length)

    def close(self) -> None:
        self._inner.close()


class PluggedFileSystem:
    """A FileSystem over the real one. `syncs` False: nothing ever reaches the disk for good."""

    def __init__(self, inner: FileSystem, folder: Path, *, syncs: bool) -> None:
        self._inner = inner
        self._folder = folder
        self._syncs = syncs
        self._notes = Notes(folder / NOTES)
        self._numbers = count()

    def open_append(self, path: Path) -> PluggedFile:
        made = not path.exists()
        return self._opened(self._inner.open_append(path), path, made=made)

    def open_new(self, path: Path) -> PluggedFile:
        made = not path.exists()
        return self._opened(self._inner.open_new(path), path, made=made)

    def _opened(self, inner: OpenFile, path: Path, *, made: bool) -> PluggedFile:
        if made:
            self._notes.write(op="made", path=str(path), inode=path.stat().st_ino)
        return PluggedFile(inner, path, self._notes, syncs=self._syncs)

    def make_folder(self, path: Path) -> None:
        self._notes.write(op="folder", path=str(path))
        self._inner.make_folder(path)

    def sync_folder(self, path: Path) -> None:
        if self._syncs:
            self._inner.sync_folder(path)
            self._notes.write(op="names", path=str(path))

    def rename(self, path: Path, target: Path) -> None:
        self._notes.write(op="renamed", path=str(path), target=str(target), kept=self._keep(target))
        self._inner.rename(path, target)

    def unlink(self, path: Path) -> None:
        self._notes.write(op="unlinked", path=str(path), kept=self._keep(path))
        self._inner.unlink(path)

    def remove_tree(self, path: Path) -> None:
        self._inner.remove_tree(path)

    def is_folder(self, path: Path) -> bool:
        return self._inner.is_folder(path)

    def exists(self, path: Path) -> bool:
        return self._inner.exists(path)

    def size(self, path: Path) -> int:
        return self._inner.size(path)

    def listdir(self, path: Path) -> list[str]:
        return self._inner.listdir(path)

    def folders_with(self, path: Path, name: str) -> list[str]:
        return self._inner.folders_with(path, name)

    def read(self, path: Path) -> bytes:
        return self._inner.read(path)

    def chunks(self, path: Path) -> Iterator[bytes]:
        return self._inner.chunks(path)

    def tail(self, path: Path, offset: int) -> bytes:
        return self._inner.tail(path, offset)

    def _keep(self, path: Path) -> str | None:
        """A second name for a file that is about to lose its own."""
        if not path.is_file():
            return None
        kept = self._folder / f"{next(self._numbers)}.kept"
        os.link(path, kept)
        return str(kept)
