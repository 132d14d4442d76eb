"""Work that is no actor's turn: a pool thread does it once no actor is ready, or gives it back in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, ClassVar

from nanie_actors.runtime.lanes import take_all

SPARE_S = 0.001
"""How long work may wait for a thread that has nothing else to do: a few flushes of a quick disk. A longer
wait lets more records share a flush, but under load all wait that much longer (measured up to 50 ms)."""


class SpareWork:
    """What `Dispatcher.offer` is given, again and again; it runs like the slice of an actor.

    `do(True)`: this thread has nothing else to do, so the work may block it. `do(False)`, on any thread: none
    had a moment for it, so see to it in some other way, and do not block. It must not raise.
    """

    __slots__ = ("busy_since", "current", "do", "name", "stride")

    share: ClassVar[int] = 1

    def __init__(self, name: str, do: Callable[[bool], None]) -> None:
        self.name = name
        self.do = do
        self.busy_since = 0.0
        self.current: Any = self
        self.stride = 1

    def run(self, now: float, budget: int, slice_s: float) -> bool:
        """See Runnable: one slice, and never another."""
        del budget, slice_s
        self.busy_since = now
        try:
            self.do(True)
        finally:
            self.busy_since = 0.0
        return False

    def keep_marker(self) -> bool:
        """See Runnable: there is no mail to bury."""
        return False


class SpareQueue(deque[SpareWork]):
    """What waits for an idle thread, and until when. Any thread."""

    __slots__ = ("due",)

    def __init__(self) -> None:
        super().__init__()
        self.due = 0.0

    def put(self, work: SpareWork) -> None:
        """Let it wait for SPARE_S from now."""
        self.due = monotonic() + SPARE_S
        self.append(work)

    def give_back(self) -> None:
        """Let its owners see to it."""
        for work in take_all(self):
            work.do(False)
