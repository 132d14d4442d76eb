"""What begins a message in an export: `23/11/2026, 10:05 - ` or `[23/11/2026, 10:05:33] `.

A phone writes every header of a file in one shape, the one of its region settings. A line of another shape
inside the file is somebody's pasted text, so a file is read with its own shape only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from nanie_actors.whatsapp.export.marks import MARKS

_SOME = f"[{MARKS}]{{0,4}}"
_HEADER = re.compile(
    rf"{_SOME}(\[)?{_SOME}"
    rf"((\d{{1,4}}){_SOME}([/.-]){_SOME}(\d{{1,2}}){_SOME}\4{_SOME}(\d{{1,4}}))"
    rf"[,،]?\s{_SOME}(\d{{1,2}})[:.](\d{{2}})(?:[:.](\d{{2}}))?"
    rf"(?:\s?{_SOME}([AaPp]\.?\s?[Mm]\.?|לפנה[\"״]צ|אחה[\"״]צ))?"
    rf"{_SOME}(?(1)\]|\s[-–])\s(.*)",
    re.DOTALL,
)
_LONGEST_YEAR = 4


class Shape(NamedTuple):
    """How one phone writes a date and time. Two headers of one file never differ in it."""

    bracketed: bool
    separator: str
    year_first: bool
    year_digits: int
    with_seconds: bool
    twelve_hours: bool


@dataclass(slots=True)
class Header:
    """A line that has the form of a header; whether its numbers are a date is decided later.

    `date` is the date as written. `first`, `second`, `third` are its numbers. `rest` is what follows.
    """

    shape: Shape
    date: str
    first: int
    second: int
    third: int
    hour: int
    minute: int
    seconds: int
    rest: str


def read_header(line: str) -> Header | None:
    """Read a line's header, or None where the line has none or its time is none."""
    found = _HEADER.match(line)
    if found is None:
        return None
    bracket, date, first, separator, second, third, hour, minute, seconds, period, rest = found.groups()
    hours = _hours(int(hour), period)
    if hours is None or int(minute) > 59 or (seconds is not None and int(seconds) > 59):
        return None
    year_first = len(first) == _LONGEST_YEAR
    year_digits = len(first if year_first else third)
    if year_digits not in (2, 4) or (not year_first and len(first) > 2) or (year_first and len(third) > 2):
        return None
    shape = Shape(
        bracket is not None, separator, year_first, year_digits, seconds is not None, period is not None
    )
    return Header(
        shape, date, int(first), int(second), int(third), hours, int(minute), int(seconds or 0), rest
    )


def _hours(written: int, period: str | None) -> int | None:
    """The hour of the day, 0 to 23; None for a number the clock in use does not have."""
    if period is None:
        return written if written <= 23 else None
    if written > 12:
        return None
    afternoon = period[0] in "Ppא"
    return written % 12 + (12 if afternoon else 0)
