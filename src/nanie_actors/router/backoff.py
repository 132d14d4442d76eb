"""How long to wait after failures in a row: longer each time, and never everybody at once.

Not a retry library's decorator: what is tried again here is a queue or a poll, not one call.
"""

from __future__ import annotations

from collections.abc import Callable
from random import random
from typing import Final

FIRST_S: Final = 0.5
FACTOR: Final = 2.0
LONGEST_S: Final = 30.0


class Backoff:
    """Counts failures in a row. `chance` gives numbers from 0 up to 1."""

    def __init__(self, chance: Callable[[], float] = random) -> None:
        self._chance = chance
        self.failures = 0

    def failed(self) -> float:
        """One more failure; how long to wait now, in seconds: at least half of the full time."""
        full = min(FIRST_S * FACTOR ** min(self.failures, 16), LONGEST_S)
        self.failures += 1
        return full * (0.5 + self._chance() / 2)

    def succeeded(self) -> bool:
        """A success; says whether failures came before."""
        had, self.failures = self.failures, 0
        return had > 0
