"""Who decides how many pool threads are awake: a thread that looks on, and a pure rule for what it sees."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from time import monotonic
from typing import Literal, Protocol

TICK_S = 0.001
"""How often the lookout looks while actors are queued: what a blocking handler may cost the others."""

PROMPT_S = 0.0005
"""A lookout that gets the interpreter sooner than this had no rival for it: no awake thread runs Python.
Otherwise it waits for Python's switch interval."""

OLD_TURN_S = 0.010
"""A turn older than this is taken to block, whoever has the interpreter meanwhile: two default slices."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The pool at one look, while actors are queued.

    `late_s` is how long the lookout waited for the interpreter; `youngest_s` the age of the youngest turn
    among the threads that are awake.
    """

    awake: int
    late_s: float
    youngest_s: float


Advice = Literal["wake", "rest", "leave"]


def advise(sight: Sight) -> Advice:
    """Wake one more thread when nobody moves the queue; let one rest when several only compete."""
    if sight.awake == 0 or sight.late_s < PROMPT_S or sight.youngest_s > OLD_TURN_S:
        return "wake"
    return "rest" if sight.awake > 1 else "leave"


class Watched(Protocol):
    """The pool as its lookout sees it."""

    @property
    def watched(self) -> bool:
        """Whether actors are queued, so that looking is worth while."""

    def look(self, late_s: float) -> None:
        """Wake or rest a thread, as advised."""

    def compensate(self) -> None:
        """Start or end a thread, as the stuck turns demand."""


class Lookout:
    """One daemon thread that ticks while there is something to see, and makes its round now and then."""

    def __init__(self, pool: Watched, name: str, round_s: float) -> None:
        self._pool = pool
        self._round_s = round_s
        self._bell = threading.Lock()
        self._bell.acquire()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def ring(self) -> None:
        """Begin to tick. Any thread; never blocks."""
        try:
            self._bell.release()
        except RuntimeError:
            # Somebody has just rung.
            return

    def stop(self, timeout_s: float) -> bool:
        """End the thread; True if it ended in time."""
        self._closing = True
        self.ring()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        next_round = monotonic() + self._round_s
        tick_s = TICK_S
        while not self._closing:
            wait_s = tick_s if self._pool.watched else self._round_s
            before = monotonic()
            rung = self._bell.acquire(timeout=wait_s)
            now = monotonic()
            if rung:
                tick_s = TICK_S
            elif self._pool.watched:
                late_s = now - before - wait_s
                self._pool.look(late_s)
                # Each look takes the interpreter from somebody who waited for it as well.
                tick_s = TICK_S if late_s < PROMPT_S else OLD_TURN_S
            if now >= next_round:
                self._pool.compensate()
                next_round = now + self._round_s
