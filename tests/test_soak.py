"""The soak run's verdict: what counts as flat."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.soak.verdict import GAUGES, trends
from bench.soak.window import Reading

READING = Reading(
    at_s=0.0,
    events=0,
    commands=0,
    resident=60_000_000,
    threads=10,
    descriptors=70,
    live_groups=100,
    p50_s=0.001,
    p99_s=0.01,
    disk_bytes=2_000_000,
)


def test_a_run_whose_readings_stay_as_they_are_is_flat() -> None:
    assert all(trend.flat for trend in trends([READING] * 30))


def test_memory_that_keeps_growing_is_found() -> None:
    readings = [replace(READING, resident=READING.resident + number * 1_000_000) for number in range(30)]
    assert {trend.gauge.name for trend in trends(readings) if not trend.flat} == {"resident memory"}


def test_one_more_thread_is_one_too_many() -> None:
    readings = [READING] * 20 + [replace(READING, threads=11)] * 10
    assert {trend.gauge.name for trend in trends(readings) if not trend.flat} == {"threads"}


def test_what_the_warm_up_takes_does_not_count() -> None:
    readings = [replace(READING, resident=1)] * 6 + [READING] * 24
    assert all(trend.flat for trend in trends(readings))


def test_a_run_too_short_to_tell_says_so() -> None:
    with pytest.raises(ValueError, match="too short"):
        trends([READING] * 6)


def test_every_gauge_has_a_name_of_its_own() -> None:
    assert len({gauge.name for gauge in GAUGES}) == len(GAUGES)
