"""What a group makes of what it is told: pure decisions that end in a journal record, or in none."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Protocol

from nanie_actors.model import (
    ChatMessage,
    EpochMs,
    GroupEvent,
    GroupSeen,
    MessageArrived,
    MessageEdited,
    MessageId,
    MessageRevoked,
    RowId,
    SenderId,
    is_standalone,
)
from nanie_actors.protocol.commands import AddEvent
from nanie_actors.timeline.description import Description
from nanie_actors.timeline.event import EventSource, TimelineEvent
from nanie_actors.timeline.extracted import event_of, label_of
from nanie_actors.timeline.extractor import ExtractedEvent, Extractor
from nanie_actors.timeline.ids import message_event_id, row_event_id
from nanie_actors.timeline.recent import EarlyEdit
from nanie_actors.timeline.records import (
    OURS,
    EventsAdded,
    MessageCompleted,
    MessageLogged,
    MessageRewritten,
    MessageWithdrawn,
    OutboxMoved,
    Record,
)
from nanie_actors.timeline.state import GroupState
from nanie_actors.timeline.timeline import MessageKey
from nanie_actors.timeline.versions import newer

ECHO_WITHIN_MS: Final = 15 * 60_000
"""How far the time of a message of ours, by WhatsApp's clock, may lie from the time at which our own clock
says that it was being sent. Texts wait for minutes when many are sent, and clocks go wrong by minutes."""


class Known(Protocol):
    """What is known of a group and its messages: on disk, or on its way there."""

    @property
    def described(self) -> Description:
        """What was last said of the group itself."""

    def take_new(self, sender: SenderId, message_id: str) -> bool:
        """Say whether (sender, id) is new, and remember it."""

    def has(self, sender: SenderId, message_id: str) -> bool:
        """Whether (sender, id) was taken before."""

    def message(self, key: MessageKey) -> ChatMessage | None:
        """The message as it was logged, if it still is."""

    def text_on_its_way(self, message: ChatMessage) -> str | None:
        """The id of the text of ours that this message of our own account is, by all appearance."""

    def early_edit(self, key: MessageKey) -> EarlyEdit | None:
        """The edit that is all there is to know of a message until now."""


class EventDecider:
    """Turns inbound events into records. Keeps nothing but what it was made with."""

    __slots__ = ("_asks", "_extractor", "_known")

    def __init__(self, extractor: Extractor, known: Known, *, asks: bool = False) -> None:
        """`asks`: what the extractor reads is a first reading, until a language model has read it."""
        self._extractor = extractor
        self._known = known
        self._asks = asks

    def decide(self, state: GroupState, event: GroupEvent) -> Record | None:
        """The record to write, or None for what is known already."""
        match event:
            case MessageArrived():
                return self._arrived(state, event.message)
            case MessageEdited():
                return self._edited(state, event)
            case MessageRevoked():
                return self._revoked(state, event)
            case GroupSeen():
                return self._known.described.difference(event)

    # ── messages ────────────────────────────────────────────────────────────────────────────────────────

    def _arrived(self, state: GroupState, message: ChatMessage) -> Record | None:
        known = self._known
        if message.from_me and known.has(OURS, message.message_id):
            return None
        if message.from_me and not known.has(message.sender, message.message_id):
            text = known.text_on_its_way(message)
            if text is not None:
                # It proves that the text was sent, whether or not its sending has been confirmed.
                return OutboxMoved(text, message.at, "sent", message.message_id)
        if not known.take_new(message.sender, message.message_id):
            return self._completed(state, message)
        events = self.events_of(message) if state.active else ()
        return MessageLogged(message, events, asks=self._asks and bool(events))

    def _completed(self, state: GroupState, message: ChatMessage) -> Record | None:
        """A message that is known: only if its edit came first there is something new in it."""
        early = self._known.early_edit((message.sender, message.message_id))
        if early is None:
            return None
        if not state.active:
            return MessageCompleted(message, ())
        first = {event.id: event for event in self.events_of(message)}
        now = self.events_of(replace(message, text=early.text), edited_at=early.at)
        events = tuple(newer(first.get(event.id, event), event) for event in now)
        return MessageCompleted(message, events, asks=self._asks and bool(events))

    def _edited(self, state: GroupState, event: MessageEdited) -> Record | None:
        known, key = self._known, (event.sender, event.message_id)
        if self._is_ours(event) or known.has(event.sender, revocation(event.message_id)):
            return None
        if not known.take_new(event.sender, edition(event.message_id, event.at)):
            return None
        message = _as_edited(known.message(key), event)
        extracted = state.active or state.timeline.of_message(key)
        events = self.events_of(message, edited_at=event.at) if extracted else ()
        asks = self._asks and bool(events)
        if known.take_new(event.sender, event.message_id):
            return MessageLogged(message, events, edited_at=event.at, asks=asks)
        removed = state.replaced(key, events, event.at)
        return MessageRewritten(
            event.message_id, event.sender, event.sender_name, event.at, event.text, events, removed, asks
        )

    def _revoked(self, state: GroupState, event: MessageRevoked) -> Record | None:
        if self._is_ours(event) or not self._known.take_new(event.sender, revocation(event.message_id)):
            return None
        # Should the message itself come later (history), it must not bring its events.
        self._known.take_new(event.sender, event.message_id)
        removed = state.of_message((event.sender, event.message_id))
        return MessageWithdrawn(event.message_id, event.sender, event.at, removed)

    def _is_ours(self, event: MessageEdited | MessageRevoked) -> bool:
        """Whether the phone changes what the app had sent: only the app changes what it added."""
        known = self._known
        return known.has(OURS, event.message_id) and not known.has(event.sender, event.message_id)

    def events_of(self, message: ChatMessage, edited_at: EpochMs | None = None) -> tuple[TimelineEvent, ...]:
        """The events of a message; none for one without text, nor for what the app added and we sent."""
        if not message.text or message.kind == "deleted" or message.sender == OURS:
            return ()
        group, sender, name = message.group, message.sender, message.message_id
        source = EventSource(name, sender, message.kind)
        return tuple(
            [
                event_of(message_event_id(group, sender, name, index), each, source, edited_at)
                for index, each in enumerate(self._extractor.extract(message.text, message.at))
            ]
        )

    def added(self, state: GroupState, row: RowId, command: AddEvent, now: EpochMs) -> EventsAdded:
        """The record of ADD_EVENT: the app's own event, or whatever the text says."""
        synced = is_standalone(state.group)
        if command.event_data is not None:
            data = command.event_data
            details = command.text if data.details is None else data.details
            found = [ExtractedEvent(EpochMs(data.timestamp), data.type, label_of(command.text), details)]
        else:
            found = list(self._extractor.extract(command.text, now))
            found = found or [ExtractedEvent(now, "other", label_of(command.text), command.text)]
        events = tuple(
            event_of(row_event_id(state.group, row, index), extracted, synced=synced)
            for index, extracted in enumerate(found)
        )
        return EventsAdded(row, now, events, None if synced else command.text)


