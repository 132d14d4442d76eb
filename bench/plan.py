"""Every comparison that is made, with its sizes: the full run takes minutes, the quick one seconds."""

from __future__ import annotations

from dataclasses import replace

from bench.rows import Better, Row, Side
from bench.sample import Sample
from bench.supabase_plan import supabase_rows

STOCK = "stock Pykka, a thread per actor"
STOCK_PIPELINE = "stock Pykka, a flush per event"
FLOOR = "the same parts in one loop, no actors"
_CPU = "cpu_s_per_event"
"""Hardly changed by whatever else the machine does."""

RAW = "append + fdatasync, one by one"


def plan(*, quick: bool) -> list[Row]:
    """All rows, in the order of the table."""
    return [
        *_runtime(quick),
        *_pipeline(quick),
        *_latency(quick),
        *_memory(quick),
        *_log(quick),
        *_flood(quick),
        *supabase_rows(quick=quick),
    ]


def _runtime(quick: bool) -> list[Row]:
    rows = [_fan_out(actors, quick) for actors in ((1, 1_000) if quick else (1, 1_000, 10_000))]
    target = "bench.runtime:"
    asks = 2_000 if quick else 20_000
    rows.append(
        _kinds("runtime.asks", "asks from outside", "/s", target + "asks", "asks_per_s", messages=asks)
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
        )
    )
    told = 200 if quick else 1_000
    what = "p99 on the way beside a flooded actor"
    sample = target + "fairness"
    rows.append(_kinds("runtime.fairness", what, "s", sample, "p99_s", actors=100, messages=told))
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
    )


def _kinds(name: str, what: str, unit: str, target: str, metric: str, **params: int) -> Row:
    ours = Sample.of(target, kind="pooled", **params)
    stock = Sample.of(target, kind="stock", **params)
    better: Better = "lower" if unit == "s" else "higher"
    return Row(name, what, unit, better, Side("pooled", ours, metric), Side(STOCK, stock, metric))


def _pipeline(quick: bool) -> list[Row]:
    events = 2_000 if quick else 20_000
    few = 500 if quick else 2_000
    rows = []
    for extractor in ("verbatim", "care"):
        for groups in (1, 100) if quick else (1, 100, 1_000):
            name, what = f"pipeline.{extractor}-{groups}", f"events, {_groups(groups)}, {extractor}"
            ours = _end_to_end("bench.pipeline", "product", groups, events, extractor)
            stock = _end_to_end("bench.stock_pipeline", STOCK_PIPELINE, groups, few, extractor)
            if groups > 100:
                stock = replace(stock, sample=stock.sample.once())
            bare = _end_to_end("bench.bare_pipeline", FLOOR, groups, events // 2, extractor)
            if extractor == "verbatim":
                rows.append(Row(f"{name}.stock", what, "/s", "higher", ours, stock))
            rows.append(Row(f"{name}.floor", what, "/s", "higher", ours, bare))
            cpu, bare_cpu = replace(ours, metric=_CPU), replace(bare, metric=_CPU)
            rows.append(Row(f"{name}.cpu", "… processor time of each", "s", "lower", cpu, bare_cpu))
    return rows


def _end_to_end(module: str, label: str, groups: int, events: int, extractor: str) -> Side:
    sample = Sample.of(f"{module}:throughput", groups=groups, events=events, extractor=extractor)
    return Side(label, sample, "events_per_s")


def _groups(count: int) -> str:
    return "1 group" if count == 1 else f"{count:,} groups"


def _latency(quick: bool) -> list[Row]:
    events, groups = (500, 100) if quick else (3_000, 1_000)
    ours = Sample.of("bench.pipeline:latency", groups=groups, events=events, per_second=1_000)
    raw = Sample.of("bench.bare_pipeline:latency", events=events, per_second=1_000)
    return [
        Row(
            f"latency.p{percent}",
            f"p{percent} until told, at 1,000 events/s",
            "s",
            "lower",
            Side("product", ours, f"p{percent}_s"),
            Side(RAW, raw, f"p{percent}_s"),
        )
        for percent in (50, 99)
    ]


def _memory(quick: bool) -> list[Row]:
    groups, full, events = (200, 10, 200) if quick else (1_000, 50, 1_000)
    live = Sample.of("bench.idle_groups:live", groups=groups)
    filled = Sample.of("bench.idle_groups:filled", groups=full, events=events)
    bare = Sample.of("bench.idle_groups:bare", groups=full, events=events)
    stock = Sample.of("bench.runtime:starts", kind="stock", actors=500 if quick else 2_000)
    return [
        Row(
            "memory.idle",
            "a live group, no events",
            "B",
            "lower",
            Side("product", live, "bytes_per_group"),
            Side("one bare stock Pykka actor", stock, "bytes_per_actor"),
        ),
        Row(
            "memory.linked",
            "… with its linked conversation",
            "B",
            "lower",
            Side("product", live, "bytes_per_linked"),
            Side("one bare stock Pykka actor", stock, "bytes_per_actor"),
        ),
        Row(
            "memory.filled",
            f"… and {events:,} events",
            "B",
            "lower",
            Side("product", filled, "bytes_per_group"),
            Side("the timeline as plain objects", bare, "bytes_per_group"),
        ),
    ]


def _log(quick: bool) -> list[Row]:
    lines, raw = (5_000, 500) if quick else (50_000, 3_000)
    metric = "lines_per_s"
    ours = Side("product", Sample.of("bench.shared_log:appends", lines=lines, writers=100), metric)
    baseline = Side(RAW, Sample.of("bench.bare_pipeline:appends", lines=raw), metric)
    return [Row("log.append", "durable lines, 100 writers", "/s", "higher", ours, baseline)]


def _flood(quick: bool) -> list[Row]:
    """Each sample measures both sides in turn, in one process: a busy minute then hits them alike."""
    tenants, phases = (5, 2) if quick else (20, 6)
    events, seconds = (500, 1) if quick else (4_000, 5)
    full = Sample.of("bench.flood:throughput", tenants=tenants, phases=phases, events=events)
    steady = Sample.of("bench.flood:latency", tenants=tenants, phases=phases, seconds=seconds)
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
