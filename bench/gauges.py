"""What measurements read: counted-down latches, percentiles, resident memory, a steady beat."""

from __future__ import annotations

import gc
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

PATIENCE_S = 100.0
"""How long a measurement waits for its end before it gives up: below the time-out of its process."""

_STATM = Path("/proc/self/statm")


class NotDone(Exception):
    """What was to be measured did not come to its end."""


class Latch:
    """Opens when it has been counted down to nothing. Thread-safe."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()
        self._open = threading.Event()

    def count_down(self) -> None:
        """One less to wait for."""
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._open.set()

    def wait(self) -> None:
        """Wait until it is open. Raises NotDone."""
        if not self._open.wait(PATIENCE_S):
            raise NotDone(f"{self._left} are still missing after {PATIENCE_S:g} s")


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def resident_bytes() -> int:
    """What the process holds in memory now, after a collection; where that cannot be read, at its peak."""
    gc.collect()
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def beat(count: int, per_second: float) -> Iterator[float]:
    """`count` due times, each handed out when it has come (time.perf_counter, seconds).

    A late beat is not moved: what is measured from its due time includes the wait of those behind it.
    """
    first = time.perf_counter()
    for number in range(count):
        due = first + number / per_second
        if (left_s := due - time.perf_counter()) > 0:
            time.sleep(left_s)
        yield due
