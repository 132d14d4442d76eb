"""Timeline events to and from their JSON form, the one that files and clients share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import orjson

from nanie_actors.model import EpochMs, EventId, MessageId, MessageKind, SenderId
from nanie_actors.timeline.event import EventSource, PastVersion, TimelineEvent
from nanie_actors.value import keep_encoded

_KNOWN = frozenset({"id", "timestamp", "type", "label", "details", "synced", "source", "editedAt", "history"})
_KINDS: dict[str, MessageKind] = {kind: kind for kind in get_args(MessageKind)}
_PLACE = re.compile(rb'\{"id":"([^"\\]+)","timestamp":(-?[0-9]+),')


class BadEvent(ValueError):
    """A JSON value that is no timeline event; says which field is wrong."""


def event_to_json(event: TimelineEvent) -> dict[str, Any]:
    """The event as a JSON object; keys we did not know come last, as they were found."""
    out: dict[str, Any] = {
        "id": event.id,
        "timestamp": event.timestamp,
        "type": event.type,
        "label": event.label,
        "details": event.details,
    }
    if event.synced is not None:
        out["synced"] = event.synced
    if event.source is not None:
        source = event.source
        out["source"] = {"messageId": source.message_id, "sender": source.sender, "kind": source.kind}
    if event.edited_at is not None:
        out["editedAt"] = event.edited_at
    if event.history:
        out["history"] = [_past_to_json(past) for past in event.history]
    out.update(event.extra)
    return out


def encode_event(event: TimelineEvent) -> bytes:
    """The event as JSON bytes, to be kept. Made once an event: the log and the timeline share them."""
    return event.encoded or keep_encoded(event, compact_json(event_to_json(event)))


def decode_event(line: bytes) -> TimelineEvent:
    """The inverse of encode_event."""
    return event_from_json(orjson.loads(line))


def places_of(lines: Sequence[bytes]) -> tuple[list[int], list[EventId]] | None:
    """Times and ids of events that `encode_event` encoded, without decoding them; None if an id needs it."""
    found = [place.groups() for place in map(_PLACE.match, lines) if place is not None]
    if len(found) < len(lines):
        return None
    return [int(time) for _, time in found], [EventId(event_id.decode()) for event_id, _ in found]


def timestamp_of(line: bytes) -> int:
    """The time of an encoded event."""
    found = _PLACE.match(line)
    return decode_event(line).timestamp if found is None else int(found[2])


def source_of(line: bytes) -> tuple[SenderId, MessageId] | None:
    """The message that an encoded event was read from, if it was."""
    if b'"source":{' not in line:
        return None
    source = _source(orjson.loads(line).get("source"))
    return None if source is None else (SenderId(source.sender), source.message_id)


def compact_json(value: Any) -> bytes:
    """JSON bytes that take no more memory than they are long.

    What orjson returns keeps the buffer it was written into, four kilobytes for a line of two hundred bytes:
    no matter for what is sent, twenty times too much for what is kept.
    """
    return b"%b" % orjson.dumps(value)


def event_from_json(raw: Any) -> TimelineEvent:
    """Read one event; raises BadEvent naming the field. Unknown keys are kept in `extra`, and so is a
    `history` that is none of ours."""
    if not isinstance(raw, dict):
        raise BadEvent("an event must be an object")
    synced = raw.get("synced")
    history = _history(raw.get("history", ()))
    known = _KNOWN if history is not None else _KNOWN - {"history"}
    return TimelineEvent(
        id=EventId(_text(raw, "id")),
        timestamp=EpochMs(_whole(raw, "timestamp")),
        type=_text(raw, "type"),
        label=_text(raw, "label") if "label" in raw else "",
        details=raw.get("details"),
        synced=synced if isinstance(synced, bool) else None,
        source=_source(raw.get("source")),
        edited_at=EpochMs(_whole(raw, "editedAt")) if raw.get("editedAt") is not None else None,
        history=history or (),
        extra={key: value for key, value in raw.items() if key not in known},
    )


def _past_to_json(past: PastVersion) -> dict[str, Any]:
    return {
        "label": past.label,
        "details": past.details,
        "type": past.type,
        "timestamp": past.timestamp,
        "until": past.until,
    }


def _history(raw: Any) -> tuple[PastVersion, ...] | None:
    """None for what another program called history."""
    try:
        return tuple(_past(item) for item in raw)
    except (BadEvent, AttributeError, TypeError):
        return None


def _past(raw: Any) -> PastVersion:
    return PastVersion(
        label=_text(raw, "label"),
        details=raw.get("details"),
        type=_text(raw, "type"),
        timestamp=EpochMs(_whole(raw, "timestamp")),
        until=EpochMs(_whole(raw, "until")),
    )


def _source(raw: Any) -> EventSource | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise BadEvent("source must be an object")
    return EventSource(
        message_id=MessageId(_text(raw, "messageId")),
        sender=_text(raw, "sender"),
        kind=_KINDS.get(str(raw.get("kind")), "other"),
    )


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str):
        raise BadEvent(f"{key} must be a text")
    return value


def _whole(raw: Mapping[str, Any], key: str) -> int:
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadEvent(f"{key} must be a whole number")
    return value
