"""What a group makes of what it is told: pure decisions that end in a journal record, or in none."""

from __future__ import annotations

from collections.abc import Callable

from nanie_actors.model import (
    ChatMessage,
    EpochMs,
    EventId,
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
from nanie_actors.timeline.event import EventSource, TimelineEvent
from nanie_actors.timeline.extractor import ExtractedEvent, Extractor
from nanie_actors.timeline.ids import message_event_id, row_event_id
from nanie_actors.timeline.records import (
    EventsAdded,
    GroupDescribed,
    MessageLogged,
    MessageRewritten,
    MessageWithdrawn,
    Record,
)
from nanie_actors.timeline.state import GroupState

LABEL_CHARACTERS = 80
"""How much of a text becomes the label of an event that the app described itself."""

TakeNew = Callable[[SenderId, str], bool]
"""Says whether (sender, id) is seen for the first time, and remembers it."""


class EventDecider:
    """Turns inbound events into records. Keeps nothing but what it was made with."""

    __slots__ = ("_extractor", "_take_new")

    def __init__(self, extractor: Extractor, take_new: TakeNew) -> None:
        self._extractor = extractor
        self._take_new = take_new

    def decide(self, state: GroupState, event: GroupEvent) -> Record | None:
        """The record to write, or None for what is known already."""
        match event:
            case MessageArrived(message):
                return self._arrived(state, message)
            case MessageEdited():
                return self._edited(state, event)
            case MessageRevoked():
                return self._revoked(event)
            case GroupSeen():
                return _seen(state, event)

    def _arrived(self, state: GroupState, message: ChatMessage) -> Record | None:
        if not self._take_new(message.sender, message.message_id):
            return None
        return MessageLogged(message, self.events_of(message) if state.active else ())

    def _edited(self, state: GroupState, event: MessageEdited) -> Record | None:
        if not self._take_new(event.sender, f"{event.message_id}/edited/{event.at}"):
            return None
        message = _message_of_edit(state, event)
        events = self.events_of(message, edited_at=event.at) if state.active else ()
        if self._take_new(event.sender, event.message_id):
            # The edit overtook its message: what it says now is all there is to know.
            return MessageLogged(message, events)
        return MessageRewritten(
            event.message_id, event.sender, event.sender_name, event.at, event.text, events
        )

    def _revoked(self, event: MessageRevoked) -> Record | None:
        if not self._take_new(event.sender, f"{event.message_id}/revoked"):
            return None
        # Should the message itself come later (history), it must not bring its events.
        self._take_new(event.sender, event.message_id)
        return MessageWithdrawn(event.message_id, event.sender, event.at)

    def events_of(self, message: ChatMessage, edited_at: EpochMs | None = None) -> tuple[TimelineEvent, ...]:
        """The events of a message; none for one without text."""
        if not message.text or message.kind == "deleted":
            return ()
        found = self._extractor.extract(message.text, message.at)
        source = EventSource(message.message_id, message.sender, message.kind)
        return tuple(
            _event(
                message_event_id(message.group, message.sender, message.message_id, index),
                extracted,
                source=source,
                edited_at=edited_at,
            )
            for index, extracted in enumerate(found)
        )

    def added(self, state: GroupState, row: RowId, command: AddEvent, now: EpochMs) -> EventsAdded:
        """The record of ADD_EVENT: the app's own event, or whatever the text says."""
        synced = is_standalone(state.group)
        if command.event_data is not None:
            data = command.event_data
            details = command.text if data.details is None else data.details
            found = [ExtractedEvent(EpochMs(data.timestamp), data.type, _label(command.text), details)]
        else:
            found = list(self._extractor.extract(command.text, now))
            found = found or [ExtractedEvent(now, "other", _label(command.text), command.text)]
        events = tuple(
            _event(row_event_id(state.group, row, index), extracted, synced=synced)
            for index, extracted in enumerate(found)
        )
        return EventsAdded(row, now, events, None if synced else command.text)


def _message_of_edit(state: GroupState, event: MessageEdited) -> ChatMessage:
    """The message as it reads now, at the time it was first sent where we still know it.

    Where we do not, the edit's own time is near enough: WhatsApp lets people edit for 15 minutes.
    """
    key = (event.sender, event.message_id)
    known = (message for message in state.recent if (message.sender, message.message_id) == key)
    first = next(known, None)
    return ChatMessage(
        group=event.group,
        message_id=MessageId(event.message_id),
        sender=event.sender,
        sender_name=event.sender_name,
        at=event.at if first is None else first.at,
        kind="text" if first is None else first.kind,
        text=event.text,
        edited=True,
    )


def _seen(state: GroupState, event: GroupSeen) -> Record | None:
    name = event.name if event.name and event.name != state.name else None
    size = event.participants if event.participants != state.participants else None
    return None if name is None and size is None else GroupDescribed(event.at, name, size)


def _event(
    event_id: EventId,
    extracted: ExtractedEvent,
    *,
    source: EventSource | None = None,
    synced: bool | None = None,
    edited_at: EpochMs | None = None,
) -> TimelineEvent:
    return TimelineEvent(
        id=event_id,
        timestamp=extracted.timestamp,
        type=extracted.type,
        label=extracted.label,
        details=extracted.details,
        synced=synced,
        source=source,
        edited_at=edited_at,
        extra={"attributes": dict(extracted.attributes)} if extracted.attributes else {},
    )


def _label(text: str) -> str:
    line = text.strip().splitlines()[0].strip()
    return line if len(line) <= LABEL_CHARACTERS else line[: LABEL_CHARACTERS - 1] + "…"
