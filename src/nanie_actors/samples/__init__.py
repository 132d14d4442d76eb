"""Small exported chats, all invented, for the demo and for first steps.

Two households, one on Android and one on an iPhone, and a running club that has nothing to do with them.
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def sample_paths() -> tuple[Path, ...]:
    """The bundled chats, in the order of their names."""
    return tuple(sorted(path for path in _FOLDER.iterdir() if path.suffix in (".txt", ".zip")))
