"""Stage 3 of the care extractor: terms put together into what a sentence is made of."""

from __future__ import annotations

from collections.abc import Sequence

from nanie_actors.timeline.extractors.amounts import Quantity, counts_many, read_quantity
from nanie_actors.timeline.extractors.clock import When
from nanie_actors.timeline.extractors.clock_times import read_time
from nanie_actors.timeline.extractors.terms import Terms

Value = str | float | When | Quantity

Item = tuple[str, Value, int, int, bool]
"""A part of a sentence: its role, value, start, end, and whether an `and` is glued to it.

The role is a term's (`act`, `side`, `neg`, `sep` …), or `when`, `amount`, `number` for what was put together
out of several terms; the value is its sense, its When, its Quantity or its number. A plain tuple: there are
several in each message, and they are taken apart at once.
"""

_MEASURED = frozenset({"num", "unit", "half", "quarter", "lasting", "few"})
_TIMED = frozenset({"num", "at", "from", "until", "now", "clock", "half", "quarter"})
_DROPPED = frozenset({"filler", "dash", "to", "past", "ago"})
"""Roles that mean nothing by themselves; what stands before them looks ahead for them."""

_OPENINGS = frozenset({"at", "from", "until", "unit", "half", "quarter", "lasting", "few"})
"""Roles that mean nothing once no time or quantity was made of them."""

_ALONE = frozenset(
    {
        *("act", "weak", "emoji", "side", "each", "part", "day", "and", "ask", "opening ask"),
        *("neg", "hedge", "ongoing", "self", "object", "unknown"),
    }
)
"""Roles of terms that stand for themselves whatever is around them."""

_AS_ITEM = {"acts": "act", "ampm": "part"}

_COUNTED = frozenset({"act", "acts", "weak", "side"})
"""What a number may count."""

_GAUGES = frozenset({"temp", "note:weight"})
"""What is followed by a number that is not a time: `weighs 7`, `fever 39`."""

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


def read_items(terms: Terms) -> list[Item]:
    """All items in order. Fillers are left out, separators kept."""
    words, starts, ends = terms
    items: list[Item] = []
    counting = False
    at = 0
    while True:
        word = words[at]
        role = word.role
        if role in _ALONE:
            # "קמה מהשינה": what somebody comes from was told before.
            if role != "act" or word.lead != "from":
                items.append((role, word.sense, starts[at], ends[at], word.joined))
            at += 1
        elif role in _DROPPED:
            at += 1
        elif role == "sep":
            counting = counting and word.sense != "line"
            items.append((role, word.sense, starts[at], ends[at], False))
            at += 1
        elif role == "end":
            return items
        else:
            counts = role == "num" and words[at + 1].role in _COUNTED
            many = counts_many(terms, at, counting=counting) if counts else None
            counting = counting or many is not None
            item, at = _read(terms, at, items) if many is None else _counted(terms, many)
            if item is not None:
                items.append(item)


def _read(terms: Terms, at: int, items: Sequence[Item]) -> tuple[Item | None, int]:
    """What begins at a term that has its meaning by those around it, and the place after it."""
    role = terms.words[at].role
    previous, before = items[-1][:2] if items else ("start", "")
    if role in _MEASURED:
        found = _measured(terms, at, previous)
        if found is not None:
            return found
    if role in _TIMED:
        time = read_time(terms, at, "gauge" if before in _GAUGES else previous)
        if time is not None:
            when, after = time
            return ("when", when, terms.starts[at], terms.ends[after - 1], terms.words[at].joined), after
    if role == "before" or role == "aside" or role == "from":
        return _aside(terms, at)
    if role == "for":
        return _lasting(terms, at)
    if role == "in":
        return _coming(terms, at, before)
    return _plain(terms, at), at + 1


