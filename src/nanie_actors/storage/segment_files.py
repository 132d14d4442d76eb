"""What the shared log does to its files, one a segment: all of it on the commit lane, so in order."""

from __future__ import annotations

import logging
from pathlib import Path
from time import monotonic

from nanie_actors.storage.disk import Disk, DiskError, DiskResult, Done, Lane
from nanie_actors.storage.log_batch import Batch
from nanie_actors.storage.log_recovery import Recovered
from nanie_actors.storage.retained import Segment

SLOW_S = 0.02
"""A write that kept a lent thread longer than this was no bargain: a hand-over costs a hundredth of it."""

REST_S = 1.0
"""For how long after such a write none is lent: however slow the disk is, few others wait for it."""

log = logging.getLogger(__name__)


class SegmentFiles:
    """Any thread; only `write` with `here` may block. What fails beside a write is logged: it costs room."""

    def __init__(self, disk: Disk, folder: Path) -> None:
        self._disk = disk
        self._folder = folder
        self._lend_from = 0.0

    def mend(self, found: Recovered) -> None:
        """Before anything is written: cut torn tails off, and make durable what was read."""
        for name, length in found.cuts.items():
            path = self._folder / name
            self._disk.truncate(path, length, lane=Lane.COMMIT, done=_log_failure("cutting a torn tail"))
        for name in found.unsettled:
            # Read from memory, perhaps: its writer may have been killed before it was on the disk.
            path = self._folder / name
            self._disk.append(path, b"", lane=Lane.COMMIT, done=_log_failure("securing the log's end"))

    def write(self, batch: Batch, done: Done, *, here: bool) -> None:
        """Make a batch durable (see Disk.append); an empty one is told once all before it is settled."""
        if not batch.data:
            self._disk.barrier(lane=Lane.COMMIT, done=done)
            return
        path, began = self._folder / batch.segment.name, monotonic()
        lent = here and began >= self._lend_from
        self._disk.append(path, batch.data, lane=Lane.COMMIT, done=done, here=lent)
        if lent and (now := monotonic()) > began + SLOW_S:
            self._lend_from = now + REST_S

    def let_go(self, segment: Segment) -> None:
        """Nobody needs it: remove it, or keep it for a look under another name if it is damaged."""
        if not segment.damaged:
            self.remove(segment)
            return
        path = self._folder / segment.name
        kept = path.with_suffix(".damaged")
        self._disk.rename(path, kept, lane=Lane.COMMIT, done=_log_failure("keeping a damaged segment"))

    def remove(self, segment: Segment) -> None:
        """Remove its file, if it has one."""
        path = self._folder / segment.name
        self._disk.remove(path, lane=Lane.COMMIT, done=_log_failure("removing a log segment"))


def _log_failure(what: str) -> Done:
    def done(result: DiskResult) -> None:
        if isinstance(result, DiskError):
            log.warning("%s failed: %s", what, result.reason)

    return done
