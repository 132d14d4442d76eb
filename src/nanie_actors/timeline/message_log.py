"""The lines of a group's message log: a message, and what was done to it later. Pure.

    {"id", "sender", "senderName", "at", "kind", "text", …}                 it came
    {"id", "sender", "senderName", "editedAt", "text", "removed"?: […]}     its sender wrote it anew
    {"id", "sender", "deletedAt", "removed"?: […]}                          it was deleted for everyone

`removed` are the timeline events that ceased to be with it, as they were. A line may stand there twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from nanie_actors.model import ChatMessage, EpochMs, GroupId
from nanie_actors.timeline.codec import compact_json, encode_event
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.timeline.record_codec import message_from_json, message_to_json
from nanie_actors.timeline.records import MessageRewritten, MessageWithdrawn

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """A message as it reads now; `edited_at` is when its sender wrote this text over another."""

    message: ChatMessage
    edited_at: EpochMs | None = None


def came(message: ChatMessage, edited_at: EpochMs | None = None) -> bytes:
    """The line of a message; `edited_at` of one that only its edit told of."""
    line = message_to_json(message)
    return compact_json(line if edited_at is None else {**line, "editedAt": edited_at})


def rewritten(record: MessageRewritten, removed: Sequence[TimelineEvent]) -> bytes:
    """The line of an edit."""
    who = {"id": record.message_id, "sender": record.sender, "senderName": record.sender_name}
    return compact_json({**who, "editedAt": record.at, "text": record.text, **_removed(removed)})


def withdrawn(record: MessageWithdrawn, removed: Sequence[TimelineEvent]) -> bytes:
    """The line of a deletion."""
    who = {"id": record.message_id, "sender": record.sender, "deletedAt": record.at}
    return compact_json({**who, **_removed(removed)})


def again(line: bytes, record: MessageRewritten | MessageWithdrawn) -> bytes:
    """The line of a record that is applied again: what it took away may be gone from the timeline already."""
    fields: Line = orjson.loads(line)
    return line if "removed" in fields else compact_json({**fields, **_removed(record.removed)})


def is_older(line: Line, before: EpochMs) -> bool:
    """Whether a line was written about a message, or an edit, of an earlier time."""
    at: int = line.get("at") or line.get("editedAt") or line.get("deletedAt") or 0
    return at < before


def younger(lines: Iterable[Line], before: EpochMs) -> Iterator[Line]:
    """The lines without those of older messages, and without what was done to these later."""
    gone: set[tuple[str, str]] = set()
    for line in lines:
        key = (line["sender"], line["id"])
        if "at" in line and is_older(line, before):
            gone.add(key)
        elif key not in gone and not is_older(line, before):
            yield line


def fold(group: GroupId, lines: Iterable[Line]) -> list[LoggedMessage]:
    """The messages as they read now, in the order in which they came. What has no message is left out.

    Raises KeyError for a line that no version of ours wrote.
    """
    folded: dict[tuple[str, str], Line] = {}
    for line in lines:
        key = (line["sender"], line["id"])
        known = folded.get(key)
        if known is not None:
            folded[key] = _with(known, line)
        elif "at" in line:
            folded[key] = line
    return [LoggedMessage(message_from_json(group, line), line.get("editedAt")) for line in folded.values()]


def _with(known: Line, line: Line) -> Line:
    if "deletedAt" in line:
        return {**known, "text": "", "kind": "deleted"}
    if known["kind"] == "deleted":
        return known
    if "at" in line:  # the message itself, after an edit that overtook it
        return {**known, "at": line["at"], "kind": line["kind"]}
    if line["editedAt"] < known.get("editedAt", 0):
        return known
    return {**known, "text": line["text"], "editedAt": line["editedAt"], "edited": True}


def _removed(events: Sequence[TimelineEvent]) -> Mapping[str, Any]:
    return {"removed": [orjson.Fragment(encode_event(event)) for event in events]} if events else {}
