"""Which lines of the shared log are still needed, and so which segments. Pure; not thread-safe."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nanie_actors.model import GroupId
from nanie_actors.value import Value


class Tail(tuple[bytes, ...]):
    """A group's lines that its own files may lack, in order.

    `lost` are numbers of the group's lines that are known to be damaged: harmless if its files have them.
    """

    lost: tuple[int, ...] = ()


@dataclass(slots=True)
class Segment:
    """One file of the log. `good` is its whole length; `kept` counts the needed lines in it."""

    name: str
    good: int = 0
    kept: int = 0
    damaged: bool = False


class Kept(Value, eq=False, gc=False):
    """A needed line, or (raw is None) the place of one that is lost."""

    group: GroupId
    seq: int
    raw: bytes | None
    segment: Segment
    dropped: bool = False


class Retained:
    """The needed lines of every group, each group's ascending by sequence number."""

    def __init__(self) -> None:
        self._groups: dict[GroupId, deque[Kept]] = {}
        self.lines = 0
        self.bytes = 0

    def append(self, group: GroupId, numbered: Sequence[tuple[int, bytes]], segment: Segment) -> None:
        """Ascending lines are durable in a segment: `add` for each, in fewer steps where they are new."""
        lines = self._groups.get(group)
        if lines is None:
            lines = self._groups[group] = deque()
        if lines and numbered[0][0] <= lines[-1].seq:
            for seq, raw in numbered:
                self.add(group, seq, raw, segment)
            return
        count, size = len(numbered), 0
        for seq, raw in numbered:
            lines.append(Kept(group, seq, raw, segment))
            size += len(raw)
        segment.kept += count
        self.lines += count
        self.bytes += size

    def add(self, group: GroupId, seq: int, raw: bytes | None, segment: Segment) -> None:
        """A line is durable in a segment. One that was known before is kept for the newer segment."""
        lines = self._groups.get(group)
        if lines is None:
            lines = self._groups[group] = deque()
        kept = Kept(group, seq, raw, segment)
        if not lines or lines[-1].seq < seq:  # nearly always
            lines.append(kept)
        else:
            self._put_in_place(lines, kept)
        segment.kept += 1
        self.lines += 1
        self.bytes += len(kept.raw or b"")

    def _put_in_place(self, lines: deque[Kept], kept: Kept) -> None:
        at = _place(lines, kept.seq)
        if lines[at].seq == kept.seq:
            known = lines[at]
            kept.raw = known.raw if kept.raw is None else kept.raw
            self._drop(known)
            lines[at] = kept
        else:
            lines.insert(at, kept)

    def drop_up_to(self, group: GroupId, seq: int) -> None:
        """The group has everything up to this number in its own files."""
        lines = self._groups.get(group)
        while lines and lines[0].seq <= seq:
            self._drop(lines.popleft())
        if lines is not None and not lines:
            del self._groups[group]

    def drop_group(self, group: GroupId) -> None:
        """Nothing of the group is needed any more."""
        for kept in self._groups.pop(group, ()):
            self._drop(kept)

    def tail(self, group: GroupId) -> Tail:
        """What the group may have to apply again."""
        lines = self._groups.get(group, ())
        tail = Tail(kept.raw for kept in lines if kept.raw is not None)
        tail.lost = tuple(kept.seq for kept in lines if kept.raw is None)
        return tail

    def has(self, group: GroupId, seq: int) -> bool:
        """Whether a line, or the place of a lost one, is kept under this number."""
        lines = self._groups.get(group, deque[Kept]())
        at = _place(lines, seq)
        return at < len(lines) and lines[at].seq == seq

    def groups(self) -> list[GroupId]:
        """Groups with something kept."""
        return list(self._groups)

    def held_by(self, segment: Segment) -> list[Kept]:
        """All that keeps a segment from going."""
        return [kept for lines in self._groups.values() for kept in lines if kept.segment is segment]

    def move(self, lines: Iterable[Kept], segment: Segment) -> None:
        """These lines were written once more, into a newer segment."""
        for kept in lines:
            if not kept.dropped:
                kept.segment.kept -= 1
                kept.segment = segment
                segment.kept += 1

    def _drop(self, kept: Kept) -> None:
        kept.dropped = True
        kept.segment.kept -= 1
        self.lines -= 1
        self.bytes -= len(kept.raw or b"")


def _place(lines: deque[Kept], seq: int) -> int:
    """Where a line is, or belongs."""
    return bisect_left(lines, seq, key=lambda kept: kept.seq)
