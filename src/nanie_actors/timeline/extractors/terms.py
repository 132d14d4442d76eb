"""Stage 2 of the care extractor: characters into terms, in one pass. A term is a word, number or mark."""

from __future__ import annotations

import re
from typing import NamedTuple

from nanie_actors.timeline.extractors.clock import Readings, readings_of
from nanie_actors.timeline.extractors.lexicon_en import ENGLISH
from nanie_actors.timeline.extractors.lexicon_he import HEBREW
from nanie_actors.timeline.extractors.vocabulary import Word, build_vocabulary


class Term(NamedTuple):
    """A piece of text and what it can mean. `start` and `end` are places in the normalised text.

    A number has the role `num` and says in `form` how it was written: `whole`, `decimal`, `clock` (10:30),
    `dotted` (10.30) or `packed` (1030), and in `readings` which times of day it may be.
    """

    role: str
    sense: str | float
    start: int
    end: int
    joined: bool = False
    lead: str = ""
    form: str = ""
    readings: Readings = ()


_TOKEN = re.compile(
    r"(?P<link>https?://\S+|www\.\S+)"
    r"|(?P<number>[0-9]+(?:[.:/][0-9]+|,[0-9](?![0-9]))?)"
    r"|(?P<word>[ap]\.m\b\.?|[^\W\d_]+(?:['\"][^\W\d_]+)*)"
    r"|(?P<line>\n)"
    r"|(?P<mark>[^\s\w]|_)"
    r"|(?P<other>\w)",
    re.IGNORECASE,
)
_VOCABULARY = build_vocabulary((*ENGLISH, *HEBREW))
_WORDS, _PHRASES = _VOCABULARY
_STRETCHED = re.compile(r"(.)\1{2,}")

_MARKS = {
    **dict.fromkeys(",;+&/|([•·", Word("sep", "soft")),
    **dict.fromkeys(".!)]", Word("sep", "stop")),
    **dict.fromkeys("?؟", Word("sep", "query")),
    **dict.fromkeys("-–—־→", Word("dash", "")),
    **dict.fromkeys(":=~*", Word("filler", "")),
    "@": Word("at", ""),
    "'": Word("unit", "min"),
    "°": Word("unit", "degree"),
    **dict.fromkeys("%$€₪", Word("unit", "count")),
    "🍼": Word("emoji", "bottle"),
    "🤱": Word("emoji", "breast"),
    **dict.fromkeys("🥣🥄🍌🥑", Word("emoji", "solid")),
    "💩": Word("emoji", "poo"),
    **dict.fromkeys("💦💧", Word("emoji", "pee")),
    "🧷": Word("emoji", "diaper"),
    **dict.fromkeys("😴💤🛌", Word("emoji", "fall")),
    **dict.fromkeys("🛁🛀🚿", Word("emoji", "bath")),
    "💊": Word("emoji", "med:unnamed"),
    **dict.fromkeys("🤒🌡", Word("emoji", "temp")),
    "🤮": Word("emoji", "note:vomit"),
}
_UNKNOWN = Word("unknown", "")
_SMALLEST_OF_TWO = 32
"""Above the days of a month: the first of two such numbers is no date."""

_LONGEST_NUMBER = 7
"""Characters of a number that can mean anything in a household; longer ones are phone numbers."""


def read_terms(text: str) -> list[Term]:
    """All terms in order, closed by four of the role `end` so that a reader may look ahead."""
    found = [(match.lastgroup, match) for match in _TOKEN.finditer(text)]
    terms: list[Term] = []
    at, count = 0, len(found)
    while at < count:
        kind, match = found[at]
        at += 1
        start, end = match.span()
        if kind == "word":
            lower = match.group().lower()
            word = _WORDS.get(lower)
            if word is None or lower in _PHRASES:
                word, at = _word(found, at, lower)
                end = found[at - 1][1].end()
            terms.append(Term(word.role, word.sense, start, end, word.joined, word.lead))
        elif kind == "number":
            terms.append(_number(match.group(), start, end))
        elif kind == "line":
            terms.append(Term("sep", "line", start, end))
        elif kind == "mark":
            mark = _MARKS.get(match.group())
            if mark is not None:
                terms.append(Term(mark.role, mark.sense, start, end))
        else:
            terms.append(Term("unknown", "", start, end))
    size = len(text)
    return terms + [Term("end", "", size, size)] * 4


def _word(found: list[tuple[str | None, re.Match[str]]], at: int, text: str) -> tuple[Word, int]:
    """The meaning of the longest phrase that begins with this word, and the token after it."""
    phrases = _PHRASES.get(text)
    if phrases is not None:
        for phrase, meaning in phrases:
            after = at + len(phrase) - 1
            rest = found[at:after]
            if len(rest) == len(phrase) - 1 and all(
                kind == "word" and match.group().lower() == word
                for (kind, match), word in zip(rest, phrase[1:], strict=True)
            ):
                return meaning, after
    return _WORDS.get(text) or _unstretched(text), at


def _unstretched(text: str) -> Word:
    """`sleeeeping` and `נרדמהההה`: a letter three times or more stands for one or two of it."""
    if _STRETCHED.search(text) is None:
        return _UNKNOWN
    once = _WORDS.get(_STRETCHED.sub(r"\1", text))
    return once or _WORDS.get(_STRETCHED.sub(r"\1\1", text)) or _UNKNOWN


def _number(text: str, start: int, end: int) -> Term:
    if len(text) > _LONGEST_NUMBER:
        return Term("unknown", "", start, end)
    if text.isdigit():
        return _whole(text, start, end)
    if "/" in text:
        return _fraction(text, start, end)
    if ":" in text:
        readings = _readings(*text.split(":"))
        return Term("num" if readings else "unknown", -1.0, start, end, form="clock", readings=readings)
    whole, rest = text.replace(",", ".").split(".")
    value = float(f"{whole}.{rest}")
    readings = _readings(whole, rest)
    return Term("num", value, start, end, form="dotted" if readings else "decimal", readings=readings)


def _whole(text: str, start: int, end: int) -> Term:
    value = int(text)
    if len(text) == 4:
        readings = _readings(text[:2], text[2:])
        return Term("num", value, start, end, form="packed" if readings else "whole", readings=readings)
    return Term("num", value, start, end, form="whole", readings=_readings(text, "00"))


def _fraction(text: str, start: int, end: int) -> Term:
    """`1/2` is a half, `120/150` what was drunk of what was offered; any other pair is a date."""
    if text == "1/2":
        return Term("num", 0.5, start, end, form="decimal")
    drunk = int(text.split("/")[0])
    if drunk >= _SMALLEST_OF_TWO:
        return Term("num", drunk, start, end, form="decimal")
    return Term("unknown", "", start, end)


def _readings(hour: str, minute: str) -> Readings:
    if len(hour) > 2 or len(minute) != 2:
        return ()
    return readings_of(int(hour), int(minute), zero_led=len(hour) == 2 and hour[0] == "0")
