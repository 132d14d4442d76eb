"""How a group comes back: its last snapshot, its own journal, then what only the shared log holds."""

from __future__ import annotations

from dataclasses import dataclass

from nanie_actors.actors.group_knowledge import seen_keys
from nanie_actors.actors.group_ties import GroupTies
from nanie_actors.actors.group_writer import GroupWriter
from nanie_actors.errors import CorruptGroup
from nanie_actors.model import GroupId
from nanie_actors.packed_keys import PackedKeys
from nanie_actors.storage.group_files import GroupFiles
from nanie_actors.storage.lines import BadLine, Line, decode_line
from nanie_actors.storage.retained import Tail
from nanie_actors.timeline.message_log import again
from nanie_actors.timeline.record_codec import decode_record
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
from nanie_actors.timeline.state import GroupState
from nanie_actors.timeline.stored import restore_state
from nanie_actors.value import with_changes


@dataclass(frozen=True, slots=True)
class ReadGroup:
    """What a group's own files say, and how they go on being written."""

    files: GroupFiles
    writer: GroupWriter
    state: GroupState
    seen: PackedKeys


def read_group(ties: GroupTies) -> ReadGroup:
    """Read the group's own files; nobody may be writing them. Raises CorruptGroup."""
    recent_messages = ties.limits.recent_messages
    files = ties.services.files(ties.group)
    writer = GroupWriter(
        ties.group,
        files,
        ties.remains.writes,
        message_log=ties.limits.message_log,
        incarnation=ties.incarnation,
    )
    stored = files.load(recent_messages)
    state = restore_state(
        ties.group, stored.meta, stored.timeline, stored.messages, recent_messages=recent_messages
    )
    writer.loaded(state, has_snapshot=stored.meta is not None)
    read = ReadGroup(files, writer, state, stored.seen)
    for line in stored.journal:
        _absorb(read, line, raw=None)
    return read


def take_in_tail(read: ReadGroup, lines: Tail) -> int:
    """Take in the shared log's lines that the files lack; says how many. Raises CorruptGroup."""
    state, taken = read.state, 0
    for raw in lines:
        try:
            line = decode_line(raw)
        except BadLine as error:
            raise _corrupt(state.group, f"a line of the shared log cannot be read: {error}") from error
        if line.seq > state.seq:
            _absorb(read, line, raw)
            taken += 1
    if any(seq > state.seq for seq in lines.lost):
        raise _corrupt(state.group, "the newest records in the shared log are damaged")
    return taken


def _absorb(read: ReadGroup, line: Line, raw: bytes | None) -> None:
    state = read.state
    if line.seq != state.seq + 1:
        raise _corrupt(state.group, f"records {state.seq + 1} to {line.seq - 1} are missing")
    try:
        record = decode_record(state.group, line.kind, line.at, line.data)
    except (KeyError, TypeError, ValueError) as error:
        raise _corrupt(state.group, f"record {line.seq} cannot be understood: {error}") from error
    applied = state.apply(line.seq, record)
    if not applied.changed and _may_change(record):
        # A snapshot that was interrupted may have left a timeline that has this already, and counts for less.
        # A revision that was shown must never come again with another timeline: better one too many.
        state.revision += 1
    if isinstance(record, MessageRewritten | MessageWithdrawn) and applied.message_line is not None:
        applied = with_changes(applied, message_line=again(applied.message_line, record))
    read.seen.update(seen_keys(record))
    read.writer.absorbed(record, applied, raw)


def _may_change(record: Record) -> bool:
    """Whether the timeline may have been another one after this record when it was new."""
    match record:
        case MessageLogged(events=events) | LogExtracted(events=events) | MessageRead(events=events):
            return bool(events)
        case EventsAdded() | EventsDeleted() | MessageCompleted() | MessageRewritten() | MessageWithdrawn():
            return True
        case OutboxMoved(to=to):
            return to == "sent"
        case SyncRequested() | GroupDescribed() | ListeningChanged():
            return False


def _corrupt(group: GroupId, what: str) -> CorruptGroup:
    return CorruptGroup(
        f"group {group}: {what}; its files are kept as they are: repair or move them away, then retry it."
    )
