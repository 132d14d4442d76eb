"""What one reading shows: latencies since the last one, and what the process holds."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from bench.gauges import percentile

_DESCRIPTORS = Path("/proc/self/fd")
_STATM = Path("/proc/self/statm")


class LatencyWindow:
    """Gathers latencies (seconds) between two readings. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: list[float] = []

    def add(self, latency_s: float) -> None:
        """One more."""
        with self._lock:
            self._values.append(latency_s)

    def take(self) -> list[float]:
        """All since the last call."""
        with self._lock:
            taken, self._values = self._values, []
        return taken


@dataclass(frozen=True, slots=True)
class Reading:
    """The process at one moment of the run; latencies are those since the reading before."""

    at_s: float
    events: int
    commands: int
    resident: int
    threads: int
    descriptors: int
    live_groups: int
    p50_s: float
    p99_s: float
    disk_bytes: int


def read(
    at_s: float, events: int, commands: int, live_groups: int, latencies: list[float], folder: Path
) -> Reading:
    """Look at this process now."""
    return Reading(
        at_s=at_s,
        events=events,
        commands=commands,
        resident=_resident(),
        threads=threading.active_count(),
        descriptors=len(os.listdir(_DESCRIPTORS)) if _DESCRIPTORS.exists() else 0,
        live_groups=live_groups,
        p50_s=percentile(latencies, 50) if latencies else 0.0,
        p99_s=percentile(latencies, 99) if latencies else 0.0,
        disk_bytes=sum(path.stat().st_size for path in (folder / "wal").glob("*")),
    )


def _resident() -> int:
    """Bytes, without a collection before: that would show among the latencies. 0 where it cannot be read."""
    if not _STATM.exists():
        return 0
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
