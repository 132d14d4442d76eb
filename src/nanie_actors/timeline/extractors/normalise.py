"""Stage 1 of the care extractor: the characters a reader sees, and no others."""

from __future__ import annotations

import re

READ_CHARACTERS = 4096
"""How much of a message is read: about a hundred lines of a day's log. The message itself is kept whole."""

_UNSEEN_CHARACTERS = (
    "\u200b-\u200f\u061c\u202a-\u202e\u2060\u2066-\u2069\ufe00-\ufe0f\ufeff"  # marks, joiners, variants
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points and accents
    "\ud800-\udfff"  # halves of characters, which no file can hold
)
_UNSEEN = re.compile(f"[{_UNSEEN_CHARACTERS}]+")
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
_PLAIN = re.compile(f"[^{_UNSEEN_CHARACTERS}{re.escape(''.join(map(chr, _USUAL)))}]*")


def normalise(text: str) -> str:
    """The text without marks that cannot be seen, with plain quotes and spaces, trimmed and bounded.

    Everything after this stage, `details` included, works on the result: a direction mark that a keyboard
    put in somewhere changes nothing.
    """
    if text.isascii():
        seen = text.replace("\r", "\n")
    elif _PLAIN.fullmatch(text):
        seen = text
    else:
        seen = _UNSEEN.sub("", text).translate(_USUAL)
    # A text that is nothing but marks must not hide the words behind them, so the cut comes last.
    return seen.strip()[:READ_CHARACTERS].rstrip()
