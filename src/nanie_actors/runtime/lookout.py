"""Who decides how many pool threads are awake: a thread that looks on, and a pure rule for what it sees."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from time import monotonic
from typing import Literal, Protocol

TICK_S = 0.001
"""How often the lookout looks while it finds actors queued."""

PROMPT_S = 0.0005
"""A lookout that gets the interpreter sooner than this had no rival for it: no awake thread runs Python.
Otherwise it waits for Python's switch interval."""

PATROL_S = 0.005
"""How often it looks whether it must look, for as long as there was something a moment ago. To be woken costs
a thread more than a look: rung for each message, it took a tenth of the processor at a thousand a second."""

PATROLS = 20
"""Looks in vain, a tenth of a second in all, before it rests until somebody rings."""

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
        """Whether something is queued, so that looking is worth while."""

    def look(self, late_s: float) -> bool:
        """Wake or rest a thread, as advised; False if nothing is queued."""

    def compensate(self) -> None:
        """Start or end a thread, as the stuck turns demand."""


class Lookout:
    """One daemon thread that looks while there is something to see, and makes its round now and then.

    Who raises `watched` and rings while it rests, wakes it: it begins to rest by saying so, and looks at
    `watched` after. While it patrols it need not be woken.
    """

    def __init__(self, pool: Watched, name: str, round_s: float) -> None:
        self._pool = pool
        self._round_s = round_s
        self._next_round = 0.0
        self._bell = threading.Lock()
        self._bell.acquire()
        self._resting = True
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def ring(self) -> None:
        """See to it that it looks within PATROL_S. Any thread; never blocks."""
        if self._resting:
            self._wake()

    def _wake(self) -> None:
        try:
            self._bell.release()
        except RuntimeError:
            # Somebody has just rung.
            return

    def stop(self, timeout_s: float) -> bool:
        """End the thread; True if it ended in time."""
        self._closing = True
        self._wake()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self._next_round = monotonic() + self._round_s
        while not self._closing:
            self._resting = True
            rung = self._pool.watched or self._bell.acquire(timeout=self._round_s)
            self._resting = False
            if rung:
                self._patrol()
            self._make_round(monotonic())

    def _patrol(self) -> None:
        """Look again and again, until nothing was queued for a while."""
        wait_s, in_vain = TICK_S, 0
        while in_vain < PATROLS and not self._closing:
            before = monotonic()
            if self._bell.acquire(timeout=wait_s):
                # Told to end; or it had found by itself what somebody rang for.
                continue
            now = monotonic()
            late_s = now - before - wait_s
            if self._pool.watched and self._pool.look(late_s):
                # Each look takes the interpreter from somebody who waited for it as well.
                wait_s, in_vain = TICK_S if late_s < PROMPT_S else OLD_TURN_S, 0
            else:
                wait_s, in_vain = PATROL_S, in_vain + 1
            self._make_round(now)

    def _make_round(self, now: float) -> None:
        if now >= self._next_round:
            self._pool.compensate()
            self._next_round = now + self._round_s
