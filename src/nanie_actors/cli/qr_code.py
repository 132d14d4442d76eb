"""A QR code in the terminal: two modules a character, dark on light whatever the terminal's colours are."""

from __future__ import annotations

from typing import Final

import segno

BORDER: Final = 2
"""Modules of light around the code; phones find it with less than the four of the standard."""

ON_PAPER: Final = "#000000 on #ffffff"
"""For a terminal with colours, in the words of its library."""

_HALVES: Final = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def qr_lines(data: str, *, inverted: bool = False) -> list[str]:
    """The code's lines. `inverted`: light modules are drawn, for output without colours on a dark ground."""
    rows = [[module ^ inverted for module in row] for row in _matrix(data)]
    if len(rows) % 2:
        rows.append([int(inverted)] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_HALVES[halves] for halves in zip(upper, lower, strict=True)) for upper, lower in pairs]


def _matrix(data: str) -> list[list[int]]:
    code = segno.make(data, error="l", micro=False)
    return [[int(bool(module)) for module in row] for row in code.matrix_iter(border=BORDER)]