def _plain(terms: Terms, at: int) -> Item | None:
    """A term that stands for itself, or for nothing where it is."""
    word = terms.words[at]
    role = word.role
    if role == "num":
        # A number in words that is neither time nor quantity is left to be a word (`that one`).
        return ("number", word.sense, terms.starts[at], terms.ends[at], False) if word.form else None
    if role == "few" and word.sense == "how many":
        role = "opening ask"
    elif role in _OPENINGS:
        return None
    elif role == "just" and terms.words[at + 1].sense not in _RECENT:
        # "just pee" is only pee.
        return None
    return _AS_ITEM.get(role, role), word.sense, terms.starts[at], terms.ends[at], word.joined


def _counted(terms: Terms, many: tuple[int, int]) -> tuple[Item | None, int]:
    """`2 wet diapers` tells of diapers now, `3 naps today` sums up a day and tells of none."""
    number, place = many
    if number < _SUMS_UP:
        return None, place
    return ("act", "note:sum", terms.starts[place], terms.ends[place], False), place + 1


def _measured(terms: Terms, at: int, previous: str) -> tuple[Item | None, int] | None:
    found = read_quantity(terms, at)
    if found is None:
        return _minutes_of_a_side(terms, at) if previous == "side" else None
    quantity, after = found
    measure, value = quantity
    if measure == "count" or (measure == "duration" and value > LONGEST_MINUTES):
        return None, after
    start = terms.starts[at]
    if measure == "duration" and terms.words[after].role == "ago":
        return ("when", When(ago=value), start, terms.ends[after], False), after + 1
    return ("amount", quantity, start, terms.ends[after - 1], False), after


def _minutes_of_a_side(terms: Terms, at: int) -> tuple[Item | None, int] | None:
    word = terms.words[at]
    if word.role == "num" and word.form == "whole":
        minutes = float(word.sense)
        if 0 < minutes <= MOST_MINUTES_A_SIDE and terms.words[at + 1].role not in ("ampm", "part"):
            return _minutes(terms, minutes, at, at), at + 1
    return None


def _minutes(terms: Terms, minutes: float, first: int, last: int) -> Item:
    return "amount", Quantity("duration", minutes), terms.starts[first], terms.ends[last], False


def _aside(terms: Terms, at: int) -> tuple[Item | None, int]:
    """`לפני 10 דק` is a time; `after the bath`, `before sleeping`, `took 20 min` mention, they do not tell.

    What is mentioned is passed over: it happened, if it did, at a time that another message tells.
    """
    words = terms.words
    ahead = at + 1
    while ahead - at <= _LONGEST_ASIDE and words[ahead].role in ("filler", "dash", "object", "each"):
        ahead += 1
    if words[ahead].role in _MEASURED:
        found = read_quantity(terms, ahead)
        if found is not None and found[0].measure == "duration":
            quantity, after = found
            if words[at].role == "before" and quantity.value <= LONGEST_MINUTES:
                when = When(ago=quantity.value)
                return ("when", when, terms.starts[at], terms.ends[after - 1], False), after
            if words[after].role != "ago" and words[after].sense != "slept":
                return None, after
    if words[ahead].role in ("act", "acts", "weak"):
        return None, ahead + 1
    return None, at + 1


def _lasting(terms: Terms, at: int) -> tuple[Item | None, int]:
    """`nursed for 15`: minutes, when neither a unit nor a part of the day follows."""
    number, following = terms.words[at + 1], terms.words[at + 2].role
    if number.form == "whole" and following not in ("unit", "ampm", "part", "dash"):
        minutes = float(number.sense)
        if _FEWEST_MINUTES <= minutes <= MOST_MINUTES_A_SIDE:
            return _minutes(terms, minutes, at, at + 1), at + 2
    return None, at + 1


def _coming(terms: Terms, at: int, before: Value) -> tuple[Item | None, int]:
    """`in 10 min`, `עוד חצי שעה`: not yet; but `fell asleep in 10 min` was. Else the word says nothing."""
    if terms.words[at + 1].role in _MEASURED:
        found = read_quantity(terms, at + 1)
        if found is not None and found[0].measure == "duration":
            if before == "fall":
                return None, found[1]
            return ("hedge", "", terms.starts[at], terms.ends[found[1] - 1], False), found[1]
    return None, at + 1