def _as_edited(first: ChatMessage | None, event: MessageEdited) -> ChatMessage:
    """The message as it reads now, at the time it was first sent where that is known.

    Where it is not, the edit's own time is near enough: WhatsApp lets people edit for 15 minutes.
    """
    return ChatMessage(
        group=event.group,
        message_id=event.message_id,
        sender=event.sender,
        sender_name=event.sender_name,
        at=event.at if first is None else first.at,
        kind="text" if first is None else first.kind,
        text=event.text,
        edited=True,
    )


def echoed(state: GroupState, message: ChatMessage) -> str | None:
    """The text of the outbox, by its id, that this message of our own account is, by all appearance.

    Only a text that is being sent, or that may have been, can come back before it is known to be sent.
    """
    return next(
        (
            entry.id
            for entry in state.outbox.values()
            if entry.state in ("sending", "unknown")
            and entry.text.strip() == message.text.strip()
            and abs(message.at - entry.since) <= ECHO_WITHIN_MS
        ),
        None,
    )


def edition(message_id: MessageId, at: EpochMs) -> str:
    """What an edit of a message is remembered as."""
    return f"{message_id}/edited/{at}"


def revocation(message_id: MessageId) -> str:
    """What the deletion of a message is remembered as."""
    return f"{message_id}/revoked"
