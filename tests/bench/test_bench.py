"""The benchmarks come to their end and judge rightly. No figure is asserted: a test has no stop-watch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import erlang, page_plan
from bench.__main__ import main
from bench.browser import chromium
from bench.gauges import Latch, percentile
from bench.pipeline_plan import stage_samples
from bench.plan import plan
from bench.rows import Figure, Row, Side, judge, samples_of
from bench.runner import TOOK
from bench.sample import Ground, Sample, SampleFailed, take
from bench.table import written

SMALL: dict[str, dict[str, int | float | str]] = {
    "bench.runtime:fan_out": {"kind": "pooled", "actors": 3, "messages": 9},
    "bench.runtime:asks": {"kind": "stock", "messages": 3},
    "bench.runtime:starts": {"kind": "stock", "actors": 3},
    "bench.runtime:fairness": {"kind": "pooled", "actors": 3, "messages": 6},
    "bench.runtime_laws:cost": {"law": "supervision", "actors": 3, "messages": 9, "rounds": 1},
    "bench.pipeline:throughput": {"groups": 2, "events": 20, "extractor": "care"},
    "bench.pipeline:latency": {"groups": 2, "events": 20, "per_second": 1_000},
    "bench.pipeline:half_capacity": {"groups": 2, "events": 200, "seconds": 0.1},
    "bench.predecessor:throughput": {"groups": 2, "length": 5, "events": 4, "encoder": "orjson"},
    "bench.flat:event_cost": {"groups": 2, "length": 5, "events": 20},
    "bench.flat:pushes": {"pushes": 2},
    "bench.stages:profile": {"groups": 2, "events": 20, "extractor": "care"},
    "bench.start:stored": {"groups": 2, "large": 1},
    "bench.start:reading": {"groups": 2, "large": 1},
    "bench.start:empty": {},
    "bench.cold_start:help_text": {"starts": 1},
    "bench.inspection:throughput": {"groups": 2, "events": 20, "every_s": 0.1},
    "bench.inspection:dump": {"groups": 2, "dumps": 2, "per_second": 100},
    "bench.replay:export": {"messages": 30, "linked": 1},
    "bench.laws:cost": {"law": "sync", "groups": 2, "events": 20, "rounds": 1},
    "bench.bare_pipeline:throughput": {"groups": 2, "events": 20, "extractor": "verbatim"},
    "bench.bare_pipeline:latency": {"events": 5, "per_second": 1_000},
    "bench.bare_pipeline:appends": {"lines": 5},
    "bench.stock_pipeline:throughput": {"groups": 2, "events": 20, "extractor": "verbatim"},
    "bench.shared_log:appends": {"lines": 20, "writers": 4},
    "bench.idle_groups:live": {"groups": 3},
    "bench.idle_groups:filled": {"groups": 2, "events": 10},
    "bench.idle_groups:bare": {"groups": 2, "events": 10},
    "bench.flood:throughput": {"tenants": 2, "phases": 1, "events": 20},
    "bench.flood:latency": {"tenants": 2, "phases": 1, "seconds": 1},
    "bench.supabase:pushes": {"conversations": 2, "pushes": 10},
    "bench.supabase:replies": {"conversations": 2, "replies": 10},
    "bench.supabase:raw_pushes": {"conversations": 2, "pushes": 10},
    "bench.supabase:raw_replies": {"conversations": 2, "replies": 10},
    "bench.supabase:latency": {"conversations": 2, "inserts": 5, "per_second": 20, "realtime": 1},
    "bench.supabase:memory": {"conversations": 3},
}

if erlang.installed():
    SMALL["bench.erlang:fan_out"] = {"schedulers": 1, "actors": 3, "messages": 9}

if chromium() is not None:
    SMALL["bench.page:seen"] = {"events": 4, "visits": 1, "updates": 2}
    SMALL["bench.page:exported"] = {"visits": 1}

STORED = Ground.of("bench.stored_groups:build", groups=2, events=3, large=1, large_events=4)
GROUNDS = {
    "bench.flat:event_cost": Ground.of("bench.stored_groups:build_busy", groups=2, length=5),
    "bench.start:stored": STORED,
    "bench.start:reading": STORED,
    "bench.replay:export": Ground.of("bench.replay:build", messages=30),
    "bench.page:seen": Ground.of("bench.household:build", events=4),
    "bench.page:exported": Ground.of("bench.household:build", events=4),
}
"""What some are measured on."""


def small(target: str) -> Sample:
    sample = Sample.of(target, **SMALL[target])
    return sample.on(GROUNDS[target]) if target in GROUNDS else sample


def everything(quick: bool) -> list[Sample]:
    rows = plan(quick=quick, long=True, laws=True)
    return [*samples_of(rows), *stage_samples(quick=quick)]


def row(better: str, ours: Sample, baseline: Sample) -> Row:
    return Row("area.thing", "a thing", "/s", better, Side("us", ours, "x"), Side("them", baseline, "x"))  # type: ignore[arg-type]


OURS, THEIRS = Sample.of("m:ours"), Sample.of("m:theirs")


@pytest.mark.parametrize("target", SMALL)
def test_every_measurement_comes_to_its_end_and_leaves_nothing(target: str, tmp_path: Path) -> None:
    """Each waits for the effect of its last event, so a lost one would fail it."""
    sample = small(target)
    metrics = take(sample, tmp_path)
    assert metrics
    assert TOOK not in metrics, "the runner's own"
    ground = sample.ground
    assert list(tmp_path.iterdir()) == ([ground.below(tmp_path)] if ground else [])


@pytest.mark.parametrize("quick", [True, False])
def test_the_plan_uses_only_measurements_that_are_tried_here(quick: bool) -> None:
    samples = everything(quick)
    assert {sample.target for sample in samples} == set(SMALL)
    for sample in samples:
        assert dict(sample.params).keys() == SMALL[sample.target].keys()
        assert (sample.ground is None) == (small(sample.target).ground is None)


@pytest.mark.parametrize("quick", [True, False])
def test_every_row_has_a_name_of_its_own(quick: bool) -> None:
    """Stored ratios are kept by it."""
    rows = plan(quick=quick, long=True, laws=True)
    assert len({row.name for row in rows}) == len(rows)


def test_what_takes_long_and_what_takes_laws_away_is_only_done_when_asked_for() -> None:
    names = {row.name.partition(".")[0] for row in plan(quick=False)}
    assert names.isdisjoint({"replay", "laws"})


def test_only_full_sizes_have_goals() -> None:
    assert any(row.goals for row in plan(quick=False))
    assert not any(row.goals for row in plan(quick=True, long=True, laws=True))


def test_what_fails_in_the_other_process_is_told_in_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(SampleFailed, match="unexpected keyword"):
        take(Sample.of("bench.runtime:asks", nonsense=1), tmp_path)


def test_what_takes_too_long_is_ended_and_told(tmp_path: Path) -> None:
    with pytest.raises(SampleFailed, match="not done after 0 s"):
        take(small("bench.start:empty").within(0.0), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_more_is_better_for_a_rate_and_less_for_a_time() -> None:
    taken = {OURS: [{"x": 10.0}], THEIRS: [{"x": 5.0}]}
    assert judge(row("higher", OURS, THEIRS), taken, {}).ratio == 2.0
    assert judge(row("lower", OURS, THEIRS), taken, {}).ratio == 0.5


def test_a_figure_is_the_median_with_its_extremes() -> None:
    assert Figure.of([9.0, 1.0, 2.0]) == Figure(2.0, 1.0, 9.0)


@pytest.mark.parametrize(("stored", "regressed"), [(2.4, False), (2.6, True), (None, False)])
def test_a_ratio_a_fifth_below_the_stored_one_is_a_regression(stored: float | None, regressed: bool) -> None:
    taken = {OURS: [{"x": 10.0}], THEIRS: [{"x": 5.0}]}
    known = {} if stored is None else {"area.thing": stored}
    assert judge(row("higher", OURS, THEIRS), taken, known).regressed is regressed


def test_what_several_rows_share_is_measured_once() -> None:
    one = row("higher", OURS, THEIRS)
    assert samples_of([one, one]) == [OURS, THEIRS]


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(1, 201)]
    assert (percentile(values, 50), percentile(values, 99), percentile(values, 100)) == (100.0, 198.0, 200.0)
    assert percentile([7.0], 1) == 7.0


def test_a_latch_opens_with_the_last_one() -> None:
    latch = Latch(2)
    latch.count_down()
    latch.count_down()
    latch.wait()


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12_345.6, "/s", "12,300/s"),
        (0.001234, "s", "1.23 ms"),
        (2.5, "s", "2.5 s"),
        (1_580.0, "B", "1.58 kB"),
        (300e6, "B", "300 MB"),
        (999.6, "B", "1 kB"),
    ],
)
def test_figures_are_written_with_three_digits(value: float, unit: str, text: str) -> None:
    assert written(value, unit) == text


def test_one_row_can_be_measured_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "result.json"
    status = main(["--quick", "--only", "log.append", "--dir", str(tmp_path), "--json", str(target)])
    result = json.loads(target.read_bytes())
    assert status == 0
    assert [row["name"] for row in result["rows"]] == ["log.append"]
    assert result["machine"]["cores"] >= 1
    assert "durable lines" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [target]


def test_without_a_browser_the_table_says_that_the_page_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(page_plan, "chromium", lambda: None)
    assert not any(row.name.startswith("page.") for row in plan(quick=False))
    target = tmp_path / "result.json"
    assert main(["--only", "page", "--dir", str(tmp_path), "--json", str(target)]) == 0
    assert "the page: left out" in capsys.readouterr().out
    result = json.loads(target.read_bytes())
    assert (len(result["rows"]), len(result["leftOut"])) == (0, 1)


def test_an_unknown_name_is_answered_with_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nothing-like-this"]) == 2
    assert "runtime.asks" in capsys.readouterr().out
