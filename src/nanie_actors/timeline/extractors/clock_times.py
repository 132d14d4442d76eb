"""Stage 3b of the care extractor: times of day. `at 7`, `7:15 pm`, `ב-10`, `14:30-15`, `רבע לשבע`."""

from __future__ import annotations

from collections.abc import Sequence

from nanie_actors.timeline.extractors.clock import Readings, When, narrowed, readings_of, shifted
from nanie_actors.timeline.extractors.terms import Terms
from nanie_actors.timeline.extractors.vocabulary import Word

MOST_SKIPPED = 2
"""Fillers between a preposition and its time (`at about the 10`); bounded, so that reading stays linear."""

_SKIPPED = frozenset({"filler", "dash"})
_PREPOSITIONS = frozenset({"at", "from", "until"})
_BEFORE_A_BARE_HOUR = frozenset({"start", "sep", "and", "act", "weak", "emoji", "day", "part"})
_AFTER_A_BARE_HOUR = frozenset(
    {"sep", "and", "act", "acts", "weak", "emoji", "dash", "filler", "side", "part", "ampm", "day", "num"}
)
_CONNECTORS = frozenset({"dash", "until", "to"})
_PART_MINUTES = {"half": 30, "quarter": 15}
_COUNTED_MINUTES = frozenset({5, 10, 20, 25})
_WHOLE = ("whole", "")
"""How an hour without minutes is written: in digits, or in words."""


def read_time(terms: Terms, at: int, previous: str) -> tuple[When, int] | None:
    """The time that begins at this term and the place after it, or None.

    `previous` is the role of what was read before; a bare hour (`10 fed`, `woke 7`) needs it to be believed.
    """
    words = terms.words
    term = words[at]
    role = term.role
    if role == "now":
        return When(ago=0.0), at + 1
    if role in _PREPOSITIONS:
        return _prepositional(words, at)
    if role == "clock" or role == "half" or role == "quarter":
        return _spanned(words, at)
    if role == "num":
        if term.lead:
            return _spanned(words, at, term.lead)
        sure = term.form == "clock" or _bare(terms, at, previous)
        return _spanned(words, at) if sure else _worded(words, at)
    return None


def _prepositional(words: Sequence[Word], at: int) -> tuple[When, int] | None:
    after = at + 1
    if words[after].role in _SKIPPED:
        after = _past_fillers(words, after)
    preposition = words[at].role
    if preposition == "until":
        found = _clock(words, after)
        return None if found is None else (When(end=found[0]), found[1])
    return _spanned(words, after, preposition)


def _spanned(words: Sequence[Word], at: int, preposition: str = "") -> tuple[When, int] | None:
    """A time, or two with a connector between. After `from` and `between`, `and` connects as well."""
    first = _clock(words, at, minutes_to=preposition == "at")
    if first is None:
        return None
    readings, after = first
    connector = words[after]
    if connector.role in _CONNECTORS or connector.lead == "to" or _is_and(connector, preposition):
        ahead = after if connector.lead == "to" else _past_fillers(words, after + 1)
        second = _clock(words, ahead)
        if second is not None:
            return When(readings, second[0]), second[1]
    return When(readings), after


def _is_and(connector: Word, preposition: str) -> bool:
    return preposition == "from" and connector.role == "and"


def _worded(words: Sequence[Word], at: int) -> tuple[When, int] | None:
    """`שבע וחצי` and `7 ורבע` are times even without a preposition."""
    following = words[at + 1]
    if following.role in _PART_MINUTES and following.joined:
        return _spanned(words, at)
    return None


def _bare(terms: Terms, at: int, previous: str) -> bool:
    """Whether a number without a preposition is a time, by what stands on both sides of it."""
    words = terms.words
    term, following = words[at], words[at + 1]
    if not term.readings or _is_of_a_list(terms, at):
        return False
    spans = following.role in _CONNECTORS and words[at + 2].role == "num"
    if spans:
        following = words[at + 3]
    if following.role == "unit":
        return False
    if previous in ("number", "amount"):
        return spans or term.form == "dotted"
    if previous not in _BEFORE_A_BARE_HOUR:
        return False
    if previous in ("act", "weak", "emoji"):
        return True
    return previous != "start" if following.role == "end" else following.role in _AFTER_A_BARE_HOUR


