"""What a word can mean to the care extractor, and the tables of words turned into one look-up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Word(NamedTuple):
    """The meaning of a word or phrase.

    `role` is what the word does in a sentence (`act`, `side`, `unit`, `neg` …, see docs/extraction.md) and
    `sense` which one it is. A Hebrew letter glued to the front adds `joined` (and) or `lead` (at, to, from).
    """

    role: str
    sense: str | float
    joined: bool = False
    lead: str = ""


class Row(NamedTuple):
    """One line of a lexicon: words and phrases, separated by commas, that mean the same.

    `takes` names the Hebrew letters that may be glued to the front: `verb`, `noun`, or none.
    """

    role: str
    sense: str | float
    words: str
    takes: str = ""


class Vocabulary(NamedTuple):
    """`words` by their lower-case form; `phrases` by first word, the longest first."""

    words: Mapping[str, Word]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], Word], ...]]


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
    phrases: dict[str, dict[tuple[str, ...], Word]] = {}
    for row in rows:
        for entry in _entries(row):
            _enter(words, phrases, entry, Word(row.role, row.sense))
    for row in rows:
        for prefix, joined, lead in _GLUED[row.takes]:
            for entry in _entries(row):
                glued = (prefix + entry[0], *entry[1:])
                _enter(words, phrases, glued, Word(row.role, row.sense, joined, lead))
    by_length = {
        first: tuple(sorted(found.items(), key=lambda pair: -len(pair[0])))
        for first, found in phrases.items()
    }
    return Vocabulary(words, by_length)


def _entries(row: Row) -> list[tuple[str, ...]]:
    return [tuple(entry.split()) for entry in row.words.split(",")]


def _enter(
    words: dict[str, Word],
    phrases: dict[str, dict[tuple[str, ...], Word]],
    entry: tuple[str, ...],
    word: Word,
) -> None:
    if len(entry) == 1:
        words.setdefault(entry[0], word)
    else:
        phrases.setdefault(entry[0], {}).setdefault(entry, word)
