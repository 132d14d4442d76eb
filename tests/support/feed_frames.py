"""How a test hands events of the library to a bridge under test: a code and a serialized event a frame."""

from __future__ import annotations

import struct
from typing import Any, Final

from nanie_actors.whatsapp.bridge import library  # first: it makes the library's import quiet

from neonize.events import EVENT_TO_INT, KeepAliveRestoredEv  # isort: skip

HEADER: Final = struct.Struct("!II")
ENTERED: Final = b"e"
RETURNED: Final = b"r"
"""What comes back: a byte before the library's entry is called, and one after it returned."""


CODE_TO_SHOW: Final = 1_000
PAIRING_STATUS: Final = 1_001
"""What the library tells by entries of their own: a code to be scanned, and a word about the pairing."""


UP: Final = EVENT_TO_INT[KeepAliveRestoredEv]
"""What the library tells of a connection that works, with nothing in it."""


def told_frame(entry: int, text: str) -> bytes:
    """A text for one of those two entries."""
    return HEADER.pack(entry, len(text)) + text.encode("ascii")


def frame(event: Any) -> bytes:
    """One event; the code says of which type it is, as the library's Go half does."""
    raw: bytes = event.SerializeToString()
    return HEADER.pack(EVENT_TO_INT[type(event)], len(raw)) + raw


__all__ = (
    "CODE_TO_SHOW",
    "ENTERED",
    "HEADER",
    "PAIRING_STATUS",
    "RETURNED",
    "UP",
    "frame",
    "library",
    "told_frame",
)
