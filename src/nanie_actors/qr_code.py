"""A QR code: in the terminal, dark on light whatever the terminal's colours are, and as a picture."""

from __future__ import annotations

from typing import Final

import segno

BORDER: Final = 2
"""Modules of light around the code; phones find it with less than the four of the standard."""

STANDARD_BORDER: Final = 4

ON_PAPER: Final = "#000000 on #ffffff"
"""For a terminal with colours, in the words of its library."""

_HALVES: Final = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def qr_lines(data: str, *, inverted: bool = False) -> list[str]:
    """The code's lines, two modules a character.

    `inverted`: light modules are drawn, for output without colours on a dark ground.
    """
    rows = [[module ^ inverted for module in row] for row in _matrix(data)]
    if len(rows) % 2:
        rows.append([int(inverted)] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_HALVES[halves] for halves in zip(upper, lower, strict=True)) for upper, lower in pairs]


def qr_svg(data: str) -> str:
    """The code as an SVG element that takes any size, dark on light, with a margin; no style of its own."""
    return _code(data).svg_inline(
        border=STANDARD_BORDER, omitsize=True, dark="#000", light="#fff", svgclass=None, lineclass=None
    )


def _matrix(data: str) -> list[list[int]]:
    return [[int(bool(module)) for module in row] for row in _code(data).matrix_iter(border=BORDER)]


def _code(data: str) -> segno.QRCode:
    return segno.make(data, error="l", micro=False)
