"""Exported chats, all invented, for the demo and for first steps.

Households and a care team, in Hebrew and English, exported from Android and from an iPhone, and running clubs
that have nothing to do with babies.
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def sample_paths() -> tuple[Path, ...]:
    """The bundled chats, in the order of their names."""
    return tuple(sorted(path for path in _FOLDER.iterdir() if path.suffix in (".txt", ".zip")))
