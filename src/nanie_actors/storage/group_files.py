"""One group's own files, written behind the shared log: journal, snapshot, message log, seen messages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from nanie_actors.model import GroupId
from nanie_actors.storage.disk import Disk, DiskError, DiskOk, DiskResult, Done, Lane
from nanie_actors.storage.group_load import (
    FILES,
    JOURNAL,
    MESSAGES,
    META,
    REWRITTEN,
    SEEN,
    TIMELINE,
    GroupLoader,
    Lengths,
    StoredGroup,
)
from nanie_actors.storage.lane_worker import tell
from nanie_actors.storage.lines import line_owner

log = logging.getLogger(__name__)

RECENT_MESSAGES = 200
"""Lines of the message log that `load` returns unless it is told otherwise."""

Step = Callable[[Done], None]


@dataclass(frozen=True, slots=True)
class SnapshotData:
    """A group's state, encoded. What follows record `journal_after_seq` stays in the journal.

    `timeline` is None if it is as it was at the last snapshot. `meta` is a JSON object with at least `format`
    and `seq`. `new_messages` are JSON lines for the message log, `new_seen` 8-byte keys, both since the last
    snapshot that was told DiskOk; `messages_rewritten` replaces the whole message log instead.
    """

    timeline: bytes | None
    meta: bytes
    new_messages: bytes
    new_seen: bytes
    journal_after_seq: int
    messages_rewritten: bytes | None = None


class GroupFiles:
    """The files in `memory/<groupId>/`, used by the group's one GroupActor and by nobody else.

    Writes go to the disk's bulk lane; callbacks come on its thread. One snapshot at a time.
    """

    def __init__(self, disk: Disk, folder: Path, group: GroupId) -> None:
        self._disk = disk
        self._folder = folder
        self._group = group
        self._lock = threading.RLock()  # a closed disk answers at once, inside the call
        self._unsettled: dict[int, Sequence[bytes]] = {}
        self._appends = 0
        self._last_seq = 0
        self._lengths = Lengths()
        self._message_log = MESSAGES  # or the name of the rewritten one that has not been renamed yet
        self._untidy = False  # a snapshot failed: the growing files may be longer than they should be
        self._snapshotting = False

    def load(self, recent: int = RECENT_MESSAGES) -> StoredGroup:
        """Read everything; synchronous, before any write. Raises CorruptGroup naming a damaged file.

        A torn last line of the journal, and what an interrupted snapshot left, are cut off.
        """
        loader = GroupLoader(self._disk, self._folder, self._group)
        stored = loader.load(recent)
        self._lengths = loader.lengths
        self._last_seq = stored.last_seq
        repairs = loader.repairs
        for name, length in repairs.cuts.items():
            log.warning("group %s: an unfinished write at the end of %s is cut off", self._group, name)
            self._disk.truncate(
                self._folder / name, length, lane=Lane.BULK, done=self._minor(f"cutting {name}")
            )
        for name in repairs.leftovers:
            self._disk.remove(self._folder / name, lane=Lane.BULK, done=self._minor(f"removing {name}"))
        if repairs.adopt:
            self._adopt(repairs.adopt)
        return stored

    def journal(self, lines: Sequence[bytes], done: Done) -> None:
        """Append record lines, in the order of their numbers.

        DiskOk: the journal is durable up to here, also what `load` found in it. After a kill that is not so
        by itself, so `SharedLog.caught_up` comes after this, never right after `load`; no lines will do.
        """
        if not lines:
            self._disk.append(self._folder / JOURNAL, b"", lane=Lane.BULK, done=done)
            return
        owner = line_owner(lines[-1])
        if owner is None or owner[0] != self._group:
            raise ValueError("a journal line must be one of encode_line, of this group")

        def settled(result: DiskResult) -> None:
            with self._lock:
                del self._unsettled[number]
            done(result)

        with self._lock:
            self._appends += 1
            number = self._appends
            self._unsettled[number] = lines
            self._last_seq = max(self._last_seq, owner[1])
            self._disk.append(self._folder / JOURNAL, b"".join(lines), lane=Lane.BULK, done=settled)

    def snapshot(self, data: SnapshotData, done: Done) -> None:
        """Write a snapshot; DiskOk once it counts, that is when `group.json` is in place.

        Before that everything is as if it had not begun, whatever the moment of a crash or a failure: the
        records it covers are still in the journal. A journal that cannot be shortened then is no failure.
        """
        if self._snapshotting:
            raise RuntimeError("one snapshot of a group at a time")
        self._snapshotting = True
        lengths, steps = self._steps(data)

        def settled(result: DiskResult) -> None:
            if isinstance(result, DiskOk):
                self._lengths, self._untidy = lengths, False
                self._shorten_journal(data, done)
            else:
                self._untidy = True
                self._snapshotting = False
                done(result)

        _in_turn(steps, settled)

    def messages(self) -> Iterator[dict[str, Any]]:
        """The message log in order, with bounded memory; a snapshot meanwhile does not disturb it.

        An interrupted snapshot may have left lines twice: the last of one message counts.
        """
        rest = b""
        for chunk in self._disk.chunks(self._folder / self._message_log):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield orjson.loads(line)

    def erase(self, done: Done) -> None:
        """Remove the group's folder with all it holds, after `SharedLog.forget` has been told DiskOk."""
        self._disk.remove(self._folder, lane=Lane.BULK, done=done)

    def _steps(self, data: SnapshotData) -> tuple[Lengths, list[Step]]:
        """The snapshot, step by step, each only after the one before it is durable; and the lengths then."""
        steps: list[Step] = []
        if self._message_log != MESSAGES:
            steps.append(self._renaming(self._message_log))
        if self._untidy:
            steps += [self._cut(MESSAGES, self._lengths.messages), self._cut(SEEN, self._lengths.seen)]
        lengths = Lengths(self._lengths.messages, self._lengths.seen + len(data.new_seen))
        rewritten: str | None = None
        if data.messages_rewritten is not None:
            rewritten = f"{data.journal_after_seq}{REWRITTEN}"
            lengths.messages = len(data.messages_rewritten)
            steps.append(self._replacing(rewritten, data.messages_rewritten))
        elif data.new_messages:
            lengths.messages += len(data.new_messages)
            steps.append(self._appending(MESSAGES, data.new_messages))
        if data.new_seen:
            steps.append(self._appending(SEEN, data.new_seen))
        if data.timeline is not None:
            steps.append(self._replacing(TIMELINE, data.timeline))
        steps.append(self._replacing(META, _with_files(data.meta, lengths, rewritten)))
        return lengths, steps

    def _shorten_journal(self, data: SnapshotData, done: Done) -> None:
        """The snapshot counts: the journal needs only what is newer. On the bulk lane's thread."""
        if data.messages_rewritten is not None:
            self._adopt(f"{data.journal_after_seq}{REWRITTEN}")
        path = self._folder / JOURNAL
        minor = self._minor("shortening the journal")

        def settled(result: DiskResult) -> None:
            minor(result)
            self._snapshotting = False
            done(DiskOk())

        # Nothing settles while we are on the lane's thread, so what is on the disk and what still waits
        # for it are together all there is.
        written = self._disk.read(path) or b"" if self._last_seq > data.journal_after_seq else b""
        with self._lock:
            waiting = b"".join(line for lines in self._unsettled.values() for line in lines)
            newer = _newer(written + waiting, data.journal_after_seq)
            if newer:
                self._disk.replace(path, newer, lane=Lane.BULK, done=settled)
            else:
                self._disk.truncate(path, 0, lane=Lane.BULK, done=settled)

    def _adopt(self, name: str) -> None:
        """The rewritten message log counts: give it its name."""
        self._message_log = name
        self._renaming(name)(self._minor("renaming the message log"))

    def _renaming(self, name: str) -> Step:
        def step(done: Done) -> None:
            def settled(result: DiskResult) -> None:
                if isinstance(result, DiskOk):
                    self._message_log = MESSAGES
                done(result)

            self._disk.rename(self._folder / name, self._folder / MESSAGES, lane=Lane.BULK, done=settled)

        return step

    def _appending(self, name: str, data: bytes) -> Step:
        return lambda done: self._disk.append(self._folder / name, data, lane=Lane.BULK, done=done)

    def _replacing(self, name: str, data: bytes) -> Step:
        return lambda done: self._disk.replace(self._folder / name, data, lane=Lane.BULK, done=done)

    def _cut(self, name: str, length: int) -> Step:
        return lambda done: self._disk.truncate(self._folder / name, length, lane=Lane.BULK, done=done)

    def _minor(self, what: str) -> Done:
        def done(result: DiskResult) -> None:
            if isinstance(result, DiskError):
                log.warning("group %s: %s failed: %s", self._group, what, result.reason)

        return done


def _in_turn(steps: Sequence[Step], done: Done) -> None:
    """Take the steps one after the other, up to the first that fails."""

    def after(result: DiskResult) -> None:
        if isinstance(result, DiskOk) and len(steps) > 1:
            _in_turn(steps[1:], done)
        else:
            tell(done, result)

    steps[0](after)


def _with_files(meta: bytes, lengths: Lengths, rewritten: str | None) -> bytes:
    """Add storage's own key to a JSON object without reading it: it may be large."""
    body = meta.rstrip()
    if not body.endswith(b"}") or b":" not in body:
        raise ValueError("the meta of a snapshot must be a JSON object with format and seq")
    files: dict[str, Any] = {"messages": lengths.messages, "seen": lengths.seen}
    if rewritten:
        files["rewritten"] = rewritten
    return body[:-1].rstrip() + b',"%b":%b}\n' % (FILES.encode(), orjson.dumps(files))


def _newer(blob: bytes, seq: int) -> bytes:
    owned = [(line_owner(line), line) for line in blob.splitlines(keepends=True)]
    return b"".join(line for owner, line in owned if owner and owner[1] > seq)
