"""What is measured of an event's way through the product."""

from __future__ import annotations

from dataclasses import replace

from bench.goals import Goal, at_least, times_better, times_the_baseline
from bench.rows import Row, Side
from bench.sample import Ground, Sample

STOCK = "stock Pykka, a flush per event"
FLOOR = "the same parts in one loop, no actors"
RAW = "append + fdatasync, one by one"
REWRITING = "rewrite the JSON file per event, unsynced"
REWRITING_FAST = "the same with the fastest JSON encoder"

_CPU = "cpu_s_per_event"
"""Hardly changed by whatever else the machine does."""

_RATES = {("verbatim", 1_000): 35_000.0, ("care", 1_000): 15_000.0}
"""Events a second that are promised, by extractor and number of groups."""

FLOOD = 60_000
"""Events of a flood: two seconds and more, so that the 0.1 s that its last push may wait for weigh little."""

LENGTHS = (1_000, 10_000, 100_000)


def pipeline_rows(*, quick: bool) -> list[Row]:
    """Rates, latencies and the cost of a long timeline, each with its baselines."""
    return [
        *_throughput(quick),
        *_predecessor(quick),
        *_latency(quick),
        *_half_capacity(quick),
        *_flat(quick),
    ]


def stage_samples(*, quick: bool) -> list[Sample]:
    """The profiles by stage: of quiet groups, of which every event is told and pushed by itself."""
    groups, events = (100, 2_000) if quick else (1_000, 10_000)
    return [
        Sample.of("bench.stages:profile", groups=groups, events=events, extractor=extractor).once()
        for extractor in ("verbatim", "care")
    ]


def _throughput(quick: bool) -> list[Row]:
    rows = []
    for extractor in ("verbatim", "care"):
        for groups in (1, 100) if quick else (1, 10, 100, 1_000):
            name, what = f"pipeline.{extractor}-{groups}", f"events, {_groups(groups)}, {extractor}"
            ours, bare = _ours(groups, extractor, quick), _bare(groups, extractor, quick)
            rate = _RATES.get((extractor, groups))
            goals: tuple[Goal, ...] = (at_least(rate),) if rate else ()
            floor: tuple[Goal, ...] = (times_better(0.35),) if extractor == "verbatim" else ()
            if extractor == "verbatim":
                stock = _stock(groups, quick)
                rows.append(Row(f"{name}.stock", what, "/s", "higher", ours, stock, (times_better(10),)))
            rows.append(Row(f"{name}.floor", what, "/s", "higher", ours, bare, (*goals, *floor)))
            cpu, bare_cpu = replace(ours, metric=_CPU), replace(bare, metric=_CPU)
            rows.append(Row(f"{name}.cpu", "… processor time of each", "s", "lower", cpu, bare_cpu))
    return rows


def _ours(groups: int, extractor: str, quick: bool) -> Side:
    return _end_to_end("bench.pipeline", "product", groups, 2_000 if quick else FLOOD, extractor)


def _bare(groups: int, extractor: str, quick: bool) -> Side:
    return _end_to_end("bench.bare_pipeline", FLOOR, groups, 1_000 if quick else FLOOD, extractor)


def _stock(groups: int, quick: bool) -> Side:
    stock = _end_to_end("bench.stock_pipeline", STOCK, groups, 500 if quick else 2_000, "verbatim")
    return replace(stock, sample=stock.sample.once()) if groups > 100 else stock


def _end_to_end(module: str, label: str, groups: int, events: int, extractor: str) -> Side:
    sample = Sample.of(f"{module}:throughput", groups=groups, events=events, extractor=extractor)
    return Side(label, sample, "events_per_s")


