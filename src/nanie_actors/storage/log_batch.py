"""What may be asked of the shared log, and how what waits becomes one write. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nanie_actors.model import GroupId
from nanie_actors.storage.disk import DiskError, DiskResult, Done
from nanie_actors.storage.lines import numbered
from nanie_actors.storage.log_scan import batch_line, forget_line, lost_line, together_line
from nanie_actors.storage.retained import Kept, Segment, Tail


class GroupAppend:
    """Lines of one group that become durable together, each with its number."""

    __slots__ = ("done", "group", "numbered")

    def __init__(self, group: GroupId, lines: Sequence[bytes], done: Done) -> None:
        self.group = group
        self.numbered = numbered(group, lines)
        self.done = done

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
class Roll:
    """Wants the segment in use to end here, so that it can go once nobody needs it."""

    done: Done


def _nobody_waits(_: DiskResult) -> None:
    """For lines that the log carries for its own sake."""


@dataclass(frozen=True, slots=True)
class Carry:
    """Needed lines of older segments that are written once more, so that those can go."""

    lines: tuple[Kept, ...]
    done: Done = _nobody_waits


Request = GroupAppend | TailRequest | ForgetGroup | Roll | Carry


def refuse(request: Request, error: DiskError) -> None:
    """Tell who asked that nothing comes of it."""
    match request:
        case GroupAppend(done=done) | ForgetGroup(done=done) | Roll(done):
            done(error)
        case _:
            pass


@dataclass(frozen=True, slots=True)
class Encoded:
    """The bytes of a batch, empty if there is nothing to write, and how many lines they are: those of groups'
    appends, so many of them, and the log's own."""

    data: bytes
    lines: int
    appends: int
    appended: int


@dataclass(slots=True)
class Batch:
    """One write under way: whom it serves, and the segment it goes to."""

    requests: Sequence[Request]
    refused: set[int]
    segment: Segment
    new_segment: bool
    encoded: Encoded
    started: float

    @property
    def data(self) -> bytes:
        """What is written."""
        return self.encoded.data

    @property
    def only_carries(self) -> bool:
        """Nobody but the log itself asked for anything."""
        return all(isinstance(request, Carry) for request in self.requests)


def encode_batch(requests: Iterable[Request], *, first: bytes) -> Encoded:
    """Everything that requests want written, behind one batch line; `first` leads it if there is anything."""
    parts: list[bytes] = []
    appends = appended = 0
    for request in requests:
        match request:
            case GroupAppend():
                lines = request.numbered
                appends += 1
                appended += len(lines)
                if len(lines) > 1:
                    parts.append(together_line(len(lines)))
                parts += [line for _, line in lines]
            case ForgetGroup(group):
                parts.append(forget_line(group))
            case Carry(kept):
                parts.extend(_carried(line) for line in kept if not line.dropped)
            case TailRequest() | Roll():
                pass
    if not parts:
        return Encoded(b"", 0, 0, 0)
    payload = b"".join([first, *parts])
    return Encoded(batch_line(len(payload)) + payload, len(parts) + 2, appends, appended)


def _carried(kept: Kept) -> bytes:
    return lost_line(kept.group, kept.seq) if kept.raw is None else kept.raw
