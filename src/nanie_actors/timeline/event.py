"""A timeline event, as files and clients see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nanie_actors.model import EpochMs, EventId, MessageId, MessageKind
from nanie_actors.value import Value, field

JsonValue = Any
"""What orjson makes of a JSON value. Only ever carried, never looked into."""


class EventSource(Value, frozen=True, gc=False):
    """The message an event was read from."""

    message_id: MessageId
    sender: str
    kind: MessageKind


class PastVersion(Value, frozen=True, gc=False):
    """What an event said before its message was edited at `until`."""

    label: str
    details: JsonValue
    type: str
    timestamp: EpochMs
    until: EpochMs


class TimelineEvent(Value, frozen=True, gc=False, eq=False):
    """One thing that happened: a feed at 10:00, asleep at 11:15.

    `history` is what it said before, oldest first. `extra` holds keys found on disk that this version does
    not know, and is written back as it was. `encoded` is what `codec.encode_event` made of the event.
    """

    id: EventId
    timestamp: EpochMs
    type: str
    label: str
    details: JsonValue
    synced: bool | None = None
    source: EventSource | None = None
    edited_at: EpochMs | None = None
    history: tuple[PastVersion, ...] = ()
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    encoded: bytes | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TimelineEvent) and self._content == other._content

    __hash__ = None  # type: ignore[assignment]

    @property
    def _content(self) -> tuple[object, ...]:
        """All but `encoded`."""
        return tuple(getattr(self, name) for name in self.__struct_fields__[:-1])
