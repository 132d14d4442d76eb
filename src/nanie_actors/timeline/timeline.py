"""The ordered events of one group: a data structure, without disk, clock or actor.

An event is kept as the JSON that files and conversations are given, and read from it when somebody asks for
the event itself, which is rare: a timeline is hundreds of times written and pushed for each time that an
event of it is edited. That is a third of the memory that objects beside their JSON would take, and a timeline
that is read from disk needs no decoding: it is not even taken apart before something in it changes or is
looked for, as whoever is only shown it needs its end.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from nanie_actors.model import EventId, MessageId, SenderId
from nanie_actors.packed_keys import PackedKeys, text_key
from nanie_actors.timeline.codec import decode_event, encode_event, places_of, source_of, timestamp_of
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.timeline.versions import newer

_BEGIN, _BETWEEN, _END, _NOTHING = b"[\n", b",\n", b"\n]\n", b"[]\n"
_BEGIN_OF_OURS = _BEGIN + b'{"id":"'
"""How JSON is laid out; none of them is ever within an event, as JSON writes a line's end differently."""

MessageKey = tuple[SenderId, MessageId]
"""What identifies a message within its group."""


class Timeline:
    """Events ascending by time (ties by id).

    Deleted ids are remembered, by their keys: extracting the same message again does not bring an event back.
    """

    __slots__ = ("_by_id", "_by_message", "_ids", "_lines", "_times", "_whole", "deleted")

    def __init__(self, events: Iterable[TimelineEvent] = (), deleted: PackedKeys | None = None) -> None:
        self.deleted = PackedKeys() if deleted is None else deleted
        self._whole: bytes | None = None
        self._take(events)

    def _take(self, events: Iterable[TimelineEvent]) -> None:
        ordered = sorted({event.id: event for event in events}.values(), key=_place)
        self._times: list[int] = [event.timestamp for event in ordered]
        self._ids: list[EventId] = [event.id for event in ordered]
        self._lines: list[bytes] = [encode_event(event) for event in ordered]
        self._index()

    @classmethod
    def of_json(cls, whole: bytes, deleted: PackedKeys) -> Timeline:
        """What `to_json` wrote, to the byte: see `is_laid_out`."""
        timeline = cls((), deleted)
        timeline._whole = whole
        return timeline

    @staticmethod
    def is_laid_out(whole: bytes) -> bool:
        """Whether `to_json` wrote it. Of events, that is: not of none."""
        return whole.startswith(_BEGIN_OF_OURS) and whole.endswith(_END)

    def _take_apart(self) -> None:
        """Of 10,000 events it takes about as long as reading them from disk; once in a life."""
        if self._whole is None:
            return
        lines = self._whole[len(_BEGIN) : -len(_END)].split(_BETWEEN)
        found = places_of(lines)
        self._whole = None
        if found is None:  # ids that JSON writes in its own way
            self._take(map(decode_event, lines))
        else:
            self._times, self._ids = found
            self._lines = lines
            self._index()

    def _index(self) -> None:
        self._by_id: dict[EventId, bytes] = dict(zip(self._ids, self._lines, strict=True))
        # Made when it is first asked for: only edits and deletions of messages need it.
        self._by_message: dict[MessageKey, tuple[EventId, ...]] | None = None

    def __len__(self) -> int:
        return len(self._ids) if self._whole is None else self._whole.count(_BETWEEN) + 1

    def __contains__(self, event_id: EventId) -> bool:
        self._take_apart()
        return event_id in self._by_id

    def __iter__(self) -> Iterator[TimelineEvent]:
        self._take_apart()
        return (decode_event(line) for line in self._lines)

    def get(self, event_id: EventId) -> TimelineEvent | None:
        """The event, if it is in the timeline."""
        self._take_apart()
        line = self._by_id.get(event_id)
        return None if line is None else decode_event(line)

    def put(self, event: TimelineEvent) -> bool:
        """Add an event, or replace it by a version that is no older; says whether anything changed.

        A deleted id stays deleted.
        """
        if self._whole is not None:
            self._take_apart()
        known = self._by_id.get(event.id)
        if self.deleted and text_key(event.id) in self.deleted:
            return False
        if known is not None:
            event = newer(decode_event(known), event)
            if encode_event(event) == known:
                return False
            self._take_out(event.id, known)
        self._put_in(event)
        return True

    def delete(self, ids: Sequence[EventId]) -> bool:
        """Remove events for good; says whether any was there.

        An id that is not there is remembered as well: the outcome must not depend on what else is known, or
        applying the same records over a newer timeline would end in another one.
        """
        removed = [self.withdraw(event_id) for event_id in ids]
        self.deleted.update(map(text_key, ids))
        return any(removed)

    def withdraw(self, event_id: EventId) -> bool:
        """Remove one event without remembering it: its message no longer says so, but may again."""
        self._take_apart()
        line = self._by_id.get(event_id)
        if line is None:
            return False
        self._take_out(event_id, line)
        return True

    def of_message(self, key: MessageKey) -> tuple[EventId, ...]:
        """The ids of the events read from a message that are still in the timeline, in no particular order.

        The first time it takes about a microsecond for each event that there is.
        """
        self._take_apart()
        if self._by_message is None:
            self._by_message = {}
            for event_id, line in zip(self._ids, self._lines, strict=True):
                self._note_source(event_id, line)
        return self._by_message.get(key, ())

    def last(self, count: int) -> tuple[bytes, ...]:
        """The newest `count` events as JSON, oldest of them first."""
        if self._whole is None:
            return tuple(self._lines[-count:])
        # Looked for from its end: to copy it as a whole, for its last twentieth, takes three milliseconds.
        start = end = len(self._whole) - len(_END)
        for _ in range(count):
            start = self._whole.rfind(_BETWEEN, len(_BEGIN), start)
            if start < 0:
                return tuple(self._whole[len(_BEGIN) : end].split(_BETWEEN))
        return tuple(self._whole[start + len(_BETWEEN) : end].split(_BETWEEN))

    def newest(self) -> Iterator[TimelineEvent]:
        """All events, newest first."""
        self._take_apart()
        return (decode_event(line) for line in reversed(self._lines))

    def to_json(self) -> bytes:
        """The whole timeline as a JSON array, one event a line, so that people and diffs can read it."""
        if self._whole is not None:
            return self._whole
        return _BEGIN + _BETWEEN.join(self._lines) + _END if self._lines else _NOTHING

    def _put_in(self, event: TimelineEvent) -> None:
        line, event_id, timestamp = encode_event(event), event.id, event.timestamp
        if not self._times or timestamp > self._times[-1]:  # nearly always
            self._times.append(timestamp)
            self._ids.append(event_id)
            self._lines.append(line)
        else:
            at = self._where(timestamp, event_id)
            self._times.insert(at, timestamp)
            self._ids.insert(at, event_id)
            self._lines.insert(at, line)
        self._by_id[event_id] = line
        if self._by_message is not None:
            self._note_source(event_id, line)

    def _take_out(self, event_id: EventId, line: bytes) -> None:
        at = self._where(timestamp_of(line), event_id)
        del self._times[at], self._ids[at], self._lines[at], self._by_id[event_id]
        if self._by_message is not None and (key := source_of(line)) is not None:
            left = tuple(other for other in self._by_message[key] if other != event_id)
            if left:
                self._by_message[key] = left
            else:
                del self._by_message[key]

    def _note_source(self, event_id: EventId, line: bytes) -> None:
        key = source_of(line)
        if key is not None and self._by_message is not None:
            self._by_message[key] = (*self._by_message.get(key, ()), event_id)

    def _where(self, timestamp: int, event_id: EventId) -> int:
        """Where an event stands, or belongs."""
        times = self._times
        first = bisect_left(times, timestamp)
        return bisect_left(self._ids, event_id, first, bisect_right(times, timestamp, first))


def _place(event: TimelineEvent) -> tuple[int, EventId]:
    return event.timestamp, event.id
