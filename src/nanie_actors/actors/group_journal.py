"""The way of a group's records to the disk: waiting, flying, landed.

One append is under way at a time; what comes meanwhile waits and flies together. So a failed append can
never be overtaken by a later one, and a busy group writes large batches by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nanie_actors.actors.group_remains import Origin, Unsettled
from nanie_actors.actors.services import Log
from nanie_actors.messages import RunCommand
from nanie_actors.model import GroupId, RowId
from nanie_actors.storage.disk import Done
from nanie_actors.storage.lines import encode_content, number_lines
from nanie_actors.timeline.record_codec import encode_record
from nanie_actors.timeline.records import Record
from nanie_actors.value import Value

FULL_BATCH = 64
"""Records that wait for no more of their kind: a flush costs about as much as handling so many."""


class Entry(Value, frozen=True, gc=False):
    """A record on its way, whoever waits for it, and what its line will say."""

    number: int
    record: Record
    origin: Origin | None
    content: bytes


@dataclass(frozen=True, slots=True)
class Waiter:
    """Something to do once every entry up to a number is settled."""

    number: int
    then: Callable[[], None]
    or_refused: bool


class GroupJournal:
    """Used by one GroupActor only. `waiting` and `flying` are for others to look at."""

    def __init__(self, group: GroupId, log: Log, unsettled: Unsettled) -> None:
        self._group = group
        self._log = log
        self._unsettled = unsettled
        self.waiting: list[Entry] = []
        self.flying: list[Entry] = []
        self._lines: list[bytes] = []
        self._rows: set[RowId] = set()
        self._added = 0
        self._waiters: list[Waiter] = []
        self.refusing = False

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way."""
        return not self.flying and not self.waiting

    @property
    def in_flight(self) -> int:
        """How many records are on their way."""
        return len(self.flying) + len(self.waiting)

    def under_way(self) -> Iterator[Record]:
        """The records that are on their way, in order."""
        return (entry.record for entry in (*self.flying, *self.waiting))

    def has_row(self, row: RowId) -> bool:
        """Whether a record of this router row is on its way."""
        return row in self._rows

    def when_settled(self, then: Callable[[], None], *, or_refused: bool = False) -> None:
        """Do something once everything added so far is on disk: at once if it is.

        `or_refused`: or as soon as the disk refuses, which may last.
        """
        if self.idle or (or_refused and self.refusing):
            then()
        else:
            self._waiters.append(Waiter(self._added, then, or_refused))

    def wake_waiters(self) -> None:
        """Do what `when_settled` put off and can be done now. Call after a batch was applied or refused."""
        if not self._waiters:
            return
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if self._settled(waiter.number) or (waiter.or_refused and self.refusing):
                waiter.then()
            else:
                self._waiters.append(waiter)

    def add(self, record: Record, origin: Origin | None = None) -> None:
        """Put a record on its way, with the next batch. Raises TypeError for what JSON cannot hold."""
        content = encode_content(*encode_record(record))
        self._added += 1
        self.waiting.append(Entry(self._added, record, origin, content))
        if origin is not None:
            self._unsettled.add(origin)
        if isinstance(origin, RunCommand):
            self._rows.add(origin.row.row_id)

    def fly(self, last_seq: int, done: Done) -> None:
        """Send off what waits, numbered from `last_seq` on; nothing to do while a batch is under way."""
        if self.flying or not self.waiting or self.refusing:
            return
        self.flying, self.waiting = self.waiting, []
        self._lines = number_lines(self._group, last_seq + 1, [entry.content for entry in self.flying])
        self._log.append(self._group, self._lines, done)

    def landed(self) -> tuple[list[Entry], list[bytes]]:
        """The batch is durable: its entries in order, whose origins are to be settled, and their lines."""
        entries, self.flying = self.flying, []
        # Not kept until the next batch: a group at rest would hold a hundred kilobytes for a week.
        lines, self._lines = self._lines, []
        return entries, lines

    def settle(self, command: RunCommand) -> None:
        """A command is durable or refused, and whoever waits for it has been told. Not before that: should
        the telling fail, the successor tells."""
        self._unsettled.settle(command)
        self._rows.discard(command.row.row_id)

    def failed(self) -> list[RunCommand]:
        """The batch did not reach the disk. Events wait for the next try; commands are to be refused."""
        self.refusing = True
        entries = self.flying + self.waiting
        self.flying = []
        self.waiting = [entry for entry in entries if not isinstance(entry.origin, RunCommand)]
        refused: list[RunCommand] = []
        for entry in entries:
            if isinstance(entry.origin, RunCommand):
                self.settle(entry.origin)
                refused.append(entry.origin)
        return refused

    def _settled(self, number: int) -> bool:
        oldest = next(iter(self.flying or self.waiting), None)
        return oldest is None or oldest.number > number
