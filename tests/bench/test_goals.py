"""What counts as reached, and how it is told."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from bench.goals import Goal, at_least, at_most, times_better, times_the_baseline
from bench.machine import Machine
from bench.rows import Better, Outcome, Row, Side, judge
from bench.sample import Sample
from bench.table import show

MACHINE = Machine(cores=2, cpu="any", python="any", system="any", disk="any", load=0.0)


def outcome(goal: Goal, *, ours: float, baseline: float, better: Better) -> Outcome:
    us, them = Sample.of("m:us"), Sample.of("m:them")
    unit = "/s" if better == "higher" else "s"
    row = Row("area.thing", "a thing", unit, better, Side("us", us, "x"), Side("them", them, "x"), (goal,))
    return judge(row, {us: [{"x": ours}], them: [{"x": baseline}]}, {})


@pytest.mark.parametrize(
    ("goal", "ours", "baseline", "better", "reached"),
    [
        (at_least(100), 100.0, 1.0, "higher", True),
        (at_least(100), 99.0, 1.0, "higher", False),
        (at_most(2), 2.0, 1.0, "lower", True),
        (at_most(2), 2.1, 9.0, "lower", False),
        (times_better(10), 100.0, 10.0, "higher", True),
        (times_better(10), 99.0, 10.0, "higher", False),
        (times_better(10), 1.0, 10.0, "lower", True),
        (times_the_baseline(3), 3.0, 1.0, "lower", True),
        (times_the_baseline(3), 3.1, 1.0, "lower", False),
    ],
)
def test_a_goal_is_reached_up_to_its_bound(
    goal: Goal, ours: float, baseline: float, better: Better, reached: bool
) -> None:
    judged = outcome(goal, ours=ours, baseline=baseline, better=better)
    assert judged.reached(goal) is reached
    assert judged.missed == (() if reached else (goal,))
    assert [told["reached"] for told in judged.to_json()["goals"]] == [reached]


def shown(*outcomes: Outcome) -> str:
    text = StringIO()
    show(Console(file=text, width=200), MACHINE, outcomes, repetitions=1)
    return text.getvalue()


def test_the_table_says_of_each_goal_whether_it_is_reached() -> None:
    assert "≥ 10× reached" in shown(outcome(times_better(10), ours=11.0, baseline=1.0, better="higher"))
    assert "≥ 10× missed" in shown(outcome(times_better(10), ours=9.0, baseline=1.0, better="higher"))
    assert "≤ 2 s reached" in shown(outcome(at_most(2), ours=1.0, baseline=1.0, better="lower"))


def test_what_is_missed_is_named_below_the_table() -> None:
    missed = outcome(times_the_baseline(3), ours=4.0, baseline=1.0, better="lower")
    reached = outcome(at_least(1), ours=4.0, baseline=1.0, better="higher")
    assert "1 of 2 goals reached; missed: area.thing (≤ 3× of it)." in shown(missed, reached)
    assert "1 of 1 goals reached." in shown(reached)
