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

PAGE_BYTES = 4_096
"""Data reaches the disk by pages of this size, in any order, until it is synced."""

Choose = Callable[[int], int]
"""Given n, one of 0 … n: decides what an accident left behind."""


class Cut(BaseException):
    """The process ends here, between two calls to the kernel. No handler for errors may see it."""


@dataclass(slots=True)
class Fault:
    """A call that fails: the `nth` matching one and `count - 1` after it."""

    call: str
    errno: int
    name: str = ""
    nth: int = 1
    count: int = 1
    taken: int = 0

    def strikes(self, call: str, path: Path) -> bool:
        """Whether this call fails; counts it if it matches."""
        if call != self.call or self.name not in path.name or self.count == 0:
            return False
        self.nth -= 1
        if self.nth > 0:
            return False
        self.count -= 1
        return True


@dataclass(slots=True, eq=False)
class _Node:
    """One file's content, whatever its name."""

    cached: bytearray
    durable: bytes = b""


Names = dict[Path, "_Node | None"]
"""Each name's file, or None for a folder."""


class MemoryFiles:
    """A FileSystem in memory. Everything below `root` starts out missing; `root` itself is there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.calls = 0
        self._cached: Names = {root: None}
        self._durable: Names = {root: None}
        self._pending: list[tuple[frozenset[Path], Callable[[Names], None]]] = []
        self._faults: list[Fault] = []
        self._cut_at: int | None = None
        self._choose: Choose = lambda _: 0

    # what tests do to it

    def fail(
        self, call: str, errno: int, *, name: str = "", nth: int = 1, count: int = 1, taken: int = 0
    ) -> None:
        """Let `call` (a method of FileSystem or OpenFile) fail, for paths whose name contains `name`.

        A failing write still takes `taken` bytes: a full disk often does.
        """
        self._faults.append(Fault(call, errno, name, nth, count, taken))

    def heal(self) -> None:
        """No call fails any more."""
        self._faults.clear()

    def cut_after(self, calls: int, choose: Choose = lambda _: 0) -> None:
        """Raise Cut in place of the next changing call but `calls`; a write cut off may be half done."""
        self._cut_at = self.calls + calls
        self._choose = choose

    def kill(self) -> None:
        """The process is gone; the kernel keeps what was written."""
        self._cut_at = None

    def power_loss(self, choose: Choose = lambda _: 0) -> None:
        """The machine is gone. `choose` says how much of what was not synced had got to the disk."""
        self._cut_at = None
        names = dict(self._durable)
        for _, change in self._pending[: choose(len(self._pending))]:
            change(names)
        self._pending.clear()
        for node in {id(node): node for node in names.values() if node is not None}.values():
            node.durable = _survivor(node, choose)
            node.cached = bytearray(node.durable)
        self._cached, self._durable = dict(names), dict(names)

    # FileSystem

    def open_append(self, path: Path) -> MemoryFile:
        return self._open(path, "open_append", empty=False)

    def open_new(self, path: Path) -> MemoryFile:
        return self._open(path, "open_new", empty=True)

    def make_folder(self, path: Path) -> None:
        self._call("make_folder", path)
        self._need_folder(path.parent)
        if path in self._cached:
            raise OSError(EEXIST, os.strerror(EEXIST))
        self._change({path.parent}, lambda names: names.update({path: None}))

    def sync_folder(self, path: Path) -> None:
        self._call("sync_folder", path)
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
        self._call("rename", path)
        self._need(path)
        self._change({path.parent, target.parent}, lambda names: _move(names, path, target))

    def unlink(self, path: Path) -> None:
        self._call("unlink", path)
        self._need(path)
        self._change({path.parent}, _Drop(path))

    def remove_tree(self, path: Path) -> None:
        self._need_folder(path)
        for inside in sorted(self._below(path), reverse=True):
            self._call("remove_tree", inside)
            self._change({inside.parent}, _Drop(inside))
        self._call("remove_tree", path)
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

    def read(self, path: Path) -> bytes:
        return bytes(self._need_file(path).cached)

    def chunks(self, path: Path) -> Iterator[bytes]:
        yield self.read(path)

    # shared by the calls

    def strike(self, call: str, path: Path) -> Fault | None:
        """Count a changing call; the fault that strikes it, if any. Raises Cut where the process ends."""
        if self._cut_at is not None and self.calls >= self._cut_at:
            raise Cut
        self.calls += 1
        return next((fault for fault in self._faults if fault.strikes(call, path)), None)

    def half_of(self, length: int) -> int:
        """How much of a write that the end of the process cut off was done."""
        return self._choose(length)

    def _call(self, call: str, path: Path) -> None:
        if fault := self.strike(call, path):
            raise OSError(fault.errno, os.strerror(fault.errno))

    def _open(self, path: Path, call: str, *, empty: bool) -> MemoryFile:
        self._call(call, path)
        self._need_folder(path.parent)
        node = self._cached.get(path)
        if node is None:
            made = node = _Node(bytearray())
            self._change({path.parent}, lambda names: names.update({path: made}))
        if empty:
            node.cached.clear()
        return MemoryFile(self, path, node)

    def _change(self, folders: set[Path], change: Callable[[Names], None]) -> None:
        change(self._cached)
        self._pending.append((frozenset(folders), change))

    def _below(self, path: Path) -> list[Path]:
        return [name for name in self._cached if path in name.parents]

    def _need(self, path: Path) -> None:
        if path not in self._cached:
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT))

    def _need_file(self, path: Path) -> _Node:
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


class MemoryFile:
    """A file of the simulated kernel, open for writing."""

    def __init__(self, files: MemoryFiles, path: Path, node: _Node) -> None:
        self._files = files
        self._path = path
        self._node = node

    def size(self) -> int:
        return len(self._node.cached)

    def write(self, data: bytes | memoryview) -> int:
        try:
            fault = self._files.strike("write", self._path)
        except Cut:
            self._node.cached += data[: self._files.half_of(len(data))]
            raise
        if fault is None:
            self._node.cached += data
            return len(data)
        self._node.cached += data[: fault.taken]
        raise OSError(fault.errno, os.strerror(fault.errno))

    def sync(self) -> None:
        if fault := self._files.strike("sync", self._path):
            raise OSError(fault.errno, os.strerror(fault.errno))
        self._node.durable = bytes(self._node.cached)

    def truncate(self, length: int) -> None:
        if fault := self._files.strike("truncate", self._path):
            raise OSError(fault.errno, os.strerror(fault.errno))
        del self._node.cached[length:]

    def close(self) -> None:
        pass


def _move(names: Names, path: Path, target: Path) -> None:
    """Rename within one view. The other view may not have the source: then its loss came first."""
    for name in [name for name in names if name == path or path in name.parents]:
        names[target / name.relative_to(path)] = names.pop(name)


def _survivor(node: _Node, choose: Choose) -> bytes:
    """What is left of a file: what was synced, or the change since then as far as it had got."""
    cached, durable = bytes(node.cached), node.durable
    if cached == durable:
        return durable
    if not cached.startswith(durable):
        return cached if choose(1) else durable
    kept = cached[: len(durable) + choose(len(cached) - len(durable))]
    hole = choose(len(kept) - len(durable)) if choose(1) else 0
    # The length may get there before the data: a page that did not reads as zeros.
    start = max(len(durable), len(kept) - hole - PAGE_BYTES)
    return (
        kept[:start] + bytes(min(hole, PAGE_BYTES, len(kept) - start)) + kept[start + min(hole, PAGE_BYTES) :]
    )
