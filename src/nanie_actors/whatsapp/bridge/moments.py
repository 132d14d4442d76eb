"""Times of the library: milliseconds for messages, seconds for all else, and sometimes nonsense."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from nanie_actors.model import EpochMs

Now = Callable[[], EpochMs]

_YEAR_10000: Final = 253_402_300_800_000
_SENDERS_CLOCK_MAY_ERR: Final = 3_600_000
"""An edit is possible for fifteen minutes, and telephones' clocks are off by minutes."""


def wall_clock() -> EpochMs:
    """The time by this machine's clock."""
    return EpochMs(time.time_ns() // 1_000_000)


def from_ms(moment: float) -> EpochMs | None:
    """A moment in milliseconds; None for one without meaning: zero, before 1970, from the year 10000 on."""
    return EpochMs(int(moment)) if 0 < moment < _YEAR_10000 else None  # true of no NaN either


def from_seconds(moment: float) -> EpochMs | None:
    """The same for a moment in seconds. Go's zero time, which is in the year 1, means nothing as well."""
    return from_ms(moment * 1000)


def senders_own(claimed_ms: int, told: EpochMs) -> EpochMs:
    """The sender's own time of an edit, if it is near to what the server told.

    It tells apart two edits of one second, and is the same live and in history.
    """
    claimed = from_ms(claimed_ms)
    return claimed if claimed and abs(claimed - told) <= _SENDERS_CLOCK_MAY_ERR else told