def _predecessor(quick: bool) -> list[Row]:
    """The stream of the pipeline's rows, and timelines that are as long already."""
    events = 2_000 if quick else 20_000
    rows = []
    for groups, goal in ((1, 500), (100, 20)):
        ours = _end_to_end("bench.pipeline", "product", groups, events, "verbatim")
        length = events // groups // 2
        few = max(groups, 60)
        name, what = (
            f"predecessor.stream-{groups}",
            f"events, {_groups(groups)}, {events:,} from the first on",
        )
        old = _rewriting(groups, length, few, "standard")
        rows.append(Row(name, what, "/s", "higher", ours, old, (times_better(goal),)))
        fast = _rewriting(groups, length, 5 * few, "orjson")
        rows.append(Row(f"{name}.fast", what, "/s", "higher", ours, fast))
    for groups, length in ((1, 0), (1, 1_000)) if quick else ((1, 0), (1, 1_000), (1, 10_000), (100, 1_000)):
        old = _rewriting(groups, length, max(groups, 60), "standard")
        what = f"events, {_groups(groups)} with {length:,} events already"
        rows.append(
            Row(
                f"predecessor.{groups}-with-{length}",
                what,
                "/s",
                "higher",
                Side("product", _growing(groups, length, quick), "events_per_s"),
                old,
            )
        )
    return rows


def _rewriting(groups: int, length: int, events: int, encoder: str) -> Side:
    sample = Sample.of(
        "bench.predecessor:throughput", groups=groups, length=length, events=events, encoder=encoder
    )
    return Side(REWRITING if encoder == "standard" else REWRITING_FAST, sample, "events_per_s")


def _latency(quick: bool) -> list[Row]:
    events, groups = (500, 100) if quick else (3_000, 1_000)
    ours = Sample.of("bench.pipeline:latency", groups=groups, events=events, per_second=1_000)
    return [
        Row(
            f"latency.p{percent}",
            f"p{percent} until told and pushed, at 1,000 events/s",
            "s",
            "lower",
            Side("product", ours, f"p{percent}_s"),
            Side(RAW, _raw_latency(quick), f"p{percent}_s"),
            (times_the_baseline(3),) if percent == 50 else (),
        )
        for percent in (50, 99)
    ]


def _half_capacity(quick: bool) -> list[Row]:
    groups, events, seconds = (100, 2_000, 1) if quick else (1_000, 20_000, 3)
    ours = Sample.of("bench.pipeline:half_capacity", groups=groups, events=events, seconds=seconds)
    return [
        Row(
            f"latency.half-p{percent}",
            f"p{percent} until told, at half capacity",
            "s",
            "lower",
            Side("product", ours, f"p{percent}_s"),
            Side("p50 of " + RAW, _raw_latency(quick), "p50_s"),
            (times_the_baseline(60),) if percent == 99 else (),
        )
        for percent in (50, 99)
    ]


def _raw_latency(quick: bool) -> Sample:
    return Sample.of("bench.bare_pipeline:latency", events=500 if quick else 3_000, per_second=1_000)


def _flat(quick: bool) -> list[Row]:
    none = _growing(1, 0, quick)
    rows = []
    for length in LENGTHS[:1] if quick else LENGTHS:
        long = _growing(1, length, quick)
        for name, metric, what in (("cpu", _CPU, "processor time of"), ("time", "s_per_event", "time of")):
            rows.append(
                Row(
                    f"flat.{name}-{length}",
                    f"{what} an event after {length:,}",
                    "s",
                    "lower",
                    Side("product", long, metric),
                    Side("after none", none, metric),
                    (times_the_baseline(1.2),),
                )
            )
    pushes = Sample.of("bench.flat:pushes", pushes=200 if quick else 5_000)
    kept, anew = Side("from kept lines", pushes, "kept_s"), Side("encoded anew", pushes, "anew_s")
    return [*rows, Row("flat.push", "a push of the last 500 events", "s", "lower", kept, anew)]


def _growing(groups: int, length: int, quick: bool) -> Sample:
    """Enough events for the files of a group to be compacted: that is due when it has doubled."""
    events = max(2_000 if quick else 20_000, length * 5 // 4)
    ground = Ground.of("bench.stored_groups:build_busy", groups=groups, length=length)
    sample = Sample.of("bench.flat:event_cost", groups=groups, length=length, events=events).on(ground)
    return sample.once() if groups > 1 else sample


def _groups(count: int) -> str:
    return "1 group" if count == 1 else f"{count:,} groups"
