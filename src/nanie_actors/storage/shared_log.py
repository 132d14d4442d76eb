"""The write-ahead log that all groups share: whoever waits for the disk waits for one flush together."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from nanie_actors.model import GroupId
from nanie_actors.storage.disk import Disk, DiskError, DiskOk, DiskResult, Done, Lane
from nanie_actors.storage.lane_worker import tell
from nanie_actors.storage.log_batch import (
    Batch,
    Carry,
    ForgetGroup,
    GroupAppend,
    Request,
    TailRequest,
    encode_batch,
)
from nanie_actors.storage.log_meter import LogMeter, LogStats
from nanie_actors.storage.log_recovery import Damage, Recovered, recover, segment_name
from nanie_actors.storage.log_scan import open_line
from nanie_actors.storage.retained import Retained, Segment, Tail

log = logging.getLogger(__name__)

SEGMENT_BYTES = 16 << 20
"""Where a segment ends: some 40,000 records, read in a fraction of a second at start."""

MAX_SEGMENTS = 4
"""Segments that may wait for groups to catch up before the groups that hold the oldest are told."""

Notice = Callable[[], None]
_OK: Final = DiskOk()
_CLOSED: Final = DiskError("the shared log was closed: the worker is stopping")
_OUT_OF_TURN: Final = DiskError("an earlier record of this group was not written: it has to come first")


class SharedLog:
    """Thread-safe. Callbacks come on the disk's commit thread, in the order of the calls; no call blocks.

    One batch is under way at a time; what is appended meanwhile makes the next one. When a batch fails,
    everything that waits fails with it, in order, and the next attempt goes to a new segment, whose first
    line says how long the earlier segments are: whatever the failed write left there is not read again.
    """

    on_pressure: Callable[[Sequence[GroupId]], None]
    """Told on the commit thread which groups keep the oldest segment, when there are too many."""

    def __init__(
        self, disk: Disk, folder: Path, found: Recovered, *, segment_bytes: int, max_segments: int
    ) -> None:
        self.on_pressure = _nobody_minds
        self.damaged: list[Damage] = found.damaged
        self._disk = disk
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._max_segments = max_segments
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._waiting: list[Request] = []
        self._batch: Batch | None = None
        self._segments: list[Segment] = found.segments
        self._active: Segment | None = None
        self._retained: Retained = found.retained
        self._next_lsn = found.next_lsn
        self._failed_at: dict[GroupId, int] = {}
        self._abandoned: set[str] = set()
        self._carrying = False
        self._closed = False
        self._meter = LogMeter()

    @classmethod
    def open(
        cls, disk: Disk, folder: Path, *, segment_bytes: int = SEGMENT_BYTES, max_segments: int = MAX_SEGMENTS
    ) -> SharedLog:
        """Read what an earlier run left; synchronous. Raises OSError if a segment cannot be read at all.

        A torn tail is cut off before anything is appended. A damaged line costs the group it names that
        line, see `tail`; its file is kept, under a name ending in `.damaged` once no group needs it.
        """
        found = recover(disk, folder)
        for name, length in found.cuts.items():
            disk.truncate(folder / name, length, lane=Lane.COMMIT, done=_log_failure("cutting a torn tail"))
        for name in found.unsettled:
            # Read from memory, perhaps: its writer may have been killed before it was on the disk.
            disk.append(folder / name, b"", lane=Lane.COMMIT, done=_log_failure("securing the log's end"))
        shared = cls(disk, folder, found, segment_bytes=segment_bytes, max_segments=max_segments)
        with shared._lock:
            shared._free_segments()
        return shared

    def append(self, group: GroupId, lines: Sequence[bytes], done: Done) -> None:
        """Make lines of `encode_line` durable, all or none; they ascend without a gap in their numbers.

        After a failure, the group's later records fail too until the failed one is appended again (or `tail`
        is asked): the log never holds a hole.
        """
        self._put(GroupAppend(group, lines, done))

    def tail(self, group: GroupId, done: Callable[[Tail], None]) -> None:
        """The group's lines that are durable but not known to be caught up, in order.

        Told after everything appended before this call has been settled, so a restarted group that waits for
        it knows the outcome of its predecessor's last appends.
        """
        self._put(TailRequest(group, done))

    def caught_up(self, group: GroupId, seq: int) -> None:
        """All lines of the group up to this number are durable in its own files: they may go."""
        with self._lock:
            self._retained.drop_up_to(group, seq)
            self._free_segments()

    def forget(self, group: GroupId, done: Done = lambda _: None) -> None:
        """The group is erased: its lines up to here will not come back, also after a restart.

        To be called, and its outcome awaited, before the group's own files are erased. If it fails the lines
        are still there.
        """
        self._put(ForgetGroup(group, done))

    def groups(self) -> list[GroupId]:
        """Groups that have lines here which they may not have in their own files."""
        with self._lock:
            return self._retained.groups()

    def stats(self) -> LogStats:
        """Counts since the log was opened, and its size now."""
        with self._lock:
            return self._meter.stats(len(self._segments), self._retained.lines, self._retained.bytes)

    def close(self, timeout_s: float) -> bool:
        """Wait until everything appended is settled; False if that took longer. The disk stays open.

        If every group has caught up, nothing is left to be read at the next start.
        """
        with self._idle:
            self._closed = True
            settled = self._idle.wait_for(lambda: not self._waiting and self._batch is None, timeout_s)
            if settled:
                self._active = None
                self._free_segments()
        return settled

    def _put(self, request: Request) -> None:
        with self._lock:
            closed, idle = self._closed, self._batch is None
            if not closed:
                self._waiting.append(request)
        if closed:
            _refuse(request)
        elif idle:
            self._pump()

    def _pump(self) -> None:
        """Hand what waits to the disk, unless a batch is under way."""
        with self._lock:
            if self._batch is not None or not self._waiting:
                return
            self._batch = batch = self._next_batch()
        if batch.data:
            path = self._folder / batch.segment.name
            self._disk.append(path, batch.data, lane=Lane.COMMIT, done=self._settled)
        else:
            self._disk.barrier(lane=Lane.COMMIT, done=self._settled)

    def _next_batch(self) -> Batch:
        requests, self._waiting = self._waiting, []
        refused = {id(request) for request in requests if self._out_of_turn(request)}
        segment, new = self._segment_for_next()
        encoded = encode_batch(
            (request for request in requests if id(request) not in refused),
            first=self._opening() if new else b"",
        )
        return Batch(requests, refused, segment, new, encoded.data, encoded.lines, time.monotonic())

    def _opening(self) -> bytes:
        lengths = {known.name: known.good for known in self._segments}
        return open_line(lengths | dict.fromkeys(self._abandoned, 0))

    def _segment_for_next(self) -> tuple[Segment, bool]:
        active = self._active
        if active is None or active.good >= self._segment_bytes:
            return Segment(segment_name(self._next_lsn)), True
        return active, False

    def _out_of_turn(self, request: Request) -> bool:
        if isinstance(request, GroupAppend) and request.group in self._failed_at:
            if request.first_seq > self._failed_at[request.group]:
                return True
            del self._failed_at[request.group]
        elif isinstance(request, TailRequest | ForgetGroup):
            self._failed_at.pop(request.group, None)
        return False

    def _settled(self, result: DiskResult) -> None:
        """The batch under way has its outcome; on the commit thread."""
        with self._lock:
            batch = self._batch
            assert batch is not None
            self._next_lsn += max(1, batch.lines) if batch.data else 0
            self._meter.flushed(batch, result)
            notices = self._succeed(batch) if isinstance(result, DiskOk) else self._fail(batch, result)
            notices += self._relieve(batch)
        for notice in notices:
            notice()
        with self._idle:
            self._batch = None
            self._idle.notify_all()
        self._pump()

    def _succeed(self, batch: Batch) -> list[Notice]:
        if batch.data:
            if batch.new_segment:
                self._segments.append(batch.segment)
                self._active = batch.segment
            batch.segment.good += len(batch.data)
        return [self._take(request, batch) for request in batch.requests]

    def _take(self, request: Request, batch: Batch) -> Notice:
        match request:
            case GroupAppend() if id(request) in batch.refused:
                return _telling(request.done, _OUT_OF_TURN)
            case GroupAppend():
                for seq, raw in request.numbered:
                    self._retained.add(request.group, seq, raw, batch.segment)
                return _telling(request.done, _OK)
            case TailRequest():
                return _handing(request.done, self._retained.tail(request.group))
            case ForgetGroup():
                self._retained.drop_group(request.group)
                return _telling(request.done, _OK)
            case Carry(lines):
                self._retained.move(lines, batch.segment)
                self._carrying = False
                return _silence

    def _fail(self, batch: Batch, error: DiskError) -> list[Notice]:
        """Nothing of this batch was kept; what came after it must not be either, or there is a hole."""
        log.error("the shared log cannot be written: %s", error.reason)
        self._active = None
        if batch.new_segment:
            self._abandon(batch.segment)
        requests, self._waiting = [*batch.requests, *self._waiting], []
        return [self._reject(request, error) for request in requests]

    def _abandon(self, segment: Segment) -> None:
        """A segment that could not be begun: nothing in it counts, even if it cannot be removed now."""
        self._abandoned.add(segment.name)
        path = self._folder / segment.name
        self._disk.remove(path, lane=Lane.COMMIT, done=_log_failure("removing an empty log segment"))

    def _reject(self, request: Request, error: DiskError) -> Notice:
        match request:
            case GroupAppend():
                first = request.first_seq
                self._failed_at[request.group] = min(first, self._failed_at.get(request.group, first))
                return _telling(request.done, error)
            case TailRequest():
                self._failed_at.pop(request.group, None)
                return _handing(request.done, self._retained.tail(request.group))
            case ForgetGroup():
                return _telling(request.done, error)
            case Carry():
                self._carrying = False
                return _silence

    def _relieve(self, batch: Batch) -> list[Notice]:
        """With too many segments: free what is free, carry over what stays, tell who holds the rest."""
        self._free_segments()
        if not batch.new_segment or len(self._segments) <= self._max_segments:
            return []
        held = self._retained.held_by(self._segments[0])
        if len(self._segments) > 2 * self._max_segments and not self._carrying and not batch.only_carries:
            # A group in quarantine never catches up; its few lines must not keep everyone's segments. At most
            # one segment is carried for each that was filled, so carrying ends also where it does not help.
            self._carrying = True
            # In front: what waits may erase a group whose lines these are.
            self._waiting.insert(0, Carry(tuple(held)))
        groups = list(dict.fromkeys(kept.group for kept in held))
        return [lambda: self.on_pressure(groups)]

    def _free_segments(self) -> None:
        """Oldest first: a `forget` line must outlive the lines it makes void."""
        while self._segments and self._segments[0].kept == 0 and self._segments[0] is not self._active:
            segment = self._segments.pop(0)
            path = self._folder / segment.name
            done = _log_failure("freeing a log segment")
            if segment.damaged:
                self._disk.rename(path, path.with_suffix(".damaged"), lane=Lane.COMMIT, done=done)
            else:
                self._disk.remove(path, lane=Lane.COMMIT, done=done)


def _telling(done: Done, result: DiskResult) -> Notice:
    return lambda: tell(done, result)


def _handing(done: Callable[[Tail], None], tail: Tail) -> Notice:
    def notice() -> None:
        try:
            done(tail)
        except Exception:
            log.exception("the callback of a tail failed")

    return notice


def _silence() -> None:
    """Nobody waits for this."""


def _nobody_minds(groups: Sequence[GroupId]) -> None:
    log.debug("%d groups hold the oldest log segment", len(groups))


def _refuse(request: Request) -> None:
    match request:
        case GroupAppend(done=done) | ForgetGroup(done=done):
            tell(done, _CLOSED)
        case _:
            pass


def _log_failure(what: str) -> Done:
    def done(result: DiskResult) -> None:
        if isinstance(result, DiskError):
            log.warning("%s failed: %s", what, result.reason)

    return done
