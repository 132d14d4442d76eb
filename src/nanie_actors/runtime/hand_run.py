"""A dispatcher without threads: a test decides who runs next, one message at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from random import Random
from time import monotonic
from typing import Any

from nanie_actors.runtime.dispatcher import Runnable, StuckHandler
from nanie_actors.runtime.errors import StepsExhausted
from nanie_actors.runtime.spare_work import SpareWork
from nanie_actors.runtime.turn import turn

Choice = Callable[[Sequence[Runnable]], int]
"""Given the ready actors in the order in which they became ready, the index of the one to run."""

_ENDLESS_S = float("inf")


class HandRunDispatcher:
    """Runs nothing until told to, on the caller's thread; actors may be told things from any thread.

    The order is first come, first served, or what `choose` says: a seeded Random explores interleavings
    that a pool would show once in a million runs, and shows them again. A step is one message, or one
    start.
    """

    def __init__(self, choose: Random | Choice | None = None) -> None:
        self._ready: list[Runnable] = []
        self._choose = _by_chance(choose) if isinstance(choose, Random) else choose
        self._stopped = False
        self._discarding = False

    @property
    def ready(self) -> Sequence[Runnable]:
        """Who could run next."""
        return tuple(self._ready)

    def start(self) -> None:
        """Nothing to start."""

    def schedule(self, cell: Any, /) -> None:
        """See Dispatcher."""
        self._ready.append(cell)
        if self._discarding:
            self.discard()

    def offer(self, work: SpareWork) -> bool:
        """See Dispatcher: nobody here is ever idle."""
        del work
        return False

    def run_one(self) -> bool:
        """Take one step; False if no actor was ready."""
        if self._stopped or not self._ready:
            return False
        cell = self._ready.pop(0 if self._choose is None else self._choose(tuple(self._ready)))
        with turn(self):
            again = cell.run(monotonic(), 1, _ENDLESS_S)
        if again:
            self._ready.append(cell)
        return True

    def run_until_idle(self, max_steps: int = 100_000) -> int:
        """Take steps until no actor is ready; how many. Raises StepsExhausted after `max_steps`."""
        for steps in range(max_steps):
            if not self.run_one():
                return steps
        if self._ready:
            raise StepsExhausted(f"{len(self._ready)} actors are still ready after {max_steps} steps")
        return max_steps

    def settle(self, done: threading.Event, timeout_s: float) -> bool:
        """Run until `done` is set or nobody is ready."""
        while not done.is_set() and self.run_one():
            pass
        return done.is_set()

    def stop(self, timeout_s: float) -> bool:
        """Take no further step."""
        self._stopped = True
        return True

    def discard(self) -> None:
        """See Dispatcher."""
        self._discarding = True
        queued, self._ready = self._ready, []
        for cell in queued:
            cell.keep_marker()

    def stuck(self) -> list[StuckHandler]:
        """Nobody: a step that does not end does not come back here either."""
        return []


def _by_chance(random: Random) -> Choice:
    return lambda ready: random.randrange(len(ready))
