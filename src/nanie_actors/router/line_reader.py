"""Cuts a stream of bytes into lines, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TooLong:
    """A line that was longer than allowed, and is gone; `length` in bytes."""

    length: int


class LineReader:
    """Feed it chunks, an empty one at the end; it gives lines without their newline."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._parts: list[bytes] = []
        self._length = 0

    def feed(self, chunk: bytes) -> Iterator[bytes | TooLong]:
        """The lines that this chunk completes."""
        if not chunk:
            if self._length:
                yield self._finish()
            return
        *complete, rest = chunk.split(b"\n")
        for piece in complete:
            self._add(piece)
            yield self._finish()
        self._add(rest)

    def _add(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length <= self._longest:
            self._parts.append(piece)
        else:
            self._parts.clear()

    def _finish(self) -> bytes | TooLong:
        length, self._length = self._length, 0
        parts, self._parts = self._parts, []
        return b"".join(parts) if length <= self._longest else TooLong(length)
