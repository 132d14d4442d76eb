"""What may be asked of the shared log, and how what waits becomes one write. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from nanie_actors.model import GroupId
from nanie_actors.storage.disk import Done
from nanie_actors.storage.lines import line_owner
from nanie_actors.storage.log_scan import batch_line, forget_line, lost_line, together_line
from nanie_actors.storage.retained import Kept, Segment, Tail


@dataclass(slots=True)
class GroupAppend:
    """Lines of one group that become durable together."""

    group: GroupId
    lines: tuple[bytes, ...]
    done: Done
    numbered: list[tuple[int, bytes]] = field(init=False)

    def __post_init__(self) -> None:
        owners = [line_owner(line) for line in self.lines]
        if not owners or any(owner is None or owner[0] != self.group for owner in owners):
            raise ValueError("an append is one or more lines of encode_line, of the group it names")
        self.numbered = [(owner[1], line) for owner, line in zip(owners, self.lines, strict=True) if owner]

    @property
    def first_seq(self) -> int:
        """The number of the first line."""
        return self.numbered[0][0]


@dataclass(frozen=True, slots=True)
class TailRequest:
    """Wants the lines of a group that are durable here."""

    group: GroupId
    done: Callable[[Tail], None]


@dataclass(frozen=True, slots=True)
class ForgetGroup:
    """Wants the lines of a group to be void."""

    group: GroupId
    done: Done


@dataclass(frozen=True, slots=True)
class Carry:
    """Needed lines of the oldest segment that are written once more, so that it can go."""

    lines: tuple[Kept, ...]


Request = GroupAppend | TailRequest | ForgetGroup | Carry


@dataclass(slots=True)
class Batch:
    """One write under way: whom it serves, and the segment it goes to."""

    requests: Sequence[Request]
    refused: set[int]
    segment: Segment
    new_segment: bool
    data: bytes
    lines: int
    started: float

    @property
    def only_carries(self) -> bool:
        """Nobody but the log itself asked for anything."""
        return all(isinstance(request, Carry) for request in self.requests)


@dataclass(frozen=True, slots=True)
class Encoded:
    """The bytes of a batch, empty if there is nothing to write, and how many lines they are."""

    data: bytes
    lines: int


def encode_batch(requests: Iterable[Request], *, first: bytes) -> Encoded:
    """Everything that requests want written, behind one batch line; `first` leads it if there is anything."""
    parts: list[bytes] = []
    for request in requests:
        match request:
            case GroupAppend(lines=lines):
                if len(lines) > 1:
                    parts.append(together_line(len(lines)))
                parts.extend(lines)
            case ForgetGroup(group):
                parts.append(forget_line(group))
            case Carry(kept):
                parts.extend(_carried(line) for line in kept if not line.dropped)
            case TailRequest():
                pass
    if not parts:
        return Encoded(b"", 0)
    payload = b"".join([first, *parts])
    return Encoded(batch_line(len(payload)) + payload, len(parts) + 2)


def _carried(kept: Kept) -> bytes:
    return lost_line(kept.group, kept.seq) if kept.raw is None else kept.raw
