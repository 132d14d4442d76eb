"""Joins what a group's own files hold with what the shared log still has for it. Pure."""

from __future__ import annotations

from nanie_actors.errors import CorruptGroup
from nanie_actors.model import GroupId
from nanie_actors.storage.lines import Line, decode_line
from nanie_actors.storage.retained import Tail


def lines_after(group: GroupId, tail: Tail, seq: int) -> list[Line]:
    """The lines of the tail that are newer than record `seq`, the last one in the group's own files.

    Raises CorruptGroup if a record between is missing or known to be damaged.
    """
    lost = [number for number in tail.lost if number > seq]
    newer: list[Line] = []
    for line in map(decode_line, tail):
        if line.seq <= seq:
            continue
        if line.seq != seq + 1:
            raise _missing(group, seq + 1)
        newer.append(line)
        seq = line.seq
    if lost:
        raise _missing(group, lost[0])
    return newer


def _missing(group: GroupId, seq: int) -> CorruptGroup:
    return CorruptGroup(
        f"record {seq} of group {group} is missing in the shared log (folder wal): the group's files and the "
        "log are kept as they are; restore them from a copy, or remove the group, then retry it."
    )
