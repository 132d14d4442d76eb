"""What a line of the table is: a figure, the baseline it is held against, and which way is better. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bench.goals import Goal
from bench.sample import Metrics, Sample

Better = Literal["higher", "lower"]

NOTABLE = 0.20
"""A ratio that fell by more than this against the stored one is reported. Less is within what a shared
machine does to the same code."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two things compared: where its figure comes from, and what to call it."""

    label: str
    sample: Sample
    metric: str


@dataclass(frozen=True, slots=True)
class Row:
    """A comparison. `name` is `section.what`; `unit` is one that the table knows how to write.

    `goals` are what the project promised of it; most rows have none.
    """

    name: str
    what: str
    unit: str
    better: Better
    ours: Side
    baseline: Side
    goals: tuple[Goal, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of the repetitions, and their extremes."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        """Of at least one value."""
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row with its figures. `ratio`: how many times better than the baseline; `stored`: what it was."""

    row: Row
    ours: Figure
    baseline: Figure
    ratio: float
    stored: float | None

    @property
    def regressed(self) -> bool:
        """Whether the ratio is notably worse than the stored one."""
        return self.stored is not None and self.ratio < self.stored * (1 - NOTABLE)

    def reached(self, goal: Goal) -> bool:
        """Whether one of the row's goals is reached, by the medians."""
        return goal.reached(self.ours.median, self.ratio)

    @property
    def missed(self) -> tuple[Goal, ...]:
        """The goals that are not reached."""
        return tuple(goal for goal in self.row.goals if not self.reached(goal))

    def to_json(self) -> dict[str, Any]:
        """For programs; the keys are stable."""
        return {
            "name": self.row.name,
            "what": self.row.what,
            "unit": self.row.unit,
            "better": self.row.better,
            "ours": _figure_json(self.row.ours, self.ours),
            "baseline": _figure_json(self.row.baseline, self.baseline),
            "ratio": self.ratio,
            "storedRatio": self.stored,
            "regressed": self.regressed,
            "goals": [self._goal_json(goal) for goal in self.row.goals],
        }

    def _goal_json(self, goal: Goal) -> dict[str, Any]:
        bound = {"atMost" if goal.at_most else "atLeast": goal.bound}
        return {"of": goal.of, **bound, "reached": self.reached(goal)}


def samples_of(rows: Sequence[Row]) -> list[Sample]:
    """Each sample once, in the order of the rows; what several rows share is run once a repetition."""
    return list(dict.fromkeys(side.sample for row in rows for side in (row.ours, row.baseline)))


def judge(row: Row, taken: Mapping[Sample, Sequence[Metrics]], stored: Mapping[str, float]) -> Outcome:
    """The row's outcome. Raises KeyError if one of its samples was never taken."""
    ours, baseline = (
        Figure.of([metrics[side.metric] for metrics in taken[side.sample]])
        for side in (row.ours, row.baseline)
    )
    ratio = ours.median / baseline.median if row.better == "higher" else baseline.median / ours.median
    return Outcome(row, ours, baseline, ratio, stored.get(row.name))


def _figure_json(side: Side, figure: Figure) -> dict[str, Any]:
    params = dict(side.sample.params)
    return {
        "label": side.label,
        "params": params,
        "median": figure.median,
        "low": figure.low,
        "high": figure.high,
    }
