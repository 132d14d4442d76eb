"""What a group makes of a language model's answer. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from nanie_actors.model import EpochMs, EventId
from nanie_actors.packed_keys import text_key
from nanie_actors.timeline.awaiting import Awaited
from nanie_actors.timeline.event import EventSource
from nanie_actors.timeline.extracted import event_of
from nanie_actors.timeline.ids import message_event_id
from nanie_actors.timeline.message_log import LoggedMessage
from nanie_actors.timeline.questions import MOST_EVENTS, Answer
from nanie_actors.timeline.records import (
    EventsDeleted,
    MessageCompleted,
    MessageLogged,
    MessageRead,
    MessageRewritten,
    MessageWithdrawn,
    Record,
)
from nanie_actors.timeline.state import GroupState
from nanie_actors.timeline.timeline import MessageKey


def read_record(
    state: GroupState,
    answer: Answer,
    awaited: Awaited,
    under_way: Iterable[Record],
    now: EpochMs,
) -> MessageRead:
    """The record of an answer to what waits for it: the message's events are now these.

    A message of which people have deleted an event is left as they left it, whatever the model says.
    """
    question = answer.question
    ids = possible_ids(state, question.key)
    if not answer.events or _corrected(state, ids, under_way):
        return unread_record(question.key, question.asked, now)
    sender, message_id = question.key
    source = EventSource(message_id, sender, question.kind)
    events = tuple(
        event_of(event_id, extracted, source=source, edited_at=awaited.edited_at)
        for event_id, extracted in zip(ids, answer.events, strict=False)
    )
    return MessageRead(message_id, sender, now, question.asked, events)


def unread_record(key: MessageKey, asked: int, now: EpochMs) -> MessageRead:
    """The record that a message waits no more and keeps its first reading."""
    sender, message_id = key
    return MessageRead(message_id, sender, now, asked)


def is_read(state: GroupState, logged: LoggedMessage) -> bool:
    """Whether a message was read before, by whomever: reading it first again could only undo what a model
    made of it, or what people did."""
    key: MessageKey = (logged.message.sender, logged.message.message_id)
    first = message_event_id(state.group, *key, 0)
    return bool(state.timeline.of_message(key)) or text_key(first) in state.timeline.deleted


def possible_ids(state: GroupState, key: MessageKey) -> tuple[EventId, ...]:
    """The ids that a message's events can have, in their order."""
    return tuple(message_event_id(state.group, *key, index) for index in range(MOST_EVENTS))


def is_about(record: Record, key: MessageKey) -> bool:
    """Whether a record says something new of a message."""
    match record:
        case MessageLogged(message) | MessageCompleted(message):
            return (message.sender, message.message_id) == key
        case MessageRewritten() | MessageWithdrawn() | MessageRead():
            return (record.sender, record.message_id) == key
        case _:
            return False


def _corrected(state: GroupState, ids: tuple[EventId, ...], under_way: Iterable[Record]) -> bool:
    """Whether people deleted one of these, or are about to."""
    deleted = state.timeline.deleted
    if deleted and any(text_key(event_id) in deleted for event_id in ids):
        return True
    going = {gone for record in under_way if isinstance(record, EventsDeleted) for gone in record.ids}
    return not going.isdisjoint(ids)
