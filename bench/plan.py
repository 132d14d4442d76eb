"""Every comparison that is made, with its sizes: the full run takes minutes, the quick one seconds."""

from __future__ import annotations

from dataclasses import replace

from bench.page_plan import page_rows
from bench.pipeline_plan import RAW, pipeline_rows
from bench.rows import Better, Row, Side
from bench.runtime_plan import runtime_law_rows, runtime_rows
from bench.sample import Sample
from bench.supabase_plan import supabase_rows
from bench.worker_plan import inspection_rows, law_rows, memory_rows, replay_rows, start_rows


def plan(*, quick: bool, long: bool = False, laws: bool = False) -> list[Row]:
    """All rows, in the order of the table. `long`: also what takes many minutes; `laws`: also their prices.

    The goals are for the full sizes: quick rows have none.
    """
    rows = [
        *runtime_rows(quick=quick),
        *pipeline_rows(quick=quick),
        *start_rows(quick=quick),
        *inspection_rows(quick=quick),
        *memory_rows(quick=quick),
        *(replay_rows(quick=quick) if long else ()),
        *_log(quick),
        *_flood(quick),
        *supabase_rows(quick=quick),
        *page_rows(quick=quick),
        *(law_rows(quick=quick) if laws else ()),
        *(runtime_law_rows(quick=quick) if laws else ()),
    ]
    return [replace(row, goals=()) for row in rows] if quick else rows


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
