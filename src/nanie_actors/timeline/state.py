"""All that a group is: its timeline, its outbox, its name; changed only by applying journal records.

Pure: no disk, clock or actor. `apply` is deterministic, so a restart that applies the same records is in
the same state, and applying the newest records twice changes nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from nanie_actors.model import ChatMessage, EpochMs, EventId, GroupId, is_standalone
from nanie_actors.timeline import message_log
from nanie_actors.timeline.awaiting import Awaiting
from nanie_actors.timeline.description import Description
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.timeline.handled_rows import HandledRows
from nanie_actors.timeline.outbox import OutboxEntry, sent_message
from nanie_actors.timeline.recent import RecentMessages
from nanie_actors.timeline.record_codec import encode_message
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
    OtherRecord,
    OutboxMoved,
    Record,
    SyncRequested,
)
from nanie_actors.timeline.timeline import MessageKey, Timeline
from nanie_actors.timeline.versions import version_of
from nanie_actors.timeline.view import TimelineView
from nanie_actors.value import Value, with_changes


class Applied(Value, frozen=True, gc=False):
    """What applying a record did. `changed`: the timeline is another one, and its revision grew."""

    changed: bool
    message_line: bytes | None = None


class GroupState:
    """One group, in memory."""

    def __init__(self, group: GroupId, *, recent_messages: int) -> None:
        self.group = group
        self.seq = 0
        self.revision = 0
        self.described = Description()
        self.last_activity = EpochMs(0)
        self.active = is_standalone(group)
        self.archived = False
        self.timeline = Timeline()
        self.outbox: OrderedDict[str, OutboxEntry] = OrderedDict()
        self.rows = HandledRows()
        self.recent = RecentMessages(recent_messages)
        self.awaiting = Awaiting()
        self.messages = 0

    @property
    def name(self) -> str:
        """What the group is called; empty while nobody has said."""
        return self.described.name

    def view(self, count: int) -> TimelineView:
        """The newest `count` events as conversations see them."""
        return TimelineView(self.group, self.name, self.revision, self.timeline.last(count))

    def of_message(self, key: MessageKey) -> tuple[TimelineEvent, ...]:
        """The events of a message that are in the timeline."""
        events = (self.timeline.get(event_id) for event_id in self.timeline.of_message(key))
        return tuple(event for event in events if event is not None)

    def replaced(
        self, key: MessageKey, by: tuple[TimelineEvent, ...], at: EpochMs
    ) -> tuple[TimelineEvent, ...]:
        """Those of a message's events that are no more when it reads like this since then."""
        fresh = {event.id for event in by}
        return tuple(e for e in self.of_message(key) if e.id not in fresh and version_of(e) < at)

    def apply(self, seq: int, record: Record) -> Applied:
        """Take one record into the state; `seq` is its place in the group's journal."""
        self.seq = seq
        applied = self._log(record) if isinstance(record, MessageLogged) else self._apply(record)
        self.revision += applied.changed
        return applied

    def _apply(self, record: OtherRecord) -> Applied:
        match record:
            case MessageCompleted():
                return self._complete(record)
            case MessageRewritten():
                return self._rewrite(record)
            case MessageRead():
                return self._read(record)
            case MessageWithdrawn():
                return self._withdraw(record)
            case EventsAdded():
                return self._add(record)
            case EventsDeleted(row, _, ids):
                self.rows.remember(row)
                return Applied(self._delete(ids))
            case SyncRequested():
                return self._requeue(record)
            case OutboxMoved():
                return self._move(record)
            case LogExtracted():
                return self._extract(record)
            case GroupDescribed():
                return Applied(self._describe(record))
            case ListeningChanged():
                self.active, self.archived = record.active, record.archived
                return Applied(False)

    # ── messages ────────────────────────────────────────────────────────────────────────────────────────

    def _log(self, record: MessageLogged) -> Applied:
        message, edited_at = record.message, record.edited_at
        self._came(message, edited_at)
        if record.asks:
            self.awaiting.note((message.sender, message.message_id), self.seq, edited_at)
        line = encode_message(record) if edited_at is None else message_log.came(message, edited_at)
        return Applied(self._put_all(record.events), line)

    def _came(self, message: ChatMessage, edited_at: EpochMs | None = None) -> None:
        self.messages += 1
        self.recent.came(message, edited_at)
        self.last_activity = max(self.last_activity, message.at)

    def _complete(self, record: MessageCompleted) -> Applied:
        message = record.message
        self.recent.completed(message)
        key: MessageKey = (message.sender, message.message_id)
        if record.asks or key in self.awaiting:
            self.awaiting.note(key, self.seq, self.recent.edits.get(key))
        return Applied(self._put_all(record.events), message_log.came(message))

    def _read(self, record: MessageRead) -> Applied:
        key: MessageKey = (record.sender, record.message_id)
        awaited = self.awaiting.answered(key, record.asked)
        if awaited is None or not record.events:
            return Applied(False)
        version, fresh = awaited.edited_at or 0, {event.id for event in record.events}
        gone = tuple(e for e in self.of_message(key) if e.id not in fresh and version_of(e) <= version)
        removed = self._take_out(gone)
        return Applied(self._put_all(record.events) or bool(removed))

    def _extract(self, record: LogExtracted) -> Applied:
        if record.row is not None:
            self.rows.remember(record.row)
        for sender, message_id, edited_at in record.asks:
            self.awaiting.note((sender, message_id), self.seq, edited_at)
        return Applied(self._put_all(record.events))

    def _rewrite(self, record: MessageRewritten) -> Applied:
        key: MessageKey = (record.sender, record.message_id)
        if not self.recent.edited(key, record.at, record.text):
            return Applied(False)
        self.awaiting.end(key)
        if record.asks:
            self.awaiting.note(key, self.seq, record.at)
        removed = self._take_out(self.replaced(key, record.events, record.at))
        put = self._put_all(record.events)
        self.last_activity = max(self.last_activity, record.at)
        return Applied(bool(removed) or put, message_log.rewritten(record, removed))

    def _withdraw(self, record: MessageWithdrawn) -> Applied:
        key: MessageKey = (record.sender, record.message_id)
        self.recent.deleted(key)
        self.awaiting.end(key)
        removed = self._take_out(self.of_message(key))
        return Applied(bool(removed), message_log.withdrawn(record, removed))

    def _take_out(self, events: tuple[TimelineEvent, ...]) -> tuple[TimelineEvent, ...]:
        for event in events:
            self.timeline.withdraw(event.id)
        return events

    # ── what the app adds, and its way to WhatsApp ──────────────────────────────────────────────────────

    def _add(self, record: EventsAdded) -> Applied:
        self.rows.remember(record.row)
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

    def _requeue(self, record: SyncRequested) -> Applied:
        self.rows.remember(record.row)
        for entry in self.outbox.values():
            if record.event in entry.events and entry.state in ("failed", "unknown"):
                self.outbox[entry.id] = replace(entry, state="queued", since=record.at)
        return Applied(False)

    def _move(self, record: OutboxMoved) -> Applied:
        entry = self.outbox.get(record.outbox_id)
        if entry is None:
            return Applied(False)
        if record.to == "sent":
            del self.outbox[entry.id]
            return self._sent(entry, record)
        self.outbox[entry.id] = replace(
            entry,
            state=record.to,
            since=entry.since if record.to == "unknown" else record.at,
            attempts=entry.attempts + (record.to == "sending"),
            reason=record.reason,
        )
        return Applied(False)

    def _sent(self, entry: OutboxEntry, record: OutboxMoved) -> Applied:
        """What we sent is a message of the group like any other, and its events are in the timeline."""
        changed = self._mark_synced(entry.events)
        if record.message_id is None:
            return Applied(changed)
        message = sent_message(self.group, record.message_id, record.at, entry.text)
        self._came(message)
        return Applied(changed, message_log.came(message))

    def _mark_synced(self, ids: tuple[EventId, ...]) -> bool:
        events = [self.timeline.get(event_id) for event_id in ids]
        return self._put_all(tuple(with_changes(event, synced=True) for event in events if event is not None))

    def _describe(self, record: GroupDescribed) -> bool:
        """Says whether the group's name is another one: a timeline shows nothing else of it."""
        before = self.described
        self.described = before.changed(record)
        return self.described.name != before.name

    def _put_all(self, events: tuple[TimelineEvent, ...]) -> bool:
        changed = [self.timeline.put(event) for event in events]
        return any(changed)
