"""Stage 1 of the care extractor: the characters a reader sees, and no others."""

from __future__ import annotations

import re

READ_CHARACTERS = 4096
"""How much of a message is read: about a hundred lines of a day's log. The message itself is kept whole."""

_UNSEEN = re.compile(
    "[\u200b-\u200f\u061c\u202a-\u202e\u2060\u2066-\u2069\ufe00-\ufe0f\ufeff"  # marks, joiners, variants
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points and accents
    "\ud800-\udfff]+"  # halves of characters, which no file can hold
)
_UNUSUAL = re.compile("[\u2018\u2019\u05f3\u201c\u201d\u05f4\u00a0\u202f\u2007\u2009\r]")
_USUAL = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u05f3": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u05f4": '"',
        "\u00a0": " ",
        "\u202f": " ",
        "\u2007": " ",
        "\u2009": " ",
        "\r": "\n",
    }
)


def normalise(text: str) -> str:
    """The text without marks that cannot be seen, with plain quotes and spaces, trimmed and bounded.

    Everything after this stage, `details` included, works on the result: a direction mark that a keyboard
    put in somewhere changes nothing.
    """
    # A text that is nothing but marks must not hide the words behind them, so the cut comes second.
    seen = _UNSEEN.sub("", text)
    if not seen.isascii() and _UNUSUAL.search(seen):
        seen = seen.translate(_USUAL)
    elif "\r" in seen:
        seen = seen.replace("\r", "\n")
    return seen.strip()[:READ_CHARACTERS].rstrip()
