"""A simulated kernel: tells what is written from what is on the disk, can fail, and can be cut off anywhere.

Two views of everything are kept: the cached one (what a program sees, and what survives the end of a process)
and the durable one (what survives the loss of power). A sync moves the cached over to the durable.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from errno import EEXIST, ENOENT, ENOTDIR
from pathlib import Path

from nanie_actors.storage.accidents import Accidents, Choose, Fault
from nanie_actors.storage.memory_file import MemoryFile, Node, survivor

Names = dict[Path, "Node | None"]
"""Each name's file, or None for a folder."""


class MemoryFiles:
    """A FileSystem in memory. Everything below `root` starts out missing; `root` itself is there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.accidents = Accidents()
        self._cached: Names = {root: None}
        self._durable: Names = {root: None}
        self._pending: list[tuple[frozenset[Path], Callable[[Names], None]]] = []

    @property
    def calls(self) -> int:
        """How many changing calls there were."""
        return self.accidents.calls

    def fail(
        self, call: str, errno: int, *, name: str = "", nth: int = 1, count: int = 1, taken: int = 0
    ) -> None:
        """Let `call` (a method of FileSystem or OpenFile) fail, for paths whose name contains `name`.

        A failing write still takes `taken` bytes: a full disk often does.
        """
        self.accidents.faults.append(Fault(call, errno, name, nth, count, taken))

    def heal(self) -> None:
        """No call fails any more."""
        self.accidents.faults.clear()

    def cut_after(self, calls: int, choose: Choose = lambda _: 0) -> None:
        """Raise Cut in place of the next changing call but `calls`; a write cut off may be half done."""
        self.accidents.cut_after(calls, choose)

    def kill(self) -> None:
        """The process is gone; the kernel keeps what was written."""
        self.accidents.over()

    def power_loss(self, choose: Choose = lambda _: 0) -> None:
        """The machine is gone. `choose` says how much of what was not synced had got to the disk."""
        self.accidents.over()
        names = dict(self._durable)
        for _, change in self._pending[: choose(len(self._pending))]:
            change(names)
        self._pending.clear()
        for node in {id(node): node for node in names.values() if node is not None}.values():
            node.durable = survivor(node, choose)
            node.cached = bytearray(node.durable)
        self._cached, self._durable = dict(names), dict(names)

    def open_append(self, path: Path) -> MemoryFile:
        return self._open(path, "open_append", empty=False)

    def open_new(self, path: Path) -> MemoryFile:
        return self._open(path, "open_new", empty=True)

    def make_folder(self, path: Path) -> None:
        self.accidents.check("make_folder", path)
        self._need_folder(path.parent)
        if path in self._cached:
            raise OSError(EEXIST, os.strerror(EEXIST))
        self._change({path.parent}, lambda names: names.update({path: None}))

    def sync_folder(self, path: Path) -> None:
        self.accidents.check("sync_folder", path)
        if path not in self.root.parents:
            self._need_folder(path)
        waiting = []
        for folders, change in self._pending:
            if path in folders:
                change(self._durable)
            else:
                waiting.append((folders, change))
        self._pending = waiting

    def rename(self, path: Path, target: Path) -> None:
        self.accidents.check("rename", path)
        self._need(path)
        self._change({path.parent, target.parent}, lambda names: _move(names, path, target))

    def unlink(self, path: Path) -> None:
        self.accidents.check("unlink", path)
        self._need(path)
        self._change({path.parent}, _Drop(path))

    def remove_tree(self, path: Path) -> None:
        self._need_folder(path)
        for inside in sorted(self._below(path), reverse=True):
            self.accidents.check("remove_tree", inside)
            self._change({inside.parent}, _Drop(inside))
        self.accidents.check("remove_tree", path)
        self._change({path.parent}, _Drop(path))

    def is_folder(self, path: Path) -> bool:
        return path in self.root.parents or (path in self._cached and self._cached[path] is None)

    def exists(self, path: Path) -> bool:
        return path in self._cached

    def size(self, path: Path) -> int:
        return len(self._need_file(path).cached)

    def listdir(self, path: Path) -> list[str]:
        self._need_folder(path)
        return [name.name for name in self._cached if name.parent == path and name != path]

    def folders_with(self, path: Path, name: str) -> list[str]:
        return [folder for folder in self.listdir(path) if self._holds(path / folder / name)]

    def read(self, path: Path) -> bytes:
        return bytes(self._need_file(path).cached)

    def chunks(self, path: Path) -> Iterator[bytes]:
        yield self.read(path)

    def tail(self, path: Path, offset: int) -> bytes:
        return self.read(path)[offset:]

    def _open(self, path: Path, call: str, *, empty: bool) -> MemoryFile:
        self.accidents.check(call, path)
        self._need_folder(path.parent)
        node = self._cached.get(path)
        if node is None:
            made = node = Node(bytearray())
            self._change({path.parent}, lambda names: names.update({path: made}))
        if empty:
            node.cached.clear()
        return MemoryFile(self.accidents, path, node)

    def _change(self, folders: set[Path], change: Callable[[Names], None]) -> None:
        change(self._cached)
        self._pending.append((frozenset(folders), change))

    def _holds(self, path: Path) -> bool:
        node = self._cached.get(path)
        return node is not None and len(node.cached) > 0

    def _below(self, path: Path) -> list[Path]:
        return [name for name in self._cached if path in name.parents]

    def _need(self, path: Path) -> None:
        if path not in self._cached:
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT))

    def _need_file(self, path: Path) -> Node:
        self._need(path)
        node = self._cached[path]
        if node is None:
            raise IsADirectoryError(21, os.strerror(21))
        return node

    def _need_folder(self, path: Path) -> None:
        self._need(path)
        if self._cached[path] is not None:
            raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR))


@dataclass(frozen=True, slots=True)
class _Drop:
    """A name goes."""

    path: Path

    def __call__(self, names: Names) -> None:
        names.pop(self.path, None)


def _move(names: Names, path: Path, target: Path) -> None:
    """Rename within one view. The other view may not have the source: then its loss came first."""
    for name in [name for name in names if name == path or path in name.parents]:
        names[target / name.relative_to(path)] = names.pop(name)
