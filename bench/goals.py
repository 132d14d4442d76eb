"""What a figure is to reach, and whether it does. Pure.

The goals are those that the project set itself for two cores of this kind: some bound the figure itself, some
how it stands to its baseline of the same run, which says more on another machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Of = Literal["figure", "times better", "times the baseline"]


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on the figure in the row's unit, on how many times better than its baseline it is, or on how
    many times its baseline it costs. `at_most`: more misses it; otherwise less does."""

    of: Of
    bound: float
    at_most: bool

    def reached(self, figure: float, ratio: float) -> bool:
        """Whether the median of a figure, and its ratio (times better), keep within the bound."""
        value = figure
        if self.of == "times better":
            value = ratio
        elif self.of == "times the baseline":
            value = 1 / ratio
        return value <= self.bound if self.at_most else value >= self.bound


def at_least(bound: float) -> Goal:
    """The figure itself, in the row's unit."""
    return Goal("figure", bound, at_most=False)


def at_most(bound: float) -> Goal:
    """The figure itself, in the row's unit."""
    return Goal("figure", bound, at_most=True)


def times_better(bound: float) -> Goal:
    """So many times better than the baseline."""
    return Goal("times better", bound, at_most=False)


def times_the_baseline(bound: float) -> Goal:
    """No more than so many times what the baseline takes, where less is better."""
    return Goal("times the baseline", bound, at_most=True)
