"""A timeline event, as files and clients see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nanie_actors.model import EpochMs, EventId, MessageId, MessageKind

JsonValue = Any
"""What orjson makes of a JSON value. Only ever carried, never looked into."""


@dataclass(frozen=True, slots=True)
class EventSource:
    """The message an event was read from."""

    message_id: MessageId
    sender: str
    kind: MessageKind


@dataclass(frozen=True, slots=True)
class PastVersion:
    """What an event said before its message was edited at `until`."""

    label: str
    details: JsonValue
    type: str
    timestamp: EpochMs
    until: EpochMs


@dataclass(frozen=True, slots=True)
class TimelineEvent:
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
    encoded: bytes | None = field(default=None, init=False, compare=False, repr=False)
