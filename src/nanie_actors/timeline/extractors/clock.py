"""What a clock shows and what people mean by it: the nouns of time that the stages hand on."""

from __future__ import annotations

from typing import NamedTuple

Readings = tuple[int, ...]
"""The minutes of the day that a time may mean: `7:15` is 435 or 1155, `19:15` is 1155 only."""

DAY = 24 * 60
_HALF_DAY = 12 * 60


def readings_of(hour: int, minute: int, *, zero_led: bool = False) -> Readings:
    """The readings of an hour and a minute as written; none where there is no such time.

    Hours 1 to 12 may be before or after noon, unless a leading zero shows a clock of 24 hours.
    """
    if not (0 <= hour <= 24 and 0 <= minute < 60):
        return ()
    if zero_led or hour == 0 or hour > 12:
        return (hour % 24 * 60 + minute,)
    early = hour % 12 * 60 + minute
    return (early, early + _HALF_DAY)


def shifted(readings: Readings, minutes: int) -> Readings:
    """The same readings some minutes later (or earlier)."""
    return tuple([(reading + minutes) % DAY for reading in readings])


def narrowed(readings: Readings, part: str) -> Readings:
    """The readings that lie in a part of the day; all of them where none does.

    `am` and `pm` are exact. `night` is 18:00 to 06:00, `noon` 11:00 to 16:00: what parents call so.
    """
    if part == "am":
        fitting = [reading for reading in readings if reading < _HALF_DAY]
    elif part == "pm":
        fitting = [reading for reading in readings if reading >= _HALF_DAY]
    elif part == "night":
        fitting = [reading for reading in readings if reading >= 18 * 60 or reading < 6 * 60]
    else:
        fitting = [reading for reading in readings if 11 * 60 <= reading <= 16 * 60]
    return tuple(fitting) or readings


class When(NamedTuple):
    """When something happened, as the text puts it. Exactly one of `start`, `end` and `ago` is given, or both
    `start` and `end` for a span. `ago` is minutes before the message; 0 is now."""

    start: Readings = ()
    end: Readings = ()
    ago: float | None = None
