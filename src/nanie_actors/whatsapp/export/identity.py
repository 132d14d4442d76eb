"""Ids for messages that a file gives none.

An id is a digest of what both an older and a newer export of a chat show of a message: its minute on the
phone's clock, who wrote it, and its text. Whatever else repeats within a minute is told apart by counting
from above. What follows in the file never counts; what was cut off above counts only within one minute.
See docs/adr/0011-message-ids-of-exported-chats.md.
"""

from __future__ import annotations

import datetime
import hashlib
from collections import OrderedDict

from nanie_actors.model import MessageId

_REMEMBERED = 16_384
_DIGEST_BYTES = 10


class MessageIds:
    """Gives ids to the messages of one file, in its order. Memory is bounded: the last 16,384 are known."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, int] = OrderedDict()

    def next(self, wall: datetime.datetime, sender: str, text: str) -> MessageId:
        """The id of the next message. `wall` is the time in the file, before any zone."""
        told = f"{wall.isoformat(timespec='minutes')}\n{sender}\n{text}"
        digest = hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()
        repeated = self._seen.pop(digest, 0)
        self._seen[digest] = repeated + 1
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        name = f"EXPORT-{digest.hex().upper()}"
        return MessageId(f"{name}-{repeated + 1}" if repeated else name)
