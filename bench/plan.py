"""Every comparison that is made, with its sizes: the full run takes minutes, the quick one seconds."""

from __future__ import annotations

from dataclasses import replace

from bench.goals import Goal, at_least, at_most, times_better
from bench.pipeline_plan import RAW, pipeline_rows
from bench.rows import Better, Row, Side
from bench.sample import Sample
from bench.supabase_plan import supabase_rows
from bench.worker_plan import inspection_rows, law_rows, memory_rows, replay_rows, start_rows

STOCK = "stock Pykka, a thread per actor"

_FAN_OUT_GOALS = {1: 6, 1_000: 60, 10_000: 400}
"""How many times stock Pykka's rate is promised, by the number of actors."""


def plan(*, quick: bool, long: bool = False, laws: bool = False) -> list[Row]:
    """All rows, in the order of the table. `long`: also what takes many minutes; `laws`: also their prices.

    The goals are for the full sizes: quick rows have none.
    """
    rows = [
        *_runtime(quick),
        *pipeline_rows(quick=quick),
        *start_rows(quick=quick),
        *inspection_rows(quick=quick),
        *memory_rows(quick=quick),
        *(replay_rows(quick=quick) if long else ()),
        *_log(quick),
        *_flood(quick),
        *supabase_rows(quick=quick),
        *(law_rows(quick=quick) if laws else ()),
    ]
    return [replace(row, goals=()) for row in rows] if quick else rows


def _runtime(quick: bool) -> list[Row]:
    rows = [_fan_out(actors, quick) for actors in ((1, 1_000) if quick else (1, 1_000, 10_000))]
    most, one = rows[-1], rows[0]
    to_one = replace(one.ours, label="pooled, one sender to 1")
    rows.append(Row("runtime.evenness", most.what, "/s", "higher", most.ours, to_one, (times_better(0.8),)))
    target = "bench.runtime:"
    asks = 2_000 if quick else 20_000
    rows.append(
        _kinds(
            "runtime.asks",
            "asks from outside",
            "/s",
            target + "asks",
            "asks_per_s",
            times_better(1),
            messages=asks,
        )
    )
    ours = Sample.of(target + "starts", kind="pooled", actors=2_000 if quick else 10_000)
    stock = Sample.of(target + "starts", kind="stock", actors=500 if quick else 2_000)
    rows.append(
        Row(
            "runtime.starts",
            "actors started",
            "/s",
            "higher",
            Side("pooled", ours, "starts_per_s"),
            Side(STOCK, stock, "starts_per_s"),
            (at_least(50_000),),
        )
    )
    rows.append(
        Row(
            "runtime.memory",
            "a bare idle actor",
            "B",
            "lower",
            Side("pooled", ours, "bytes_per_actor"),
            Side(STOCK, stock, "bytes_per_actor"),
            (at_most(2_500),),
        )
    )
    told = 200 if quick else 1_000
    what = "p99 on the way beside a flooded actor"
    sample = target + "fairness"
    few_ms = at_most(0.005)
    rows.append(_kinds("runtime.fairness", what, "s", sample, "p99_s", few_ms, actors=100, messages=told))
    return rows


def _fan_out(actors: int, quick: bool) -> Row:
    ours = 50_000 if quick else 500_000
    stock = 5_000 if quick or actors > 1 else 100_000
    target, metric = "bench.runtime:fan_out", "messages_per_s"
    stock_sample = Sample.of(target, kind="stock", actors=actors, messages=max(stock, actors))
    return Row(
        f"runtime.fan-out-{actors}",
        f"messages, one sender to {actors:,}",
        "/s",
        "higher",
        Side("pooled", Sample.of(target, kind="pooled", actors=actors, messages=ours), metric),
        Side(STOCK, stock_sample.once() if actors > 1_000 else stock_sample, metric),
        (times_better(_FAN_OUT_GOALS[actors]),),
    )


def _kinds(name: str, what: str, unit: str, target: str, metric: str, goal: Goal, **params: int) -> Row:
    ours = Sample.of(target, kind="pooled", **params)
    stock = Sample.of(target, kind="stock", **params)
    better: Better = "lower" if unit == "s" else "higher"
    return Row(name, what, unit, better, Side("pooled", ours, metric), Side(STOCK, stock, metric), (goal,))


def _log(quick: bool) -> list[Row]:
    lines, raw = (5_000, 500) if quick else (50_000, 3_000)
    metric = "lines_per_s"
    ours = Side("product", Sample.of("bench.shared_log:appends", lines=lines, writers=100), metric)
    baseline = Side(RAW, Sample.of("bench.bare_pipeline:appends", lines=raw), metric)
    return [Row("log.append", "durable lines, 100 writers", "/s", "higher", ours, baseline)]


def _flood(quick: bool) -> list[Row]:
    """Each sample measures both sides in turn, in one process: a busy minute then hits them alike."""
    tenants, phases = (5, 2) if quick else (20, 4)
    events, seconds = (500, 1) if quick else (4_000, 3)
    full = Sample.of("bench.flood:throughput", tenants=tenants, phases=phases, events=events)
    steady = Sample.of("bench.flood:latency", tenants=tenants, phases=phases, seconds=seconds).once()
    what = f"{tenants} quiet tenants beside a flood:"
    rows: list[tuple[str, str, Better, Sample, str]] = [
        ("throughput", "events", "higher", full, "events_per_s"),
        ("told-p50", "p50 until told", "lower", steady, "told_p50_s"),
        ("told-p95", "p95 until told", "lower", steady, "told_p95_s"),
        ("answered-p50", "p50 until answered", "lower", steady, "answered_p50_s"),
        ("answered-p95", "p95 until answered", "lower", steady, "answered_p95_s"),
    ]
    return [
        Row(
            f"flood.{name}",
            f"{what} {figure}",
            "/s" if better == "higher" else "s",
            better,
            Side("beside the flood", sample, f"beside_{metric}"),
            Side("the same without it", sample, f"alone_{metric}"),
        )
        for name, figure, better, sample, metric in rows
    ]
