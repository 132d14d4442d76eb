"""One group's own files, written behind the shared log: journal, snapshot, message log, seen messages."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from nanie_actors.model import GroupId
from nanie_actors.storage.disk import Disk, DiskError, DiskOk, DiskResult, Done, Lane
from nanie_actors.storage.group_journal import GroupJournal
from nanie_actors.storage.group_load import UNCLAIMED, GroupLoader, Repairs, StoredGroup
from nanie_actors.storage.group_snapshot import (
    JOURNAL,
    MESSAGES,
    Add,
    Adopt,
    Cut,
    Doubt,
    Extent,
    Put,
    SnapshotData,
    Step,
    retry_steps,
    snapshot_steps,
)
from nanie_actors.storage.lane_worker import tell

__all__ = ["RECENT_MESSAGES", "GroupFiles", "SnapshotData", "StoredGroup"]

log = logging.getLogger(__name__)

RECENT_MESSAGES = 200
"""Lines of the message log that `load` returns unless it is told otherwise."""


class GroupFiles:
    """The files in `memory/<groupId>/`, used by the group's one GroupActor and by nobody else.

    Writes go to the disk's bulk lane; callbacks come on its thread. One snapshot at a time.
    """

    def __init__(self, disk: Disk, folder: Path, group: GroupId) -> None:
        self._disk = disk
        self._folder = folder
        self._group = group
        self._journal = GroupJournal(disk, folder / JOURNAL, group)
        self._extent = Extent()
        self._untidy = False  # a snapshot failed: the growing files may be longer than the extent says
        self._doubt: Doubt | None = None
        self._snapshotting = False

    def load(self, recent: int = RECENT_MESSAGES) -> StoredGroup:
        """Read everything; synchronous, before any write. Raises CorruptGroup naming a damaged file.

        A torn last line of the journal, and what an interrupted snapshot left, are cut off.
        """
        loader = GroupLoader(self._disk, self._folder, self._group)
        stored = loader.load(recent)
        self._extent = loader.extent
        self._journal.loaded(stored.last_seq, loader.repairs.journal_torn_at)
        self._repair(loader.repairs)
        return stored

    def journal(self, lines: Sequence[bytes], done: Done) -> None:
        """Append record lines, in the order of their numbers.

        DiskOk: the journal is durable up to here, also what `load` found in it. After a kill that is not so
        by itself, so `SharedLog.caught_up` comes after this, never right after `load`; no lines will do.
        """
        self._journal.append(lines, done)

    def snapshot(self, data: SnapshotData, done: Done) -> None:
        """Write a snapshot; DiskOk once it counts, that is when `group.json` is in place.

        Before that everything is as if it had not begun, whatever the moment of a crash or a failure: the
        records it covers are still in the journal or the shared log. Until then the journal must not skip
        any of them: newer lines after a gap would be a hole. That the journal cannot be shortened afterwards
        is no failure.
        """
        if self._snapshotting:
            raise RuntimeError("one snapshot of a group at a time")
        steps, extent = self._steps(data)
        self._snapshotting = True

        def settled(result: DiskResult) -> None:
            if isinstance(result, DiskOk):
                self._extent, self._untidy, self._doubt = extent, False, None
                self._adopt_rewritten()
                self._shorten_journal(data.journal_after_seq, done)
            else:
                self._note_failure(data, steps[-1], extent)
                self._snapshotting = False
                done(result)

        self._in_turn(steps, settled)

    def messages(self, holding: bytes = b"") -> Iterator[dict[str, Any]]:
        """The message log of the last snapshot in order, with bounded memory, whatever is written now.

        Only the lines that hold these bytes, as they are in JSON.
        """
        while True:
            extent = self._extent
            chunks = self._disk.chunks(self._folder / extent.message_log)
            chunk = next(chunks, b"")
            if self._extent is extent:  # else a snapshot was finished just before the file was opened
                break
        left = extent.messages
        rest = b""
        while chunk and left > 0:
            *lines, rest = (rest + chunk[:left]).split(b"\n")
            yield from (orjson.loads(line) for line in lines if holding in line)
            left -= len(chunk)
            chunk = next(chunks, b"")

    def erase(self, done: Done) -> None:
        """Remove the group's folder with all it holds, after `SharedLog.forget` has been told DiskOk."""
        self._disk.remove(self._folder, lane=Lane.BULK, done=done)

    def _steps(self, data: SnapshotData) -> tuple[list[Step], Extent]:
        if self._doubt is not None:
            return retry_steps(data, self._doubt)
        return snapshot_steps(data, self._extent, untidy=self._untidy)

    def _note_failure(self, data: SnapshotData, last: Step, extent: Extent) -> None:
        self._untidy = True
        if isinstance(last, Put) and self._disk.read(self._folder / last.name) == last.data:
            self._doubt = Doubt(data, last, extent)

    def _in_turn(self, steps: Sequence[Step], done: Done) -> None:
        """Take the steps one after the other, up to the first that fails.

        They follow one another without anything between: whoever waits for the lane to have done what was
        asked for so far, such as a successor of the group's actor, waits for all of them.
        """

        def settled(result: DiskResult) -> None:
            if isinstance(result, DiskOk) and len(steps) > 1:
                self._in_turn(steps[1:], done)
            else:
                tell(done, result)

        self._take(steps[0], settled)

    def _take(self, step: Step, done: Done) -> None:
        path = self._folder / step.name
        match step:
            case Add(data=data):
                self._disk.append(path, data, lane=Lane.BULK, done=done, following=True)
            case Put(data=data):
                self._disk.replace(path, data, lane=Lane.BULK, done=done, following=True)
            case Cut(length=length):
                self._disk.truncate(path, length, lane=Lane.BULK, done=done, following=True)
            case Adopt():
                self._disk.rename(path, self._folder / MESSAGES, lane=Lane.BULK, done=done, following=True)

    def _adopt_rewritten(self) -> None:
        """Give a rewritten message log its name. If that fails, the next snapshot begins with it."""
        before = self._extent
        if before.message_log == MESSAGES:
            return
        minor = self._minor("renaming the message log")

        def settled(result: DiskResult) -> None:
            minor(result)
            if isinstance(result, DiskOk) and self._extent is before:
                self._extent = replace(before, message_log=MESSAGES)

        self._take(Adopt(before.message_log), settled)

    def _shorten_journal(self, after: int, done: Done) -> None:
        """The snapshot counts: the journal needs only what is newer."""
        minor = self._minor("shortening the journal")

        def settled(result: DiskResult) -> None:
            minor(result)
            self._snapshotting = False
            done(DiskOk())

        self._journal.shorten(after, settled)

    def _repair(self, repairs: Repairs) -> None:
        self._untidy = repairs.untidy
        if repairs.journal_torn_at is not None:
            log.warning("group %s: a torn line at the end of %s is cut off", self._group, JOURNAL)
        for name in repairs.aside:
            path = self._folder / name
            done = self._minor(f"putting {name} aside")
            self._disk.rename(path, path.with_name(name + UNCLAIMED), lane=Lane.BULK, done=done)
        for name in repairs.leftovers:
            self._disk.remove(self._folder / name, lane=Lane.BULK, done=self._minor(f"removing {name}"))
        self._adopt_rewritten()

    def _minor(self, what: str) -> Done:
        def done(result: DiskResult) -> None:
            if isinstance(result, DiskError):
                log.warning("group %s: %s failed: %s", self._group, what, result.reason)

        return done
