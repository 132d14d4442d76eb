"""Stage 3a of the care extractor: how much and how long. `120 ml`, `4 oz`, `half an hour`, `שעה ורבע`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nanie_actors.timeline.extractors.terms import Terms

ML_PER_OUNCE = 29.5735
"""A US fluid ounce, the one printed on bottles sold in the US; the imperial one is 4 % smaller."""

FEW_MINUTES = 5.0
"""What `a few minutes` is taken for."""


class Quantity(NamedTuple):
    """An amount in base units: `duration` in minutes, `ml`, `mg`, `kg`, `drops`, `degree` and `fahrenheit`.

    `count` is of things: neither an amount nor a time.
    """

    measure: str
    value: float


_UNITS: Mapping[str, tuple[str, float]] = {
    "min": ("duration", 1.0),
    "one min": ("duration", 1.0),
    "hour": ("duration", 60.0),
    "one hour": ("duration", 60.0),
    "ml": ("ml", 1.0),
    "oz": ("ml", ML_PER_OUNCE),
    "mg": ("mg", 1.0),
    "kg": ("kg", 1.0),
    "drop": ("drops", 1.0),
    "degree": ("degree", 1.0),
    "celsius": ("degree", 1.0),
    "fahrenheit": ("fahrenheit", 1.0),
    "count": ("count", 1.0),
}
_ONE_MINUTE = Quantity("duration", 1.0)
_FRACTIONS = {"half": 0.5, "quarter": 0.25}
_BEFORE_A_UNIT = frozenset({"unit", "each", "dash", "filler", *_FRACTIONS})
"""What may follow a number that is a quantity."""


def read_quantity(terms: Terms, at: int) -> tuple[Quantity, int] | None:
    """The quantity that begins at this term and the place after it, or None."""
    words = terms.words
    term = words[at]
    role = term.role
    if role == "num":
        return None if term.form == "clock" else _counted(terms, at)
    if role == "unit":
        # "an hour", "שעה": one of it; "שעה 9" is a time of day.
        if term.sense in ("one hour", "one min") and words[at + 1].role != "num":
            return _prolonged(terms, at + 1, 1.0) if term.sense == "one hour" else (_ONE_MINUTE, at + 1)
    elif role in _FRACTIONS:
        return _part_of_an_hour(terms, at, _FRACTIONS[role])
    elif role == "lasting":
        return _prolonged(terms, at + 1, float(term.sense) / 60)
    elif role == "few" and words[at + 1].role == "unit":
        measure, _ = _UNITS[str(words[at + 1].sense)]
        return Quantity(measure, FEW_MINUTES) if measure == "duration" else Quantity("count", 0), at + 2
    return None


def _counted(terms: Terms, at: int) -> tuple[Quantity, int] | None:
    words = terms.words
    after = at + 1
    if words[after].role not in _BEFORE_A_UNIT:
        return None
    value = float(words[at].sense)
    if words[after].role == "dash" and words[after + 1].role == "num" and words[after + 2].role == "unit":
        # "10-15 min": the longer one, so that nobody is told of less than there was.
        value, after = float(words[after + 1].sense), after + 2
    elif words[after].role in _FRACTIONS and words[after].joined and words[after + 1].role == "unit":
        value, after = value + _FRACTIONS[words[after].role], after + 1
    if words[after].role == "filler" and words[after + 1].sense == "degree":
        after += 1
    unit = words[after]
    if unit.role != "unit":
        each = unit.role == "each" and after == at + 1
        return (Quantity("duration", value), after) if each else None
    measure, factor = _UNITS[str(unit.sense)]
    if factor == 60.0:
        return _prolonged(terms, after + 1, value)
    return Quantity(measure, value * factor), after + 1


def counts_many(terms: Terms, at: int, *, counting: bool) -> tuple[int, int] | None:
    """`3 wet diapers`, `2 sides`: a number that counts things, and the place of what it counts; or None.

    `counting` says that a number on this line has counted already: then `1 pee` is a count, too.
    """
    words = terms.words
    term = words[at]
    if term.role != "num" or term.form != "whole":
        return None
    counted = words[at + 1]
    if counted.role == "acts" or (counting and counted.role == "act"):
        return int(term.sense), at + 1
    if counted.role == "weak" and words[at + 2].role == "acts":
        return int(term.sense), at + 2
    if counted.sense == "both":
        return 2, at + 1
    return None


def _part_of_an_hour(terms: Terms, at: int, part: float) -> tuple[Quantity, int] | None:
    words = terms.words
    after = at + 1
    while words[after].role == "filler" and after - at < 3:
        after += 1
    if words[after].role == "unit" and words[after].sense in ("one hour", "hour"):
        return Quantity("duration", part * 60), after + 1
    return None


def _prolonged(terms: Terms, after: int, hours: float) -> tuple[Quantity, int]:
    """Hours, with what is added to them: `and a half`, `ורבע`, `1h20`, `and 10 min`."""
    words = terms.words
    minutes = hours * 60.0
    ahead = after
    while words[ahead].role in ("sep", "and", "dash", "filler") and ahead - after < 2:
        if words[ahead].role == "sep":
            break
        ahead += 1
    extra = words[ahead]
    if extra.role in _FRACTIONS and (extra.joined or ahead > after):
        return Quantity("duration", minutes + _FRACTIONS[extra.role] * 60), ahead + 1
    if extra.role == "num" and extra.form in ("whole", "") and float(extra.sense) < 60:
        if words[ahead + 1].sense in ("min", "one min"):
            return Quantity("duration", minutes + float(extra.sense)), ahead + 2
        if ahead == after and terms.touch(after - 1):
            return Quantity("duration", minutes + float(extra.sense)), ahead + 1
    return Quantity("duration", minutes), after
