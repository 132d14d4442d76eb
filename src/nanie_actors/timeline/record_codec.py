"""Journal records to and from the `kind` and `data` of a journal line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orjson import Fragment

from nanie_actors.model import ChatMessage, EpochMs, EventId, GroupId, MessageId, RowId, SenderId
from nanie_actors.timeline.codec import compact_json, encode_event, event_from_json
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.timeline.records import (
    EventsAdded,
    EventsDeleted,
    GroupDescribed,
    ListeningChanged,
    LogExtracted,
    MessageCompleted,
    MessageLogged,
    MessageRead,
    MessageRewritten,
    MessageWithdrawn,
    OutboxMoved,
    Record,
    SyncRequested,
)
from nanie_actors.value import keep_encoded

Json = dict[str, Any]


def message_to_json(message: ChatMessage) -> Json:
    """A message as the log and the journal keep it; the group is the file's."""
    out: Json = {
        "id": message.message_id,
        "sender": message.sender,
        "senderName": message.sender_name,
        "at": message.at,
        "kind": message.kind,
        "text": message.text,
    }
    if message.from_me:
        out["fromMe"] = True
    if message.edited:
        out["edited"] = True
    return out


def message_from_json(group: GroupId, raw: Mapping[str, Any]) -> ChatMessage:
    """The inverse of message_to_json. Raises KeyError for what is no message."""
    return ChatMessage(
        group=group,
        message_id=raw["id"],
        sender=raw["sender"],
        sender_name=raw["senderName"],
        at=raw["at"],
        kind=raw["kind"],
        text=raw["text"],
        from_me=raw.get("fromMe", False),
        edited=raw.get("edited", False),
    )


def encode_message(record: MessageLogged) -> bytes:
    """Its message as JSON bytes. Made once a record: the journal and the message log share them."""
    return record.encoded or keep_encoded(record, compact_json(message_to_json(record.message)))


def encode_record(record: Record) -> tuple[str, EpochMs, Json]:
    """The line's kind, time and data; messages and events in the data are JSON already."""
    match record:
        case MessageLogged():
            return "message", record.message.at, _logged(record)
        case MessageCompleted(message, events, asks):
            came = {"message": message_to_json(message), **_events(events)}
            return "complete", message.at, {**came, **_asks(asks)}
        case MessageRewritten(message_id, sender, name, at, text, events, removed, asks):
            who: Json = {"id": message_id, "sender": sender, "senderName": name, "text": text}
            return "edit", at, {**who, **_events(events), **_events(removed, "removed"), **_asks(asks)}
        case MessageRead(message_id, sender, at, asked, events):
            return "read", at, {"id": message_id, "sender": sender, "asked": asked, **_events(events)}
        case MessageWithdrawn(message_id, sender, at, removed):
            return "revoke", at, {"id": message_id, "sender": sender, **_events(removed, "removed")}
        case EventsAdded(row, at, events, text):
            return "add", at, {"row": row, **_events(events), **_maybe("text", text)}
        case EventsDeleted(row, at, ids):
            return "delete", at, {"row": row, "ids": ids}
        case SyncRequested(row, at, event):
            return "sync", at, {"row": row, "event": event}
        case OutboxMoved(outbox_id, at, to, message_id, reason):
            maybe = {**_maybe("messageId", message_id), **_maybe("reason", reason)}
            return "outbox", at, {"outbox": outbox_id, "to": to, **maybe}
        case LogExtracted(at, events, row, asks_about):
            return "extract", at, {**_events(events), **_maybe("row", row), **_asks(asks_about)}
        case GroupDescribed(at, name, participants, topic, joined):
            size = {**_maybe("name", name), **_maybe("participants", participants)}
            return "describe", at, {**size, **_maybe("topic", topic), **_maybe("joined", joined)}
        case ListeningChanged(at, active, archived):
            return "listening", at, {"active": active, "archived": archived}


def _logged(record: MessageLogged) -> Json:
    """Nearly every record is one of these."""
    data: Json = {"message": Fragment(encode_message(record))}
    if record.events:
        data["events"] = [Fragment(encode_event(event)) for event in record.events]
    if record.asks:
        data["asks"] = True
    if record.edited_at is not None:
        data["editedAt"] = record.edited_at
    return data


def decode_record(group: GroupId, kind: str, at: int, data: Mapping[str, Any]) -> Record:
    """The inverse of encode_record. Raises ValueError or KeyError for what no version of ours wrote."""
    when = EpochMs(at)
    match kind:
        case "message":
            message = message_from_json(group, data["message"])
            asks = data.get("asks", False)
            return MessageLogged(message, _read_events(data), data.get("editedAt"), asks)
        case "complete":
            message = message_from_json(group, data["message"])
            return MessageCompleted(message, _read_events(data), data.get("asks", False))
        case "edit":
            return MessageRewritten(
                MessageId(data["id"]),
                SenderId(data["sender"]),
                data["senderName"],
                when,
                data["text"],
                _read_events(data),
                _read_events(data, "removed"),
                data.get("asks", False),
            )
        case "read":
            who = SenderId(data["sender"])
            return MessageRead(MessageId(data["id"]), who, when, data["asked"], _read_events(data))
        case "revoke":
            gone = _read_events(data, "removed")
            return MessageWithdrawn(MessageId(data["id"]), SenderId(data["sender"]), when, gone)
        case "outbox":
            return OutboxMoved(data["outbox"], when, data["to"], data.get("messageId"), data.get("reason"))
        case "describe":
            size = data.get("participants")
            return GroupDescribed(when, data.get("name"), size, data.get("topic"), data.get("joined"))
        case "listening":
            return ListeningChanged(when, data["active"], data["archived"])
        case _:
            return _decode_command_record(kind, when, data)


def _decode_command_record(kind: str, at: EpochMs, data: Mapping[str, Any]) -> Record:
    match kind:
        case "add":
            return EventsAdded(RowId(data["row"]), at, _read_events(data), data.get("text"))
        case "delete":
            return EventsDeleted(RowId(data["row"]), at, tuple(EventId(item) for item in data["ids"]))
        case "sync":
            return SyncRequested(RowId(data["row"]), at, EventId(data["event"]))
        case "extract":
            asks = tuple((who, which, edited) for who, which, edited in data.get("asks", ()))
            return LogExtracted(at, _read_events(data), data.get("row"), asks)
        case _:
            raise ValueError(f"a record of unknown kind {kind!r}")


def _events(events: Sequence[TimelineEvent], key: str = "events") -> Json:
    return {key: [Fragment(encode_event(event)) for event in events]} if events else {}


def _read_events(data: Mapping[str, Any], key: str = "events") -> tuple[TimelineEvent, ...]:
    return tuple(event_from_json(raw) for raw in data.get(key, ()))


def _asks(asks: object) -> Json:
    return {"asks": asks} if asks else {}


def _maybe(key: str, value: object) -> Json:
    return {} if value is None else {key: value}
