"""A group's own files, written behind the shared log: when to journal, when to snapshot, and with what."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from nanie_actors.actors.group_knowledge import seen_keys
from nanie_actors.actors.group_remains import WritesUnderWay
from nanie_actors.messages import FilesWritten
from nanie_actors.model import EpochMs, GroupId
from nanie_actors.storage.disk import DiskOk, DiskResult, Done
from nanie_actors.storage.group_files import GroupFiles, SnapshotData
from nanie_actors.timeline.codec import compact_json
from nanie_actors.timeline.message_log import is_older, younger
from nanie_actors.timeline.records import (
    Record,
)
from nanie_actors.timeline.state import Applied, GroupState
from nanie_actors.timeline.stored import meta_bytes

JOURNAL_AFTER_LINES = 512
"""Lines that may be in the shared log alone: a write of its own for fewer would cost more than it frees."""

SNAPSHOT_AFTER_LINES = 1_000
"""The least growth that is worth a snapshot. Beyond it a snapshot comes after half as many records as the
timeline has events, so that its cost per event stays the same however long the timeline is."""

Tell = Callable[[FilesWritten], None]


@dataclass(frozen=True, slots=True)
class Marks:
    """How far the group's snapshot goes, if there is one."""

    seq: int
    revision: int
    exists: bool


@dataclass(frozen=True, slots=True)
class Undo:
    """What to go back to when the write that is under way fails."""

    unjournaled: list[bytes]
    new_messages: list[bytes]
    new_seen: list[int]
    since_snapshot: int
    marks: Marks


class GroupWriter:
    """Used by one GroupActor only; one write is under way at a time."""

    def __init__(
        self,
        group: GroupId,
        files: GroupFiles,
        writes: WritesUnderWay,
        *,
        message_log: int,
        incarnation: int,
    ) -> None:
        self._group = group
        self._files = files
        self._writes = writes
        self._message_log = message_log
        self._incarnation = incarnation
        self._unjournaled: list[bytes] = []
        self._since_snapshot = 0
        self._new_messages: list[bytes] = []
        self._new_seen: list[int] = []
        self._stored_messages = 0
        self._expire_before: EpochMs | None = None
        self._marks = Marks(0, 0, exists=False)
        self._undo: Undo | None = None
        self.busy = False

    def loaded(self, state: GroupState, *, has_snapshot: bool) -> None:
        """The state is what the last snapshot says; the journal is still to be absorbed."""
        self._stored_messages = state.messages
        self._marks = Marks(state.seq, state.revision, has_snapshot)

    def absorbed(self, record: Record, applied: Applied, line: bytes | None) -> None:
        """A record was applied; `line` is there if the group's own journal does not hold it yet."""
        self._since_snapshot += 1
        if line is not None:
            self._unjournaled.append(line)
        if applied.message_line is not None:
            self._new_messages.append(applied.message_line)
        self._new_seen += seen_keys(record)

    def expire(self, before: EpochMs) -> bool:
        """Let the next snapshot write the message log without what is older; says whether anything is."""
        if any(is_older(line, before) for line in self.messages()):
            self._expire_before = before
        return self._expire_before is not None

    def dirty(self, state: GroupState) -> bool:
        """Whether the files do not say what the state says."""
        return state.seq > self._marks.seq or (state.active and not self._marks.exists)

    def due(self, state: GroupState) -> bool:
        """Whether enough has grown for a write by itself."""
        return not self.busy and (
            len(self._unjournaled) >= JOURNAL_AFTER_LINES or self._snapshot_is_due(state)
        )

    def write(self, state: GroupState, tell: Tell) -> None:
        """Write behind: a snapshot if that is due, else the journal."""
        if self._snapshot_is_due(state):
            self.snapshot(state, tell)
        else:
            self.journal(state, tell)

    def journal(self, state: GroupState, tell: Tell) -> None:
        """Append to the group's own journal what only the shared log holds.

        With nothing to append it still makes sure that what a killed predecessor appended is on disk.
        """
        undo = self._begin()
        self._unjournaled = []
        self._files.journal(undo.unjournaled, self._telling(tell, state.seq))

    def snapshot(self, state: GroupState, tell: Tell) -> None:
        """Write the whole state."""
        changed = not self._marks.exists or state.revision != self._marks.revision
        rewritten = self._rewritten_log()
        data = SnapshotData(
            timeline=state.timeline.to_json() if changed else None,
            meta=meta_bytes(state),
            new_messages=b"" if rewritten is not None else _lines(self._new_messages),
            new_seen=b"".join(key.to_bytes(8, "little") for key in self._new_seen),
            messages_rewritten=rewritten,
            journal_after_seq=state.seq,
        )
        self._begin()
        self._unjournaled, self._new_messages, self._new_seen, self._since_snapshot = [], [], [], 0
        self._marks = Marks(state.seq, state.revision, exists=True)
        self._files.snapshot(data, self._telling(tell, state.seq))

    def written(self, result: DiskResult) -> bool:
        """The write is over. What a failed one would have stored is kept for the next; says whether it went
        well."""
        undo, self._undo = self._undo, None
        self.busy = False
        if isinstance(result, DiskOk) or undo is None:
            return isinstance(result, DiskOk)
        self._unjournaled = undo.unjournaled + self._unjournaled
        if undo.marks != self._marks:
            self._new_messages = undo.new_messages + self._new_messages
            self._new_seen = undo.new_seen + self._new_seen
            self._since_snapshot += undo.since_snapshot
            self._marks = undo.marks
        return False

    def _begin(self) -> Undo:
        self.busy = True
        self._writes.begin()
        self._undo = Undo(
            self._unjournaled, self._new_messages, self._new_seen, self._since_snapshot, self._marks
        )
        return self._undo

    def _telling(self, tell: Tell, seq: int) -> Done:
        incarnation, writes = self._incarnation, self._writes

        def done(result: DiskResult) -> None:
            writes.end()
            tell(FilesWritten(incarnation, seq, result))

        return done

    def messages(self, naming: str = "") -> Iterator[dict[str, Any]]:
        """Every logged line, in order; those of a snapshot that is under way may come twice.

        `naming`: only lines that hold this text somewhere, which is found without reading them all.
        """
        needle = compact_json(naming)[1:-1]
        yield from self._files.messages(needle)
        for line in (*self._being_stored(), *self._new_messages):
            if needle in line:
                yield orjson.loads(line)

    def _being_stored(self) -> list[bytes]:
        """What a snapshot under way writes: it may be in the files, or not yet."""
        undo = self._undo
        return [] if undo is None or undo.marks == self._marks else undo.new_messages

    def _snapshot_is_due(self, state: GroupState) -> bool:
        # To count a timeline that was only read so far takes milliseconds: not asked as long as the least is.
        since = self._since_snapshot
        return since >= SNAPSHOT_AFTER_LINES and since >= len(state.timeline) // 2

    def _rewritten_log(self) -> bytes | None:
        """The newest part of the message log, once it is half as long again as it may be, or too old."""
        self._stored_messages += len(self._new_messages)
        before, self._expire_before = self._expire_before, None
        if self._stored_messages <= self._message_log * 3 // 2 and before is None:
            return None
        lines = self.messages() if before is None else younger(self.messages(), before)
        kept = deque((compact_json(line) for line in lines), maxlen=self._message_log)
        self._stored_messages = len(kept)
        return _lines(kept)


def _lines(lines: Iterable[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
