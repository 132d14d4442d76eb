"""Stage 2 of the care extractor: characters into terms, in one pass. A term is a word, number or mark."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nanie_actors.timeline.extractors.lexicon_en import ENGLISH
from nanie_actors.timeline.extractors.lexicon_he import HEBREW
from nanie_actors.timeline.extractors.numerals import COMMON_NUMBERS, read_number
from nanie_actors.timeline.extractors.vocabulary import Branch, Word, build_vocabulary


class Terms(NamedTuple):
    """The terms of a text in order: what each means, and where it begins and ends in the normalised text.

    Closed by four words of the role `end`, so that a reader may look ahead, and by the place where the text
    ends. The words are shared and the places are beside them, so that a term costs no object of its own.
    """

    words: Sequence[Word]
    starts: Sequence[int]
    ends: Sequence[int]

    def touch(self, at: int) -> bool:
        """Whether nothing stands between this term and the next one."""
        return self.ends[at] == self.starts[at + 1]


_TOKEN = re.compile(
    r"([hH](?i:ttps?)://\S+|[wW](?i:ww)\.\S+"
    r"|[0-9]+(?:[.:/][0-9]+|,[0-9](?![0-9]))?"
    r"|[aApP]\.[mM]\b\.?|[^\W\d_]+(?:['\"][^\W\d_]+)*"
    r"|\n|\S)"
)
"""A link, a number, a word, the end of a line, any other mark. What stands between them is space."""

_STRETCHED = re.compile(r"(.)\1{2,}")

_MARKS = {
    "\n": Word("sep", "line"),
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
_END = [Word("end", "")] * 4

_WORDS, _PHRASES = build_vocabulary((*ENGLISH, *HEBREW))
_ALONE: Mapping[str, Word] = {
    **COMMON_NUMBERS,
    **{word: meaning for word, meaning in _WORDS.items() if word not in _PHRASES},
    **_MARKS,
}
"""Tokens that mean the same whatever follows; most are found here at once."""


def read_terms(text: str) -> Terms:
    """All terms of a normalised text."""
    pieces = _TOKEN.split(text)
    words: list[Word] = []
    starts: list[int] = []
    ends: list[int] = []
    place = following = 0
    for at in range(1, len(pieces), 2):
        start = place + len(pieces[at - 1])
        token = pieces[at]
        place = start + len(token)
        if at < following:
            # A phrase that began before takes this token in.
            ends[-1] = place
            continue
        word = _ALONE.get(token)
        if word is None:
            branch = _PHRASES.get(token)
            if branch is not None:
                word, following = _longest(branch, pieces, at + 2)
            else:
                word, following = _looked_up(pieces, at)
                if word is None:
                    continue
        words.append(word)
        starts.append(start)
        ends.append(place)
    words += _END
    starts.append(len(text))
    return Terms(words, starts, ends)


def _looked_up(pieces: Sequence[str], at: int) -> tuple[Word | None, int]:
    """The meaning of a token that stands in no table as it is written, and the place after it.

    A mark that says nothing has no meaning; a word that nobody taught has the role `unknown`.
    """
    token = pieces[at]
    if "0" <= token[0] <= "9":
        return read_number(token), at + 2
    if len(token) == 1 and not token.isalnum():
        return None, at + 2
    lower = token.lower()
    branch = _PHRASES.get(lower)
    if branch is not None:
        return _longest(branch, pieces, at + 2)
    return _ALONE.get(lower) or _unstretched(lower), at + 2


def _longest(branch: Branch, pieces: Sequence[str], at: int) -> tuple[Word, int]:
    """The longest phrase that the pieces from `at` on make of a branch, and the place after it."""
    meaning, after = branch.meaning or _UNKNOWN, at
    while at < len(pieces):
        further = branch.then.get(pieces[at].lower())
        if further is None:
            break
        branch, at = further, at + 2
        if branch.meaning is not None:
            meaning, after = branch.meaning, at
    return meaning, after


def _unstretched(text: str) -> Word:
    """`sleeeeping` and `נרדמהההה`: a letter three times or more stands for one or two of it."""
    if _STRETCHED.search(text) is None:
        return _UNKNOWN
    once = _WORDS.get(_STRETCHED.sub(r"\1", text))
    return once or _WORDS.get(_STRETCHED.sub(r"\1\1", text)) or _UNKNOWN
