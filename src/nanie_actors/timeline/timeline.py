"""The ordered events of one group: a data structure, without disk, clock or actor."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence

from nanie_actors.model import EventId, MessageId, SenderId
from nanie_actors.timeline.codec import encode_event
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.timeline.versions import newer

MessageKey = tuple[SenderId, MessageId]
"""What identifies a message within its group."""


class Timeline:
    """Events ascending by time (ties by id), each with its JSON kept encoded.

    Deleted ids are remembered, so that extracting the same message again does not bring an event back.
    """

    __slots__ = ("_by_message", "_encoded", "_events", "_order", "deleted")

    def __init__(self, events: Iterable[TimelineEvent] = (), deleted: Iterable[EventId] = ()) -> None:
        self.deleted: set[EventId] = set(deleted)
        self._events: dict[EventId, TimelineEvent] = {}
        self._encoded: dict[EventId, bytes] = {}
        self._by_message: dict[MessageKey, tuple[EventId, ...]] = {}
        self._order: list[tuple[int, EventId]] = []
        for event in events:
            self._store(event)
        self._order = sorted((event.timestamp, event.id) for event in self._events.values())

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, event_id: EventId) -> bool:
        return event_id in self._events

    def __iter__(self) -> Iterator[TimelineEvent]:
        return (self._events[event_id] for _, event_id in self._order)

    def get(self, event_id: EventId) -> TimelineEvent | None:
        """The event, if it is in the timeline."""
        return self._events.get(event_id)

    def put(self, event: TimelineEvent) -> bool:
        """Add an event, or replace it by a version that is no older; says whether anything changed.

        A deleted id stays deleted.
        """
        before = self._events.get(event.id)
        if before is not None:
            event = newer(before, event)
        if event.id in self.deleted or before == event:
            return False
        if before is None or before.timestamp != event.timestamp:
            if before is not None:
                self._drop_from_order(before)
            insort(self._order, (event.timestamp, event.id))
        self._store(event)
        return True

    def delete(self, ids: Sequence[EventId]) -> bool:
        """Remove events for good; says whether any was there.

        An id that is not there is remembered as well: the outcome must not depend on what else is known, or
        applying the same records over a newer timeline would end in another one.
        """
        removed = [self.withdraw(event_id) for event_id in ids]
        self.deleted.update(ids)
        return any(removed)

    def withdraw(self, event_id: EventId) -> bool:
        """Remove one event without remembering it: its message no longer says so, but may again."""
        event = self._events.pop(event_id, None)
        if event is None:
            return False
        del self._encoded[event_id]
        self._drop_from_order(event)
        return True

    def of_message(self, key: MessageKey) -> tuple[EventId, ...]:
        """The ids of the events read from a message that are still in the timeline."""
        return tuple(event_id for event_id in self._by_message.get(key, ()) if event_id in self._events)

    def last(self, count: int) -> tuple[bytes, ...]:
        """The newest `count` events as JSON, oldest of them first."""
        return tuple([self._encoded[event_id] for _, event_id in self._order[-count:]])

    def newest(self) -> Iterator[TimelineEvent]:
        """All events, newest first."""
        return (self._events[event_id] for _, event_id in reversed(self._order))

    def to_json(self) -> bytes:
        """The whole timeline as a JSON array, one event a line, so that people and diffs can read it."""
        lines = b",\n".join([self._encoded[event_id] for _, event_id in self._order])
        return b"[\n" + lines + b"\n]\n" if lines else b"[]\n"

    def _store(self, event: TimelineEvent) -> None:
        self._events[event.id] = event
        self._encoded[event.id] = encode_event(event)
        if event.source is not None:
            key = (SenderId(event.source.sender), event.source.message_id)
            known = self._by_message.get(key, ())
            if event.id not in known:
                self._by_message[key] = (*known, event.id)

    def _drop_from_order(self, event: TimelineEvent) -> None:
        del self._order[bisect_left(self._order, (event.timestamp, event.id))]
