"""How a group comes back: its last snapshot, its own journal, then what only the shared log holds."""

from __future__ import annotations

from nanie_actors.actors.group_writer import GroupWriter, seen_keys
from nanie_actors.errors import CorruptGroup
from nanie_actors.model import GroupId
from nanie_actors.storage.group_files import GroupFiles
from nanie_actors.storage.lines import BadLine, Line, decode_line
from nanie_actors.storage.retained import Tail
from nanie_actors.timeline.record_codec import decode_record
from nanie_actors.timeline.state import GroupState
from nanie_actors.timeline.stored import restore_state


def recover_files(
    group: GroupId, files: GroupFiles, writer: GroupWriter, recent_messages: int
) -> tuple[GroupState, set[int]]:
    """The state and the seen keys that the group's own files hold. Raises CorruptGroup."""
    stored = files.load(recent_messages)
    state = restore_state(
        group, stored.meta, stored.timeline, stored.messages, recent_messages=recent_messages
    )
    writer.loaded(state, has_snapshot=stored.meta is not None)
    for line in stored.journal:
        _absorb(state, stored.seen, writer, line, raw=None)
    return state, stored.seen


def recover_tail(state: GroupState, seen: set[int], writer: GroupWriter, lines: Tail) -> int:
    """Take in the shared log's lines that the files lack; says how many. Raises CorruptGroup."""
    taken = 0
    for raw in lines:
        try:
            line = decode_line(raw)
        except BadLine as error:
            raise _corrupt(state.group, f"a line of the shared log cannot be read: {error}") from error
        if line.seq > state.seq:
            _absorb(state, seen, writer, line, raw)
            taken += 1
    if any(seq > state.seq for seq in lines.lost):
        raise _corrupt(state.group, "the newest records in the shared log are damaged")
    return taken


def _absorb(state: GroupState, seen: set[int], writer: GroupWriter, line: Line, raw: bytes | None) -> None:
    if line.seq != state.seq + 1:
        raise _corrupt(state.group, f"records {state.seq + 1} to {line.seq - 1} are missing")
    try:
        record = decode_record(state.group, line.kind, line.at, line.data)
    except (KeyError, TypeError, ValueError) as error:
        raise _corrupt(state.group, f"record {line.seq} cannot be understood: {error}") from error
    applied = state.apply(line.seq, record)
    seen.update(seen_keys(record))
    writer.absorbed(record, applied, raw)


def _corrupt(group: GroupId, what: str) -> CorruptGroup:
    return CorruptGroup(
        f"group {group}: {what}; its files are kept as they are: repair or move them away, then retry the group."
    )
