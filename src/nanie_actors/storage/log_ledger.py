"""What the shared log knows and decides: its segments, who needs them, who has to wait. No disk, no lock."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from nanie_actors.model import GroupId
from nanie_actors.storage.disk import DiskError, DiskOk, DiskResult, Done
from nanie_actors.storage.log_batch import (
    Batch,
    Carry,
    ForgetGroup,
    GroupAppend,
    Request,
    Roll,
    TailRequest,
    encode_batch,
)
from nanie_actors.storage.log_hold import ERASED, LogHolds
from nanie_actors.storage.log_recovery import Recovered, segment_name
from nanie_actors.storage.log_scan import open_line
from nanie_actors.storage.retained import Retained, Segment

log = logging.getLogger(__name__)

Notice = Callable[[], object]
"""A callback with its argument, to be called when the lock is free."""

_OK: Final = DiskOk()
_OUT_OF_TURN: Final = DiskError("an earlier record of this group was not written: it has to come first")


class Ledger:
    """Not thread-safe: the shared log's lock guards it."""

    def __init__(self, found: Recovered, *, segment_bytes: int, max_segments: int) -> None:
        self.retained: Retained = found.retained
        self.segments: list[Segment] = found.segments
        self.holds = LogHolds()
        self._active: Segment | None = None
        self._abandoned: set[str] = set()
        self._next_lsn = found.next_lsn
        self._segment_bytes = segment_bytes
        self._max_segments = max_segments
        self._failed_at: dict[GroupId, int] = {}
        self._carrying = False

    def next_batch(self, requests: Sequence[Request]) -> Batch:
        """What is to be written for these, and where. A segment ends with the batch that fills it."""
        refused: set[int] = set()
        if self._failed_at:
            refused = {id(request) for request in requests if self._out_of_turn(request)}
        segment = self._active
        new = segment is None or segment.good >= self._segment_bytes
        if segment is None or new:
            segment = Segment(segment_name(self._next_lsn))
        encoded = encode_batch(
            (request for request in requests if id(request) not in refused),
            first=self._opening() if new else b"",
        )
        if encoded.data:
            self._next_lsn += encoded.lines
        return Batch(requests, refused, segment, new, encoded, time.monotonic())

    def succeeded(self, batch: Batch) -> list[Notice]:
        """The batch is durable."""
        if batch.data:
            if batch.new_segment:
                self.segments.append(batch.segment)
                self._active = batch.segment
            batch.segment.good += len(batch.data)
        return [self._take(request, batch) for request in batch.requests]

    def failed(self, batch: Batch, waiting: Sequence[Request], error: DiskError) -> list[Notice]:
        """Nothing of the batch was kept; what came after it must not be either, or there would be a hole."""
        self._active = None
        if batch.new_segment:
            # Nothing in it counts, even if it cannot be removed: later segments say so.
            self._abandoned.add(batch.segment.name)
        return [self._reject(request, error) for request in (*batch.requests, *waiting)]

    def seal(self) -> None:
        """Write no more to the segment in use."""
        self._active = None

    def free(self) -> list[Segment]:
        """Take out segments that nobody needs, oldest first: a `forget` line must outlive what it voids."""
        freed: list[Segment] = []
        if self.holds.keep(len(self.segments)):
            return freed
        while self.segments and self.segments[0].kept == 0 and self.segments[0] is not self._active:
            freed.append(self.segments.pop(0))
        return freed

    def pressed(self, batch: Batch) -> list[GroupId]:
        """Who keeps the oldest segment, if the batch began a segment and there are too many now."""
        if not batch.new_segment or len(self.segments) <= self._max_segments:
            return []
        return list(dict.fromkeys(kept.group for kept in self.retained.held_by(self.segments[0])))

    def carry_over(self, batch: Batch) -> Carry | None:
        """The needed lines of the oldest segment, if telling its holders did not help.

        A group in quarantine never catches up; its few lines must not keep everyone's segments. At most one
        segment is carried for each that others filled, so carrying ends also where it does not help.
        """
        many = len(self.segments) > 2 * self._max_segments
        if not many or not batch.new_segment or batch.only_carries or self._carrying:
            return None
        self._carrying = True
        return Carry(tuple(self.retained.held_by(self.segments[0])))

    def carry_all(self, done: Done) -> Carry:
        """Everything that is needed, so that every segment there is can go."""
        held = [kept for segment in self.segments for kept in self.retained.held_by(segment)]
        return Carry(tuple(held), done)

    def _opening(self) -> bytes:
        lengths = {known.name: known.good for known in self.segments}
        return open_line(lengths | dict.fromkeys(self._abandoned, 0))

    def _out_of_turn(self, request: Request) -> bool:
        if isinstance(request, GroupAppend) and request.group in self._failed_at:
            if request.first_seq > self._failed_at[request.group]:
                return True
            del self._failed_at[request.group]
        elif isinstance(request, TailRequest | ForgetGroup):
            self._failed_at.pop(request.group, None)
        return False

    def _take(self, request: Request, batch: Batch) -> Notice:
        match request:
            case GroupAppend():
                if batch.refused and id(request) in batch.refused:
                    return partial(request.done, _OUT_OF_TURN)
                self.retained.append(request.group, request.numbered, batch.segment)
                return partial(request.done, _OK)
            case TailRequest():
                return partial(request.done, self.retained.tail(request.group))
            case ForgetGroup():
                self.retained.drop_group(request.group)
                self.holds.break_all(ERASED)
                return partial(request.done, _OK)
            case Roll(done):
                self._active = None
                return partial(done, _OK)
            case Carry(lines, done):
                self.retained.move(lines, batch.segment)
                return partial(self._carried, done, _OK)

    def _reject(self, request: Request, error: DiskError) -> Notice:
        match request:
            case GroupAppend():
                first = request.first_seq
                self._failed_at[request.group] = min(first, self._failed_at.get(request.group, first))
                return partial(request.done, error)
            case TailRequest():
                self._failed_at.pop(request.group, None)
                return partial(request.done, self.retained.tail(request.group))
            case ForgetGroup() | Roll():
                return partial(request.done, error)
            case Carry(done=done):
                return partial(self._carried, done, error)

    def _carried(self, done: Done, result: DiskResult) -> None:
        self._carrying = False
        done(result)


def tell_all(notices: Iterable[Notice]) -> None:
    """Whoever is told may fail; the log serves everyone else."""
    for notice in notices:
        try:
            notice()
        except Exception:
            log.exception("a callback of the shared log failed")
