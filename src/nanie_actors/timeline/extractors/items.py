"""Stage 3 of the care extractor: terms put together into what a sentence is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nanie_actors.timeline.extractors.amounts import Quantity, counts_many, read_quantity
from nanie_actors.timeline.extractors.clock import When
from nanie_actors.timeline.extractors.clock_times import read_time
from nanie_actors.timeline.extractors.terms import Term


class Item(NamedTuple):
    """A part of a sentence.

    `role` is a term's (`act`, `side`, `neg`, `sep` …), or `when`, `amount`, `number` for what was put
    together out of several terms; `value` is its sense, its When, its Quantity or its number.
    """

    role: str
    value: str | float | When | Quantity
    start: int
    end: int
    joined: bool = False


_MEASURED = frozenset({"num", "unit", "half", "quarter", "lasting", "few"})
_TIMED = frozenset({"num", "at", "from", "until", "now", "clock", "half", "quarter"})
_OPENINGS = frozenset(
    {"at", "from", "until", "to", "past", "ago", "unit", "half", "quarter", "lasting", "few"}
)
"""Roles that mean nothing once no time or quantity was made of them."""

_START = Item("start", "", 0, 0)
_GAUGES = frozenset({"temp", "note:weight"})
"""What is followed by a number that is not a time: `weighs 7`, `fever 39`."""

_AS_ITEM = {"acts": "act", "ampm": "part"}

_RECENT = frozenset({"eat", "feed", "breast", "fall", "lay", "asleep", "has slept", "wake", "bath"})
"""What `just` puts at this moment."""

_SUMS_UP = 3
"""From how many of a kind on a message looks back on a day."""

LONGEST_MINUTES = 24 * 60
"""Nothing that a message tells of lasted longer, or is told in hours and minutes after longer than this."""

MOST_MINUTES_A_SIDE = 90
"""`L 10`: a number after a side is minutes up to here; no feed takes longer on one side."""

_FEWEST_MINUTES = 5
"""`for 15`: a number after `for` is minutes from here on; a smaller one may count anything."""

_LONGEST_ASIDE = 3
"""`after she had a bath`: how far an aside reaches for its action."""


def read_items(terms: Sequence[Term]) -> list[Item]:
    """All items in order. Fillers are left out, separators kept."""
    items: list[Item] = []
    previous = _START
    counting = False
    at = 0
    while terms[at].role != "end":
        if terms[at].sense == "line":
            counting = False
        many = counts_many(terms, at, counting=counting)
        if many is not None:
            counting = True
            at, item = _counted(terms, many)
            if item is not None:
                items.append(item)
                previous = item
            continue
        item, after = _read(terms, at, previous)
        if item is not None:
            items.append(item)
            previous = item
        at = after
    return items


def _read(terms: Sequence[Term], at: int, previous: Item) -> tuple[Item | None, int]:
    term = terms[at]
    role = term.role
    if role == "filler" or role == "dash":
        return None, at + 1
    if role in _MEASURED:
        found = _measured(terms, at, previous.role)
        if found is not None:
            return found
    if role in _TIMED:
        time = read_time(terms, at, "gauge" if previous.value in _GAUGES else previous.role)
        if time is not None:
            when, after = time
            return Item("when", when, term.start, terms[after - 1].end, term.joined), after
    if role == "before" or role == "aside" or role == "from":
        return _aside(terms, at)
    if role == "for":
        return _lasting(terms, at)
    if role == "in":
        return _coming(terms, at, previous)
    return _plain(term, terms[at + 1]), at + 1


def _plain(term: Term, following: Term) -> Item | None:
    """A term that stands for itself, or for nothing where it is."""
    role = term.role
    if role == "num":
        return _number(term)
    if role == "few" and term.sense == "how many":
        role = "opening ask"
    elif role in _OPENINGS:
        return None
    elif role == "just" and following.sense not in _RECENT:
        # "just pee" is only pee.
        return None
    elif role == "act" and term.lead == "from":
        # "קמה מהשינה": what somebody comes from was told before.
        return None
    return Item(_AS_ITEM.get(role, role), term.sense, term.start, term.end, term.joined)


def _counted(terms: Sequence[Term], many: tuple[int, int]) -> tuple[int, Item | None]:
    """`2 wet diapers` tells of diapers now, `3 naps today` sums up a day and tells of none."""
    number, place = many
    if number < _SUMS_UP:
        return place, None
    return place + 1, Item("act", "note:sum", terms[place].start, terms[place].end)


def _measured(terms: Sequence[Term], at: int, previous: str) -> tuple[Item | None, int] | None:
    found = read_quantity(terms, at)
    if found is None:
        return _minutes_of_a_side(terms, at, previous)
    quantity, after = found
    start, end = terms[at].start, terms[after - 1].end
    if quantity.measure == "duration" and quantity.value > LONGEST_MINUTES:
        return None, after
    if quantity.measure == "duration" and terms[after].role == "ago":
        return Item("when", When(ago=quantity.value), start, terms[after].end), after + 1
    if quantity.measure == "count":
        return None, after
    return Item("amount", quantity, start, end), after


def _minutes_of_a_side(terms: Sequence[Term], at: int, previous: str) -> tuple[Item | None, int] | None:
    term = terms[at]
    if previous == "side" and term.role == "num" and term.form == "whole":
        minutes = float(term.sense)
        if 0 < minutes <= MOST_MINUTES_A_SIDE and terms[at + 1].role not in ("ampm", "part"):
            return Item("amount", Quantity("duration", minutes), term.start, term.end), at + 1
    return None


def _number(term: Term) -> Item | None:
    """A number that is neither time nor quantity; one in words is left to be a word (`that one`)."""
    return Item("number", term.sense, term.start, term.end) if term.form else None


def _aside(terms: Sequence[Term], at: int) -> tuple[Item | None, int]:
    """`לפני 10 דק` is a time; `after the bath`, `before sleeping`, `took 20 min` mention, they do not tell.

    What is mentioned is passed over: it happened, if it did, at a time that another message tells.
    """
    ahead = at + 1
    while ahead - at <= _LONGEST_ASIDE and terms[ahead].role in ("filler", "dash", "object", "each"):
        ahead += 1
    if terms[ahead].role in _MEASURED:
        found = read_quantity(terms, ahead)
        if found is not None and found[0].measure == "duration":
            quantity, after = found
            if terms[at].role == "before" and quantity.value <= LONGEST_MINUTES:
                return Item("when", When(ago=quantity.value), terms[at].start, terms[after - 1].end), after
            if terms[after].role != "ago" and terms[after].sense != "slept":
                return None, after
    if terms[ahead].role in ("act", "acts", "weak"):
        return None, ahead + 1
    return None, at + 1


def _lasting(terms: Sequence[Term], at: int) -> tuple[Item | None, int]:
    """`nursed for 15`: minutes, when neither a unit nor a part of the day follows."""
    number, following = terms[at + 1], terms[at + 2].role
    if number.form == "whole" and following not in ("unit", "ampm", "part", "dash"):
        minutes = float(number.sense)
        if _FEWEST_MINUTES <= minutes <= MOST_MINUTES_A_SIDE:
            return Item("amount", Quantity("duration", minutes), terms[at].start, number.end), at + 2
    return None, at + 1


def _coming(terms: Sequence[Term], at: int, previous: Item) -> tuple[Item | None, int]:
    """`in 10 min`, `עוד חצי שעה`: not yet; but `fell asleep in 10 min` was. Else the word says nothing."""
    if terms[at + 1].role in _MEASURED:
        found = read_quantity(terms, at + 1)
        if found is not None and found[0].measure == "duration":
            if previous.value == "fall":
                return None, found[1]
            return Item("hedge", "", terms[at].start, terms[found[1] - 1].end), found[1]
    return None, at + 1
