"""The write-ahead log that all groups share: whoever waits for the disk waits for one flush together."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from nanie_actors.errors import StateError
from nanie_actors.model import GroupId
from nanie_actors.storage.disk import Disk, DiskError, DiskOk, DiskResult, Done
from nanie_actors.storage.log_batch import Batch, ForgetGroup, GroupAppend, Request, Roll, TailRequest, refuse
from nanie_actors.storage.log_hold import LogHold
from nanie_actors.storage.log_ledger import Ledger, Notice, tell_all
from nanie_actors.storage.log_meter import LogMeter, LogStats
from nanie_actors.storage.log_recovery import Damage, Recovered, recover
from nanie_actors.storage.retained import Tail
from nanie_actors.storage.segment_files import SegmentFiles

__all__ = ["MAX_SEGMENTS", "SEGMENT_BYTES", "Damage", "LogStats", "SharedLog", "Tail"]

log = logging.getLogger(__name__)

SEGMENT_BYTES = 16 << 20
"""Where a segment ends: some 40,000 records, read in a fraction of a second at start."""

MAX_SEGMENTS = 4
"""Segments that may wait for groups to catch up before the groups that hold the oldest are told."""

_CLOSED: Final = DiskError("the shared log was closed: the worker is stopping")


class SharedLog:
    """Thread-safe. Callbacks come in the order of the calls; no call but `flush` blocks.

    One batch is under way at a time; what is appended meanwhile makes the next one. When a batch fails,
    everything that waits fails with it, in order, and the next attempt goes to a new segment, whose first
    line says how long the earlier segments are: whatever the failed write left there is not read again.
    """

    on_pressure: Callable[[Sequence[GroupId]], None]
    """Told by whoever flushed which groups keep the oldest segment, when there are too many."""

    on_waiting: Callable[[], bool]
    """Asked when records wait and none are under way, on the thread of whoever appended, or flushed, last.
    True is the promise to call `flush` soon: more may join them, and an idle thread may do the work."""

    def __init__(
        self, files: SegmentFiles, found: Recovered, *, segment_bytes: int, max_segments: int
    ) -> None:
        self.on_pressure = _nobody_minds
        self.on_waiting = _nobody_flushes
        self.damaged: list[Damage] = found.damaged
        self._files = files
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._waiting: list[Request] = []
        self._batch: Batch | None = None
        self._promised = False
        self._ledger = Ledger(found, segment_bytes=segment_bytes, max_segments=max_segments)
        self._closed = False
        self._meter = LogMeter()

    @classmethod
    def open(
        cls, disk: Disk, folder: Path, *, segment_bytes: int = SEGMENT_BYTES, max_segments: int = MAX_SEGMENTS
    ) -> SharedLog:
        """Read what an earlier run left; synchronous. Raises StateError if a segment cannot be read at all.

        A torn tail is cut off before anything is appended. A damaged line costs the group it names that
        line, see `tail`; its file is kept, under a name ending in `.damaged` once no group needs it.
        """
        try:
            found = recover(disk, folder)
        except OSError as error:
            raise StateError(
                f"the shared log in {folder} cannot be read ({error}). Nothing was changed: see to the disk."
            ) from error
        files = SegmentFiles(disk, folder)
        files.mend(found)
        shared = cls(files, found, segment_bytes=segment_bytes, max_segments=max_segments)
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
            self._ledger.retained.drop_up_to(group, seq)
            self._free_segments()

    def forget(self, group: GroupId, done: Done = lambda _: None) -> None:
        """The group is erased: its lines up to here will not come back, also after a restart.

        To be called, and its outcome awaited, before the group's own files are erased. If it fails the lines
        are still there.
        """
        self._put(ForgetGroup(group, done))

    def renew(self, done: Done) -> None:
        """Write what is needed into a new segment and let the others go, with all that is void in them."""

        def ended(result: DiskResult) -> None:
            if isinstance(result, DiskError):
                done(result)
                return
            with self._lock:
                # In front: what waits may erase a group whose lines these are.
                self._waiting.insert(0, self._ledger.carry_all(done))

        self._put(Roll(ended))

    def hold(self) -> LogHold:
        """Let no segment go from now on, until `let_go`, or until the hold is broken."""
        with self._lock:
            return self._ledger.holds.begin()

    def let_go(self, hold: LogHold) -> None:
        """The segments that nobody needs may go again. May be called twice."""
        with self._lock:
            self._ledger.holds.end(hold)
            self._free_segments()

    def extents(self) -> dict[str, int]:
        """How much of each segment is durable now, in bytes."""
        with self._lock:
            return {segment.name: segment.good for segment in self._ledger.segments}

    def groups(self) -> list[GroupId]:
        """Groups that have lines here which they may not have in their own files."""
        with self._lock:
            return self._ledger.retained.groups()

    def stats(self) -> LogStats:
        """Counts since the log was opened, and its size now."""
        with self._lock:
            retained = self._ledger.retained
            return self._meter.stats(len(self._ledger.segments), retained.lines, retained.bytes)

    def close(self, timeout_s: float) -> bool:
        """Wait until everything appended is settled; False if that took longer. The disk stays open.

        If every group has caught up, nothing is left to be read at the next start.
        """
        with self._idle:
            self._closed = True
            settled = self._idle.wait_for(lambda: not self._waiting and self._batch is None, timeout_s)
            if settled:
                self._ledger.seal()
                self._free_segments()
        return settled

    def _put(self, request: Request) -> None:
        with self._lock:
            refused = self._closed and not isinstance(request, TailRequest)
            if not refused:
                self._waiting.append(request)
        if refused:
            refuse(request, _CLOSED)
        else:
            self._see_to_flush()

    def _see_to_flush(self) -> None:
        with self._lock:
            if self._promised or self._batch is not None or not self._waiting:
                return
            self._promised = True
        if not self.on_waiting():
            self.flush(here=False)

    def flush(self, here: bool) -> None:
        """Hand what waits to the disk, unless a batch is under way. `here`: this thread may do it."""
        with self._lock:
            self._promised = False
            if self._batch is not None or not self._waiting:
                return
            requests, self._waiting = self._waiting, []
            self._batch = batch = self._ledger.next_batch(requests)
        self._files.write(batch, self._settled, here=here)

    def _settled(self, result: DiskResult) -> None:
        """The batch under way has its outcome."""
        with self._lock:
            batch = self._batch
            assert batch is not None
            self._meter.flushed(batch, result)
            notices = self._succeed(batch) if isinstance(result, DiskOk) else self._fail(batch, result)
            self._free_segments()
        tell_all(notices)
        with self._idle:
            self._batch = None
            self._idle.notify_all()
        self._see_to_flush()

    def _succeed(self, batch: Batch) -> list[Notice]:
        notices = self._ledger.succeeded(batch)
        self._free_segments()
        if pressed := self._ledger.pressed(batch):
            notices.append(lambda: self.on_pressure(pressed))
        if carry := self._ledger.carry_over(batch):
            # In front: what waits may erase a group whose lines these are.
            self._waiting.insert(0, carry)
        return notices

    def _fail(self, batch: Batch, error: DiskError) -> list[Notice]:
        log.error("the shared log cannot be written: %s", error.reason)
        waiting, self._waiting = self._waiting, []
        if batch.new_segment:
            self._files.remove(batch.segment)
        return self._ledger.failed(batch, waiting, error)

    def _free_segments(self) -> None:
        for segment in self._ledger.free():
            self._files.let_go(segment)


def _nobody_flushes() -> bool:
    return False


def _nobody_minds(groups: Sequence[GroupId]) -> None:
    log.debug("%d groups hold the oldest log segment", len(groups))
