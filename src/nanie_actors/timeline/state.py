"""All that a group is: its timeline, its outbox, its name; changed only by applying journal records.

Pure: no disk, clock or actor. `apply` is deterministic, so a restart that applies the same records is in
the same state, and applying the newest records twice changes nothing.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from typing import Any

from nanie_actors.model import ChatMessage, EpochMs, EventId, GroupId, RowId, is_standalone
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.timeline.outbox import OutboxEntry
from nanie_actors.timeline.record_codec import message_to_json
from nanie_actors.timeline.records import (
    EventsAdded,
    EventsDeleted,
    GroupDescribed,
    ListeningChanged,
    LogExtracted,
    MessageLogged,
    MessageRewritten,
    MessageWithdrawn,
    OutboxMoved,
    Record,
    SyncRequested,
)
from nanie_actors.timeline.timeline import MessageKey, Timeline
from nanie_actors.timeline.view import TimelineView

REMEMBERED_ROWS = 2_048
"""Router rows of one group whose repetition is recognised. A row is deleted once it is answered, so a
repetition comes within seconds or after one restart; this many commands lie far beyond either."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a record did. `changed`: the timeline is another one, and its revision grew."""

    changed: bool
    message_line: dict[str, Any] | None = None


class GroupState:
    """One group, in memory."""

    def __init__(self, group: GroupId, *, recent_messages: int) -> None:
        self.group = group
        self.seq = 0
        self.revision = 0
        self.name = ""
        self.participants = 0
        self.last_activity = EpochMs(0)
        self.active = is_standalone(group)
        self.archived = False
        self.timeline = Timeline()
        self.outbox: OrderedDict[str, OutboxEntry] = OrderedDict()
        self.rows: OrderedDict[RowId, None] = OrderedDict()
        self.recent: deque[ChatMessage] = deque(maxlen=recent_messages)
        self.messages = 0

    def view(self, count: int) -> TimelineView:
        """The newest `count` events as conversations see them."""
        return TimelineView(self.group, self.name, self.revision, self.timeline.last(count))

    def apply(self, seq: int, record: Record) -> Applied:
        """Take one record into the state; `seq` is its place in the group's journal."""
        self.seq = seq
        applied = self._apply(record)
        if applied.changed:
            self.revision += 1
        return applied

    def _apply(self, record: Record) -> Applied:
        match record:
            case MessageLogged(message, events):
                return self._log(message, events)
            case MessageRewritten():
                return self._rewrite(record)
            case MessageWithdrawn(message_id, sender, at):
                return self._withdraw((sender, message_id), at)
            case EventsAdded():
                return self._add(record)
            case EventsDeleted(row, _, ids):
                self._remember(row)
                return Applied(self._delete(ids))
            case SyncRequested(row, at, event):
                self._remember(row)
                self._requeue(event, at)
                return Applied(False)
            case OutboxMoved():
                return Applied(self._move(record))
            case LogExtracted(_, events, row):
                if row is not None:
                    self._remember(row)
                return Applied(self._put_all(events))
            case GroupDescribed(_, name, participants):
                return Applied(self._describe(name, participants))
            case ListeningChanged(_, active, archived):
                self.active, self.archived = active, archived
                return Applied(False)

    def _log(self, message: ChatMessage, events: tuple[TimelineEvent, ...]) -> Applied:
        self.messages += 1
        self.recent.append(message)
        self.last_activity = max(self.last_activity, message.at)
        return Applied(self._put_all(events), message_to_json(message))

    def _rewrite(self, record: MessageRewritten) -> Applied:
        key: MessageKey = (record.sender, record.message_id)
        fresh = {event.id for event in record.events}
        stale = [event_id for event_id in self.timeline.of_message(key) if event_id not in fresh]
        removed = [self.timeline.withdraw(event_id) for event_id in stale]
        put = self._put_all(record.events)
        self.touch_recent(key, text=record.text)
        self.last_activity = max(self.last_activity, record.at)
        line = {"id": record.message_id, "sender": record.sender, "editedAt": record.at, "text": record.text}
        return Applied(any(removed) or put, {**line, "senderName": record.sender_name})

    def _withdraw(self, key: MessageKey, at: EpochMs) -> Applied:
        removed = [self.timeline.withdraw(event_id) for event_id in self.timeline.of_message(key)]
        self.touch_recent(key, text=None)
        return Applied(any(removed), {"id": key[1], "sender": key[0], "deletedAt": at})

    def touch_recent(self, key: MessageKey, text: str | None) -> None:
        """A recent message got another text, or (None) was deleted."""
        for index, message in enumerate(self.recent):
            if (message.sender, message.message_id) == key:
                if text is None:
                    self.recent[index] = replace(message, text="", kind="deleted")
                else:
                    self.recent[index] = replace(message, text=text, edited=True)
                return

    def _add(self, record: EventsAdded) -> Applied:
        self._remember(record.row)
        changed = self._put_all(record.events)
        if record.outbox_text is not None:
            ids = tuple(event.id for event in record.events)
            entry = OutboxEntry(str(ids[0]), record.outbox_text, ids, "queued", record.at)
            self.outbox.setdefault(entry.id, entry)
        return Applied(changed)

    def _delete(self, ids: tuple[EventId, ...]) -> bool:
        """Remove events; a text that no event stands for any more need not be sent."""
        for entry in list(self.outbox.values()):
            if entry.state != "sending" and set(entry.events) <= set(ids):
                del self.outbox[entry.id]
        return self.timeline.delete(ids)

    def _requeue(self, event: EventId, at: EpochMs) -> None:
        for entry in self.outbox.values():
            if event in entry.events and entry.state in ("failed", "unknown"):
                self.outbox[entry.id] = replace(entry, state="queued", since=at)

    def _move(self, record: OutboxMoved) -> bool:
        entry = self.outbox.get(record.outbox_id)
        if entry is None:
            return False
        if record.to == "sent":
            del self.outbox[entry.id]
            return self._mark_synced(entry.events)
        attempts = entry.attempts + (record.to == "sending")
        self.outbox[entry.id] = replace(entry, state=record.to, since=record.at, attempts=attempts)
        return False

    def _mark_synced(self, ids: tuple[EventId, ...]) -> bool:
        events = [self.timeline.get(event_id) for event_id in ids]
        return self._put_all(tuple(replace(event, synced=True) for event in events if event is not None))

    def _describe(self, name: str | None, participants: int | None) -> bool:
        renamed = name is not None and name != self.name
        if name is not None:
            self.name = name
        if participants is not None:
            self.participants = participants
        return renamed

    def _put_all(self, events: tuple[TimelineEvent, ...]) -> bool:
        changed = [self.timeline.put(event) for event in events]
        return any(changed)

    def _remember(self, row: RowId) -> None:
        self.rows[row] = None
        self.rows.move_to_end(row)
        while len(self.rows) > REMEMBERED_ROWS:
            self.rows.popitem(last=False)
