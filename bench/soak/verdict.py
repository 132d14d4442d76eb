"""Whether a run was flat. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.soak.window import Reading

WARM_UP = 0.2
"""The share of the run that does not count: caches fill, and every group is touched once."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """What is looked at, and how many times its early figure the late one may be."""

    name: str
    of: Callable[[Reading], float]
    may_grow: float


GAUGES = (
    Gauge("resident memory", lambda reading: reading.resident, 1.10),
    Gauge("threads", lambda reading: reading.threads, 1.0),
    Gauge("open files", lambda reading: reading.descriptors, 1.10),
    Gauge("shared log", lambda reading: reading.disk_bytes, 1.5),
    Gauge("p50", lambda reading: reading.p50_s, 1.5),
    Gauge("p99", lambda reading: reading.p99_s, 2.0),
)


@dataclass(frozen=True, slots=True)
class Trend:
    """Medians of a gauge early and late in the run."""

    gauge: Gauge
    early: float
    late: float

    @property
    def growth(self) -> float:
        """How many times the early figure the late one is."""
        return self.late / self.early if self.early else 1.0

    @property
    def flat(self) -> bool:
        """Whether that is no more than the gauge may grow."""
        return self.growth <= self.gauge.may_grow


def trends(readings: Sequence[Reading]) -> list[Trend]:
    """The first and the last third of the run after its warm-up, gauge by gauge.

    Raises ValueError for fewer than six readings after the warm-up: that says nothing.
    """
    counted = readings[int(len(readings) * WARM_UP) :]
    if len(counted) < 6:
        raise ValueError("the run is too short for a verdict")
    third = len(counted) // 3
    return [
        Trend(
            gauge,
            statistics.median(gauge.of(reading) for reading in counted[:third]),
            statistics.median(gauge.of(reading) for reading in counted[-third:]),
        )
        for gauge in GAUGES
    ]
