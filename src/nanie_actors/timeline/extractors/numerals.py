"""What a number in digits can mean: `120`, `10:30`, `10.30`, `1030`, `38.2`, `1/2`."""

from __future__ import annotations

from collections.abc import Mapping

from nanie_actors.timeline.extractors.clock import Readings, readings_of
from nanie_actors.timeline.extractors.vocabulary import Word

_SMALLEST_OF_TWO = 32
"""Above the days of a month: the first of two such numbers is no date."""

_LONGEST_NUMBER = 7
"""Characters of a number that can mean anything in a household; longer ones are phone numbers."""

_UNKNOWN = Word("unknown", "")


def read_number(text: str) -> Word:
    """The meaning of digits, or of two groups of digits with one of `.:/,` between."""
    if len(text) > _LONGEST_NUMBER:
        return _UNKNOWN
    if text.isdigit():
        return _whole(text)
    if "/" in text:
        return _fraction(text)
    if ":" in text:
        readings = _readings(*text.split(":"))
        return Word("num" if readings else "unknown", -1.0, form="clock", readings=readings)
    whole, rest = text.replace(",", ".").split(".")
    value = float(f"{whole}.{rest}")
    readings = _readings(whole, rest)
    return Word("num", value, form="dotted" if readings else "decimal", readings=readings)


def _whole(text: str) -> Word:
    value = int(text)
    if len(text) == 4:
        readings = _readings(text[:2], text[2:])
        return Word("num", value, form="packed" if readings else "whole", readings=readings)
    return Word("num", value, form="whole", readings=_readings(text, "00"))


def _fraction(text: str) -> Word:
    """`1/2` is a half, `120/150` what was drunk of what was offered; any other pair is a date."""
    if text == "1/2":
        return Word("num", 0.5, form="decimal")
    drunk = int(text.split("/")[0])
    if drunk >= _SMALLEST_OF_TWO:
        return Word("num", drunk, form="decimal")
    return _UNKNOWN


def _readings(hour: str, minute: str) -> Readings:
    if len(hour) > 2 or len(minute) != 2:
        return ()
    return readings_of(int(hour), int(minute), zero_led=len(hour) == 2 and hour[0] == "0")


def _common() -> list[str]:
    clocks = [f"{hour}:{minute:02}" for hour in range(24) for minute in range(60)]
    return [str(number) for number in range(400)] + clocks + [f"0{clock}" for clock in clocks[:600]]


COMMON_NUMBERS: Mapping[str, Word] = {text: read_number(text) for text in _common()}
"""The numbers that messages are full of, read beforehand: small ones, and what a clock of 24 hours shows."""
