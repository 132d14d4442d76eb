"""Stable ids of timeline events: the same source gives the same ids, on any host, at any time."""

from __future__ import annotations

from hashlib import blake2b

from nanie_actors.model import EventId, GroupId, MessageId, RowId, SenderId

_DIGEST_BYTES = 12
"""96 bits: a group of a million events meets a collision with a chance below 1e-17."""


def message_event_id(group: GroupId, sender: SenderId, message: MessageId, index: int) -> EventId:
    """The id of the `index`-th event read from a message."""
    # The text that `_digest` would make, which is made for each message.
    at = str(index)
    return _digest_of(
        f"7:message{len(group)}:{group}{len(sender)}:{sender}{len(message)}:{message}{len(at)}:{at}"
    )


def row_event_id(group: GroupId, row: RowId, index: int) -> EventId:
    """The id of the `index`-th event that a router row added."""
    return _digest("row", group, row, str(index))


def _digest(*parts: str) -> EventId:
    # Length prefixes keep ("a", "bc") and ("ab", "c") apart whatever the parts contain.
    return _digest_of("".join([f"{len(part)}:{part}" for part in parts]))


def _digest_of(text: str) -> EventId:
    return EventId(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest())