def _is_of_a_list(terms: Terms, at: int) -> bool:
    """`1. fed`, `Nap 1: 9:30`: a number that tells which of several."""
    if not terms.touch(at):
        return False
    following = terms.words[at + 1]
    return following.sense == "stop" or (following.role == "filler" and terms.words[at + 2].role == "num")


def _clock(words: Sequence[Word], at: int, *, minutes_to: bool = False) -> tuple[Readings, int] | None:
    """One time of day, with the part of the day that follows it, and the place after both."""
    found = _plain_clock(words, at, minutes_to)
    if found is None:
        return None
    readings, after = found
    ahead = after + 1 if words[after].role == "filler" else after
    part = words[ahead]
    if part.role == "ampm" or (part.role == "part" and len(readings) > 1):
        return narrowed(readings, str(part.sense)), ahead + 1
    return readings, after


def _plain_clock(words: Sequence[Word], at: int, minutes_to: bool) -> tuple[Readings, int] | None:
    term = words[at]
    if term.form == "clock":
        return None if not term.readings or _is_counted(words, at + 1) else (term.readings, at + 1)
    if term.role == "clock":
        return (int(term.sense),), at + 1
    if term.role in _PART_MINUTES:
        return _around(words, at + 1, _PART_MINUTES[term.role])
    if term.role != "num":
        return None
    is_whole = term.form in _WHOLE
    if minutes_to and is_whole and term.sense in _COUNTED_MINUTES:
        around = _around(words, at + 1, int(term.sense))
        if around is not None:
            return around
    readings = _hour_readings(term)
    if not readings or _is_counted(words, at + 1):
        return None
    return _with_minutes(words, at + 1, readings) if is_whole else (readings, at + 1)


def _hour_readings(number: Word) -> Readings:
    """What a number has for readings as it is written; a number in words is an hour."""
    return number.readings if number.form else readings_of(int(number.sense), 0)


def _is_counted(words: Sequence[Word], after: int) -> bool:
    return words[after].role == "unit" or words[after].role == "acts"


def _around(words: Sequence[Word], at: int, minutes: int) -> tuple[Readings, int] | None:
    """`half past 7`, `quarter to 8`, `רבע לשבע`, `20 ל-7`: minutes and the hour they are counted from."""
    connector = words[at]
    if connector.lead == "to" and connector.role == "num":
        hour, sign = at, -1
    elif connector.role in ("to", "past"):
        hour, sign = _past_fillers(words, at + 1), -1 if connector.role == "to" else 1
    else:
        return None
    term = words[hour]
    if term.role != "num" or term.form not in _WHOLE or _is_counted(words, hour + 1):
        return None
    readings = _hour_readings(term)
    return (shifted(readings, sign * minutes), hour + 1) if readings else None


def _with_minutes(words: Sequence[Word], at: int, readings: Readings) -> tuple[Readings, int]:
    """`וחצי`, `ורבע`, `ועשרה`, `פחות רבע` after an hour."""
    following = words[at]
    if following.role == "less" and words[at + 1].role in _PART_MINUTES:
        return shifted(readings, -_PART_MINUTES[words[at + 1].role]), at + 2
    if following.joined and not _is_counted(words, at + 1):
        if following.role in _PART_MINUTES:
            return shifted(readings, _PART_MINUTES[following.role]), at + 1
        if following.role == "num" and following.sense in _COUNTED_MINUTES:
            return shifted(readings, int(following.sense)), at + 1
    return readings, at


def _past_fillers(words: Sequence[Word], at: int) -> int:
    end = at + MOST_SKIPPED
    while at < end and words[at].role in _SKIPPED:
        at += 1
    return at
