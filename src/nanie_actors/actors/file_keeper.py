"""A group's own files: written behind the shared log, when enough has grown and when somebody asks."""

from __future__ import annotations

import logging
from collections.abc import Callable

from nanie_actors.actors.group_journal import GroupJournal
from nanie_actors.actors.group_ties import GroupTies
from nanie_actors.actors.group_writer import GroupWriter
from nanie_actors.messages import TakeSnapshot
from nanie_actors.model import EpochMs
from nanie_actors.storage.disk import DiskOk, DiskResult
from nanie_actors.timeline.state import GroupState

logger = logging.getLogger(__name__)

SnapshotTaken = Callable[[str | None], None]
"""Gets None, or why there is no snapshot."""

GROUP_FAILED = "the group failed meanwhile: try again"


class FileKeeper:
    """Used by one GroupActor only."""

    def __init__(
        self, ties: GroupTies, state: GroupState, journal: GroupJournal, writer: GroupWriter
    ) -> None:
        self._ties = ties
        self._state = state
        self._journal = journal
        self._writer = writer
        self._told: list[SnapshotTaken] = []
        self._wanted: list[SnapshotTaken] = []
        self._under_way: list[SnapshotTaken] = []

    @property
    def busy(self) -> bool:
        """Whether a write is under way."""
        return self._writer.busy

    @property
    def dirty(self) -> bool:
        """Whether the files do not say what the state says."""
        return self._writer.dirty(self._state)

    def snapshot(self) -> None:
        """Write everything, for the group's own sake. Not while busy."""
        self._writer.snapshot(self._state, self._ties.note)

    def take_snapshot(self, message: TakeSnapshot) -> None:
        """Write everything that was told before; or let go of old messages, if there are any."""
        before = message.without_before
        if before is None or self._has_older(before):
            self._told.append(message.done)
            self._journal.when_settled(self._want_snapshots)
        else:
            message.done(None)

    def catch_up(self) -> None:
        """Write what is only in the shared log; a write that is under way does that as well."""
        if not self._writer.busy:
            self._writer.journal(self._state, self._ties.note)

    def go_on(self) -> None:
        """Something was applied, or a write is over: write again if it is time."""
        if not self._snapshot_if_wanted() and self._writer.due(self._state):
            self._writer.write(self._state, self._ties.note)

    def written(self, seq: int, result: DiskResult) -> None:
        """A write is over; it stored everything up to `seq`, or nothing."""
        ok = self._writer.written(result)
        if ok:
            self._ties.services.pushes.flush(lambda saved: self._caught_up(seq, saved))
        elif not isinstance(result, DiskOk):
            logger.warning("group %s: its files could not be written (%s)", self._ties.group, result.reason)
        under_way, self._under_way = self._under_way, []
        _answer(under_way, None if ok else "the disk refuses writes")
        if not ok:
            # The next try by itself comes with the next growth, not at once: the disk may refuse for long.
            self._snapshot_if_wanted()

    def give_up(self) -> None:
        """The group failed: whoever waits for a snapshot does not get it."""
        _answer([*self._under_way, *self._wanted, *self._told], GROUP_FAILED)

    def _has_older(self, before: EpochMs) -> bool:
        """Whether there are messages to let go of; the next snapshot is then one without them."""
        self._state.recent.expire(before)
        return self._writer.expire(before)

    def _want_snapshots(self) -> None:
        """Called for each that was told, in order."""
        self._wanted.append(self._told.pop(0))
        self._snapshot_if_wanted()

    def _snapshot_if_wanted(self) -> bool:
        if not self._wanted or self._writer.busy:
            return False
        self._under_way, self._wanted = self._wanted, []
        self.snapshot()
        return True

    def _caught_up(self, seq: int, saved: DiskResult) -> None:
        """On the disk's thread: the debts of this moment are on disk too, the shared log may forget."""
        if isinstance(saved, DiskOk):
            self._ties.services.log.caught_up(self._ties.group, seq)


def _answer(waiting: list[SnapshotTaken], failure: str | None) -> None:
    for done in waiting:
        done(failure)
