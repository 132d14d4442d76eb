"""What a word can mean to the care extractor, and the tables of words turned into one look-up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from nanie_actors.timeline.extractors.clock import Readings


@dataclass(frozen=True, slots=True)
class Word:
    """The meaning of a word, phrase, mark or number. One object stands for all its occurrences.

    `role` is what the word does in a sentence (`act`, `side`, `unit`, `neg` …, see docs/extraction.md) and
    `sense` which one it is. A Hebrew letter glued to the front adds `joined` (and) or `lead` (at, to, from).
    A number in digits has the role `num` and says in `form` how it was written: `whole`, `decimal`, `clock`
    (10:30), `dotted` (10.30) or `packed` (1030), and in `readings` which times of day it may be.
    """

    role: str
    sense: str | float
    joined: bool = False
    lead: str = ""
    form: str = ""
    readings: Readings = ()


class Row(NamedTuple):
    """One line of a lexicon: words and phrases, separated by commas, that mean the same.

    `takes` names the Hebrew letters that may be glued to the front: `verb`, `noun`, or none.
    """

    role: str
    sense: str | float
    words: str
    takes: str = ""


@dataclass(slots=True)
class Branch:
    """What the words read so far mean as a phrase, if anything, and which words may go on with it."""

    meaning: Word | None = None
    then: dict[str, Branch] = field(default_factory=dict)


class Vocabulary(NamedTuple):
    """`words` by their lower-case form; `phrases` by their first word, whose branch has its own meaning."""

    words: Mapping[str, Word]
    phrases: Mapping[str, Branch]


_GLUED: Mapping[str, tuple[tuple[str, bool, str], ...]] = {
    "": (),
    "verb": (("ו", True, ""), ("ש", False, ""), ("כש", False, ""), ("וכש", True, "")),
    "noun": (
        ("ו", True, ""),
        ("ה", False, ""),
        ("ב", False, "at"),
        ("ל", False, "to"),
        ("מ", False, "from"),
        ("כ", False, ""),
        ("וה", True, ""),
        ("וב", True, "at"),
        ("ול", True, "to"),
    ),
}


def build_vocabulary(rows: Iterable[Row]) -> Vocabulary:
    """Turn tables into look-ups. A word as it stands wins over one that a glued letter makes."""
    rows = tuple(rows)
    words: dict[str, Word] = {}
    phrases: dict[str, Branch] = {}
    for row in rows:
        _enter_all(words, phrases, row, "", Word(row.role, row.sense))
    for row in rows:
        for prefix, joined, lead in _GLUED[row.takes]:
            _enter_all(words, phrases, row, prefix, Word(row.role, row.sense, joined, lead))
    for first, branch in phrases.items():
        branch.meaning = words.get(first)
    return Vocabulary(words, phrases)


def _enter_all(
    words: dict[str, Word], phrases: dict[str, Branch], row: Row, prefix: str, meaning: Word
) -> None:
    for entry in row.words.split(","):
        first, *rest = entry.split()
        if rest:
            _enter_phrase(phrases.setdefault(prefix + first, Branch()), rest, meaning)
        else:
            words.setdefault(prefix + first, meaning)


def _enter_phrase(branch: Branch, rest: Iterable[str], meaning: Word) -> None:
    for word in rest:
        branch = branch.then.setdefault(word, Branch())
    branch.meaning = branch.meaning or meaning
