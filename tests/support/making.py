"""Builders and hypothesis strategies for the nouns of the project."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from nanie_actors.model import ChatMessage, EpochMs, EventId, GroupId, MessageId, RowId, SenderId
from nanie_actors.timeline.event import EventSource, PastVersion, TimelineEvent
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
from nanie_actors.value import with_changes

GROUP = GroupId("120363000000000001@g.us")
OTHER_GROUP = GroupId("120363000000000002@g.us")
NOON = EpochMs(1_764_000_000_000)


def message(
    number: int = 1, text: str = "hello", *, group: GroupId = GROUP, sender: str = "alice", **more: Any
) -> ChatMessage:
    """A text message, the `number`-th of its sender."""
    return ChatMessage(
        group=group,
        message_id=MessageId(f"M{number}"),
        sender=SenderId(sender),
        sender_name=more.pop("sender_name", sender.title()),
        at=EpochMs(more.pop("at", NOON + number * 60_000)),
        kind=more.pop("kind", "text"),
        text=text,
        **more,
    )


def event(number: int = 1, **more: Any) -> TimelineEvent:
    """A timeline event, the `number`-th."""
    return TimelineEvent(
        id=EventId(more.pop("id", f"e{number}")),
        timestamp=EpochMs(more.pop("timestamp", NOON + number * 60_000)),
        type=more.pop("type", "other"),
        label=more.pop("label", "note"),
        details=more.pop("details", "text"),
        **more,
    )


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
times = st.integers(0, 4_102_444_800_000).map(EpochMs)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
_few_ids = st.sampled_from([f"e{n}" for n in range(8)]).map(EventId)
_few_messages = st.sampled_from([f"M{n}" for n in range(4)]).map(MessageId)
_few_senders = st.sampled_from(["alice", "bob"]).map(SenderId)
rows = st.sampled_from([f"r{n}" for n in range(6)]).map(RowId)


def _of_its_source(made: TimelineEvent) -> TimelineEvent:
    """An event's id is made of what it was read from: one id never has two sources."""
    number = int(made.id.removeprefix("e"))
    if number % 2:
        return with_changes(made, source=None)
    sender = SenderId("alice" if number < 4 else "bob")
    return with_changes(made, source=EventSource(MessageId(f"M{number % 4}"), sender, "text"))


events = st.builds(
    TimelineEvent,
    id=_few_ids,
    timestamp=times,
    type=st.sampled_from(["feeding", "sleeping", "waking_up", "diaper", "bath", "other"]),
    label=texts,
    details=json_values,
    synced=st.none() | st.booleans(),
    source=st.none(),
    edited_at=st.none() | times,
    history=st.lists(st.builds(PastVersion, texts, json_values, texts, times, times), max_size=2).map(tuple),
    extra=st.dictionaries(texts.map(lambda key: "x" + key), json_values, max_size=2),
).map(_of_its_source)
event_lists = st.lists(events, max_size=3, unique_by=lambda e: e.id).map(tuple)
messages = st.builds(
    ChatMessage,
    group=st.just(GROUP),
    message_id=_few_messages,
    sender=_few_senders,
    sender_name=texts,
    at=times,
    kind=st.sampled_from(["text", "image", "deleted"]),
    text=texts,
    from_me=st.booleans(),
    edited=st.booleans(),
)
records: st.SearchStrategy[Record] = st.one_of(
    st.builds(MessageLogged, messages, event_lists, st.none() | times, st.booleans()),
    st.builds(MessageCompleted, messages, event_lists, st.booleans()),
    st.builds(
        MessageRewritten,
        _few_messages,
        _few_senders,
        texts,
        times,
        texts,
        event_lists,
        event_lists,
        st.booleans(),
    ),
    st.builds(MessageRead, _few_messages, _few_senders, times, st.integers(1, 20), event_lists),
    st.builds(MessageWithdrawn, _few_messages, _few_senders, times, event_lists),
    st.builds(
        EventsAdded,
        rows,
        times,
        st.lists(events, min_size=1, max_size=2, unique_by=lambda e: e.id).map(tuple),
        st.none() | texts,
    ),
    st.builds(EventsDeleted, rows, times, st.lists(_few_ids, min_size=1, max_size=3).map(tuple)),
    st.builds(SyncRequested, rows, times, _few_ids),
    st.builds(
        OutboxMoved,
        _few_ids.map(str),
        times,
        st.sampled_from(["sending", "sent", "failed", "unknown", "queued"]),
        st.none() | _few_messages,
        st.none() | texts,
    ),
    st.builds(
        LogExtracted,
        times,
        event_lists,
        st.none() | rows,
        st.lists(st.tuples(_few_senders, _few_messages, st.none() | times), max_size=2).map(tuple),
    ),
    st.builds(
        GroupDescribed,
        times,
        st.none() | texts,
        st.none() | st.integers(0, 1024),
        st.none() | texts,
        st.none() | st.booleans(),
    ),
    st.builds(ListeningChanged, times, st.booleans(), st.booleans()),
)
