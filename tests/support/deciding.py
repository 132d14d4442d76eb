"""A group's decisions and its state, joined as its actor joins them, without actor and disk."""

from __future__ import annotations

from typing import Any

import orjson
from making import GROUP, NOON

from nanie_actors.actors.group_knowledge import GroupKnowledge, seen_keys
from nanie_actors.model import (
    EpochMs,
    GroupId,
    GroupSeen,
    MessageArrived,
    MessageEdited,
    MessageId,
    MessageRevoked,
    RowId,
    SenderId,
)
from nanie_actors.packed_keys import PackedKeys
from nanie_actors.protocol.commands import AddEvent, EventData
from nanie_actors.timeline.decisions import EventDecider
from nanie_actors.timeline.extractor import ExtractedEvent
from nanie_actors.timeline.message_log import fold
from nanie_actors.timeline.records import ListeningChanged, LogExtracted, Record
from nanie_actors.timeline.state import GroupState


class Words:
    """One event a word: enough to see what was extracted from which text."""

    name = "words"

    def extract(self, text: str, at: EpochMs) -> list[ExtractedEvent]:
        return [ExtractedEvent(at, "other", word, word) for word in text.split()]


class Group:
    """A decider and a state, joined as the GroupActor joins them, without actor and disk."""

    def __init__(self, group: GroupId = GROUP, *, active: bool = True) -> None:
        self.state = GroupState(group, recent_messages=10)
        self.log: list[dict[str, Any]] = []
        self.durable: set[int] = set()
        self.begin()
        if active:
            self.apply(ListeningChanged(NOON, active=True, archived=False))

    def begin(self) -> None:
        """Another incarnation, which knows what is on disk."""
        self.knowledge = GroupKnowledge(
            self.state,
            PackedKeys(self.durable),
            under_way=lambda: (),
            stored=lambda _: iter(self.log),
            posting=lambda _: None,
        )
        self.decider = EventDecider(Words(), self.knowledge)

    def listen(self) -> None:
        """Somebody listens from now on: what was logged is read."""
        found = [self.decider.events_of(m.message, m.edited_at) for m in fold(self.state.group, self.log)]
        self.apply(LogExtracted(NOON, tuple(event for events in found for event in events)))
        self.apply(ListeningChanged(NOON, active=True, archived=False))

    def tell(self, told: MessageArrived | MessageEdited | MessageRevoked | GroupSeen) -> object:
        record = self.decider.decide(self.state, told)
        if record is not None:
            self.apply(record)
        return record

    def apply(self, record: Record) -> None:
        self.knowledge.take_in(record)
        self.durable.update(seen_keys(record))
        applied = self.state.apply(self.state.seq + 1, record)
        if applied.message_line is not None:
            self.log.append(orjson.loads(applied.message_line))

    def add(self, row: str, text: str, data: EventData | None = None) -> None:
        command = AddEvent.model_validate({"action": "ADD_EVENT", "text": text, "eventData": data})
        self.apply(self.decider.added(self.state, RowId(row), command, NOON))

    @property
    def labels(self) -> list[str]:
        return [e.label for e in self.state.timeline]


def edited(number: int, text: str, at: int = NOON + 3_600_000) -> MessageEdited:
    return MessageEdited(GROUP, MessageId(f"M{number}"), SenderId("alice"), "Alice", EpochMs(at), text)


def revoked(number: int) -> MessageRevoked:
    return MessageRevoked(GROUP, MessageId(f"M{number}"), SenderId("alice"), EpochMs(NOON + 3_600_000))
