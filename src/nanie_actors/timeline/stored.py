"""A group's state to and from its stored form (`group.json` beside `timeline.json`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from nanie_actors.errors import CorruptGroup
from nanie_actors.model import EpochMs, EventId, GroupId, MessageId, SenderId
from nanie_actors.packed_keys import PackedKeys, deleted_keys
from nanie_actors.timeline.codec import BadEvent, event_from_json
from nanie_actors.timeline.description import Description
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.timeline.handled_rows import stored_rows
from nanie_actors.timeline.message_log import fold
from nanie_actors.timeline.outbox import OutboxEntry
from nanie_actors.timeline.recent import EarlyEdit
from nanie_actors.timeline.state import GroupState
from nanie_actors.timeline.timeline import Timeline

FORMAT = 1


def meta_bytes(state: GroupState) -> bytes:
    """The state but for its events and messages, as `group.json`."""
    meta = {
        "format": FORMAT,
        "seq": state.seq,
        "revision": state.revision,
        "name": state.described.name,
        "participants": state.described.participants,
        "topic": state.described.topic,
        "joined": state.described.joined,
        "lastActivity": state.last_activity,
        "active": state.active,
        "archived": state.archived,
        "messages": state.messages,
        "deletedKeys": state.timeline.deleted.to_text(),
        "rowKeys": state.rows.to_texts(),
        "edits": [[*key, at] for key, at in state.recent.edits.items()],
        "early": [[*key, edit.at, edit.text] for key, edit in state.recent.early.items()],
        "outbox": [_entry_to_json(entry) for entry in state.outbox.values()],
    }
    if state.awaiting:
        meta["awaiting"] = state.awaiting.to_json()
    return orjson.dumps(meta, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def restore_state(
    group: GroupId,
    meta: Mapping[str, Any] | None,
    events: bytes | Iterable[Any],
    recent: Iterable[dict[str, Any]],
    *,
    recent_messages: int,
) -> GroupState:
    """The state at the last snapshot. Raises CorruptGroup naming what cannot be understood.

    `events` is what `Timeline.to_json` wrote, to the byte; or JSON of whatever origin.
    """
    state = GroupState(group, recent_messages=recent_messages)
    try:
        _take_meta(state, meta or {"format": FORMAT})
        deleted = state.timeline.deleted
        state.timeline = _read_timeline(events, deleted)
        _take_recent(state, recent)
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptGroup(
            f"the stored state of group {group} cannot be understood ({error}): "
            "its files are kept as they are; repair or move them away, then retry the group."
        ) from error
    return state


def _take_meta(state: GroupState, meta: Mapping[str, Any]) -> None:
    if meta["format"] != FORMAT:
        raise ValueError(f"group.json has format {meta['format']!r}, this version reads {FORMAT}")
    state.seq = int(meta.get("seq", 0))
    state.revision = int(meta.get("revision", 0))
    state.described = Description(
        str(meta.get("name", "")),
        int(meta.get("participants", 0)),
        str(meta.get("topic", "")),
        bool(meta.get("joined", True)),
    )
    state.last_activity = EpochMs(int(meta.get("lastActivity", 0)))
    state.active = bool(meta.get("active", state.active))
    state.archived = bool(meta.get("archived", False))
    state.messages = int(meta.get("messages", 0))
    state.timeline.deleted = deleted_keys(meta)
    state.rows = stored_rows(meta)
    for sender, message_id, at in meta.get("edits", ()):
        state.recent.edits[SenderId(sender), MessageId(message_id)] = EpochMs(at)
    for sender, message_id, at, text in meta.get("early", ()):
        state.recent.early[SenderId(sender), MessageId(message_id)] = EarlyEdit(EpochMs(at), str(text))
    state.awaiting.restore(meta.get("awaiting", ()))
    for raw in meta.get("outbox", ()):
        entry = _entry_from_json(raw)
        state.outbox[entry.id] = entry


def _read_timeline(events: bytes | Iterable[Any], deleted: PackedKeys) -> Timeline:
    """Ours is taken as it stands; everything else is decoded."""
    if isinstance(events, bytes):
        if Timeline.is_laid_out(events):
            return Timeline.of_json(events, deleted)
        events = orjson.loads(events)
    return Timeline(_read_events(events), deleted)


def _read_events(events: Iterable[Any]) -> Iterable[TimelineEvent]:
    for index, raw in enumerate(events):
        try:
            yield event_from_json(raw)
        except BadEvent as error:
            raise ValueError(f"timeline.json, event {index}: {error}") from error


def _take_recent(state: GroupState, lines: Iterable[dict[str, Any]]) -> None:
    """What the tail of the message log says of the newest messages."""
    state.recent.restore(logged.message for logged in fold(state.group, lines))


def _entry_to_json(entry: OutboxEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "text": entry.text,
        "events": entry.events,
        "state": entry.state,
        "since": entry.since,
        "attempts": entry.attempts,
        **({} if entry.reason is None else {"reason": entry.reason}),
    }


def _entry_from_json(raw: Mapping[str, Any]) -> OutboxEntry:
    events = tuple(EventId(item) for item in raw["events"])
    return OutboxEntry(
        raw["id"], raw["text"], events, raw["state"], raw["since"], raw["attempts"], raw.get("reason")
    )
