"""The way of a group's records to the disk: waiting, flying, landed.

One append is under way at a time; what comes meanwhile waits and flies together. So a failed append can
never be overtaken by a later one, and a busy group writes large batches by itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from nanie_actors.actors.services import Log
from nanie_actors.messages import Deliver, RunCommand
from nanie_actors.model import GroupId, RowId
from nanie_actors.storage.disk import Done
from nanie_actors.storage.lines import encode_line
from nanie_actors.timeline.record_codec import encode_record
from nanie_actors.timeline.records import Record

Origin = Deliver | RunCommand


class Unsettled:
    """What a group was told and has not settled, in order. Lives longer than an incarnation of its actor:
    a successor handles it again, and recognises what its predecessor had already made durable."""

    __slots__ = ("_origins",)

    def __init__(self) -> None:
        self._origins: deque[Origin] = deque()

    def add(self, origin: Origin) -> None:
        """Taken from the mailbox, on its way to the disk."""
        self._origins.append(origin)

    def settle(self, origin: Origin) -> None:
        """Durable, or refused with an answer."""
        if self._origins and self._origins[0] is origin:
            self._origins.popleft()
        else:
            self._origins.remove(origin)

    def take_all(self) -> list[Origin]:
        """What the predecessor left; the successor handles it again."""
        left = list(self._origins)
        self._origins.clear()
        return left


@dataclass(frozen=True, slots=True)
class Entry:
    """A record on its way, and whoever waits for it."""

    record: Record
    origin: Origin | None


class GroupJournal:
    """Used by one GroupActor only."""

    def __init__(self, group: GroupId, log: Log, unsettled: Unsettled) -> None:
        self._group = group
        self._log = log
        self._unsettled = unsettled
        self._waiting: list[Entry] = []
        self._flying: list[Entry] = []
        self._lines: list[bytes] = []
        self._rows: set[RowId] = set()
        self._added = 0
        self._settled = 0
        self._waiters: deque[tuple[int, Callable[[], None]]] = deque()
        self.refusing = False

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way."""
        return not self._flying and not self._waiting

    @property
    def in_flight(self) -> int:
        """How many records are on their way."""
        return len(self._flying) + len(self._waiting)

    def has_row(self, row: RowId) -> bool:
        """Whether a record of this router row is on its way."""
        return row in self._rows

    def when_settled(self, then: Callable[[], None]) -> None:
        """Do something once everything added so far is on disk (or refused): at once if it is."""
        if self.idle:
            then()
        else:
            self._waiters.append((self._added, then))

    def wake_waiters(self) -> None:
        """Do what `when_settled` put off and can be done now. Call after a batch was applied."""
        while self._waiters and self._waiters[0][0] <= self._settled:
            self._waiters.popleft()[1]()

    def add(self, record: Record, origin: Origin | None = None) -> None:
        """Put a record on its way; it flies with the next batch."""
        self._waiting.append(Entry(record, origin))
        self._added += 1
        if origin is not None:
            self._unsettled.add(origin)
        if isinstance(origin, RunCommand):
            self._rows.add(origin.row.row_id)

    def fly(self, last_seq: int, done: Done) -> None:
        """Send off what waits, numbered from `last_seq` on; nothing to do while a batch is under way."""
        if self._flying or not self._waiting or self.refusing:
            return
        self._flying, self._waiting = self._waiting, []
        self._lines = [
            _line(self._group, last_seq + place, entry.record) for place, entry in enumerate(self._flying, 1)
        ]
        self._log.append(self._group, self._lines, done)

    def landed(self) -> tuple[list[Entry], list[bytes]]:
        """The batch is durable: its entries in order, and their lines. They are settled now."""
        entries, self._flying = self._flying, []
        for entry in entries:
            self._settle(entry)
        return entries, self._lines

    def failed(self) -> list[RunCommand]:
        """The batch did not reach the disk. Events wait for the next try; commands come back, to be refused."""
        self.refusing = True
        entries = self._flying + self._waiting
        self._flying = []
        self._waiting = [entry for entry in entries if not isinstance(entry.origin, RunCommand)]
        refused = [entry for entry in entries if isinstance(entry.origin, RunCommand)]
        for entry in refused:
            self._settle(entry)
        return [entry.origin for entry in refused if isinstance(entry.origin, RunCommand)]

    def _settle(self, entry: Entry) -> None:
        self._settled += 1
        if entry.origin is not None:
            self._unsettled.settle(entry.origin)
        if isinstance(entry.origin, RunCommand):
            self._rows.discard(entry.origin.row.row_id)


def _line(group: GroupId, seq: int, record: Record) -> bytes:
    kind, at, data = encode_record(record)
    return encode_line(group, seq, kind, at, data)
