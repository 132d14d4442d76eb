"""One file of the simulated kernel: what was written to it, and what of that is on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nanie_actors.storage.accidents import Accidents, Choose, Cut

PAGE_BYTES = 4_096
"""Data reaches the disk by pages of this size, in any order, until it is synced."""


@dataclass(slots=True, eq=False)
class Node:
    """One file's content, whatever its name."""

    cached: bytearray
    durable: bytes = b""


class MemoryFile:
    """A file that is open for writing."""

    def __init__(self, accidents: Accidents, path: Path, node: Node) -> None:
        self._accidents = accidents
        self._path = path
        self._node = node

    def size(self) -> int:
        return len(self._node.cached)

    def write(self, data: bytes | memoryview) -> int:
        try:
            fault = self._accidents.strike("write", self._path)
        except Cut:
            self._node.cached += data[: self._accidents.half_of(len(data))]
            raise
        if fault is None:
            self._node.cached += data
            return len(data)
        self._node.cached += data[: fault.taken]
        raise fault.error()

    def sync(self) -> None:
        self._accidents.check("sync", self._path)
        self._node.durable = bytes(self._node.cached)

    def truncate(self, length: int) -> None:
        self._accidents.check("truncate", self._path)
        del self._node.cached[length:]

    def close(self) -> None:
        """Nothing is held."""


def survivor(node: Node, choose: Choose) -> bytes:
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
