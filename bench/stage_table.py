"""The profiles by stage, for people and for programs."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.sample import Metrics, Sample
from bench.stages import BEFORE, ORDER, OUTSIDE, WAITED

STAGES = "stages"
"""What the profiles are called where rows have their names."""

_OUTSIDE_WORDS = {BEFORE: " (before the pipeline)", WAITED: " (waiting, beside it)"}


@dataclass(frozen=True, slots=True)
class Profile:
    """Seconds an event by stage, and the processor time of the whole pipeline, in which some are not."""

    extractor: str
    groups: int
    stages: dict[str, float]
    whole: float

    @property
    def remainder(self) -> float:
        """What no stage accounts for; below nothing if the stages cost more alone than together."""
        return self.whole - sum(spent for stage, spent in self.stages.items() if stage not in OUTSIDE)

    def to_json(self) -> dict[str, Any]:
        """For programs, in seconds an event; the keys are stable."""
        return {
            "extractor": self.extractor,
            "groups": self.groups,
            "stages": self.stages,
            "whole": self.whole,
            "remainder": self.remainder,
        }


def profile_of(sample: Sample, taken: Sequence[Metrics]) -> Profile:
    """The medians of a profile's repetitions."""
    params = dict(sample.params)
    medians = {name: statistics.median(metrics[name] for metrics in taken) for name in (*ORDER, "whole")}
    whole = medians.pop("whole")
    return Profile(str(params["extractor"]), int(params["groups"]), medians, whole)


def show_stages(console: Console, profiles: Sequence[Profile]) -> None:
    """One column a profile: microseconds an event; nothing where there is no profile."""
    if not profiles:
        return
    table = Table(pad_edge=False, title="Where the time goes: µs an event", title_justify="left")
    table.add_column("stage")
    for profile in profiles:
        table.add_column(f"{profile.extractor}, {profile.groups:,} groups", justify="right")
    for stage in ORDER:
        table.add_row(
            stage + _OUTSIDE_WORDS.get(stage, ""), *(_us(profile.stages[stage]) for profile in profiles)
        )
    table.add_row("remainder", *(_us(profile.remainder) for profile in profiles))
    table.add_section()
    table.add_row("the whole pipeline", *(_us(profile.whole) for profile in profiles))
    console.print(table)


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:.1f}"
