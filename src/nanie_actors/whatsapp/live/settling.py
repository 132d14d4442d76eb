"""How far the journal is settled: entries are settled in any order, and dropped in their own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class _Open:
    """An entry of which so many events are not settled yet."""

    __slots__ = ("left", "number")

    def __init__(self, number: int, left: int) -> None:
        self.number = number
        self.left = left


class Settling:
    """Thread-safe; never blocks. Numbers may leave gaps: what was damaged is nobody's."""

    def __init__(self, moved: Callable[[], None]) -> None:
        """`moved` is called, on the thread of whoever settled, when `up_to` has grown."""
        self._moved = moved
        self._lock = threading.Lock()
        self._open: deque[_Open] = deque()
        self._up_to = 0

    @property
    def up_to(self) -> int:
        """The last entry that is settled together with all before it; 0 for none."""
        with self._lock:
            return self._up_to

    def begin(self, number: int, events: int) -> Callable[[], None]:
        """An entry is handed in now; the result is to be called once for each of its events.

        Entries begin in ascending order. One without events is settled at once.
        """
        entry = _Open(number, events)
        with self._lock:
            self._open.append(entry)
        if not events:
            self._advance()
        return lambda: self._settled(entry)

    def _settled(self, entry: _Open) -> None:
        with self._lock:
            entry.left -= 1
        self._advance()

    def _advance(self) -> None:
        with self._lock:
            before = self._up_to
            while self._open and self._open[0].left <= 0:
                self._up_to = self._open.popleft().number
            grew = self._up_to > before
        if grew:
            self._moved()
