"""Counts what the shared log does. Not thread-safe: used under the log's lock."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from nanie_actors.histogram import Distribution, Histogram
from nanie_actors.storage.disk import DiskError, DiskResult
from nanie_actors.storage.log_batch import Batch

FLUSHES_REMEMBERED = 1_024
"""The newest flushes, of which the percentiles are taken."""

FLUSH_BOUNDS_S = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)
"""From what a good disk takes for one flush to what lets people wait."""


@dataclass(frozen=True, slots=True)
class LogStats:
    """Counts since the log was opened; `segments` and `retained_*` are now; flush times are in seconds.

    `failing`: the newest batch was refused by the disk.
    """

    appends: int
    lines: int
    bytes: int
    flushes: int
    failures: int
    segments: int
    retained_lines: int
    retained_bytes: int
    last_flush_s: float
    p50_flush_s: float
    p99_flush_s: float
    flush_times: Distribution
    failing: bool


class LogMeter:
    """The counters behind LogStats."""

    def __init__(self) -> None:
        self._appends = 0
        self._lines = 0
        self._bytes = 0
        self._flushes = 0
        self._failures = 0
        self._times: deque[float] = deque(maxlen=FLUSHES_REMEMBERED)
        self._histogram = Histogram(FLUSH_BOUNDS_S)
        self._failing = False

    def flushed(self, batch: Batch, result: DiskResult) -> None:
        """A batch was settled; one with nothing to write does not count."""
        if not batch.data:
            return
        self._flushes += 1
        took_s = time.monotonic() - batch.started
        self._times.append(took_s)
        self._histogram.add(took_s)
        self._failing = isinstance(result, DiskError)
        if self._failing:
            self._failures += 1
            return
        self._appends += batch.encoded.appends
        self._lines += batch.encoded.appended
        self._bytes += len(batch.data)

    def stats(self, segments: int, retained_lines: int, retained_bytes: int) -> LogStats:
        """The counts now."""
        ordered = sorted(self._times) or [0.0]
        return LogStats(
            appends=self._appends,
            lines=self._lines,
            bytes=self._bytes,
            flushes=self._flushes,
            failures=self._failures,
            segments=segments,
            retained_lines=retained_lines,
            retained_bytes=retained_bytes,
            last_flush_s=self._times[-1] if self._times else 0.0,
            p50_flush_s=ordered[len(ordered) // 2],
            p99_flush_s=ordered[len(ordered) * 99 // 100],
            flush_times=self._histogram.distribution(),
            failing=self._failing,
        )
