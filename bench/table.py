"""The outcome for people: one table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table

from bench.goals import Goal
from bench.machine import Machine
from bench.rows import Figure, Outcome, Row


def show(
    console: Console,
    machine: Machine,
    outcomes: Sequence[Outcome],
    *,
    repetitions: int,
    left_out: Sequence[str] = (),
) -> None:
    """Header, table with what is left out of it, and what got worse."""
    console.print(
        f"{machine.cores} cores ({machine.cpu}), {machine.python}, {machine.system}, {machine.disk}; "
        f"load average at the start {machine.load}. Medians of {repetitions}.",
        soft_wrap=True,
    )
    if outcomes or left_out:
        console.print(_table(outcomes, left_out))
    _say_goals(console, outcomes)
    if new := sum(outcome.stored is None for outcome in outcomes):
        console.print(f"{new} ratios have no stored one to be compared with: --store keeps them.")
    for outcome in outcomes:
        if outcome.row.name.startswith("flood."):
            console.print(f"{outcome.row.what}: {100 * (1 - outcome.ratio):+.1f} % lost")
        if outcome.regressed:
            console.print(
                f"{outcome.row.name}: {outcome.ratio:.3g} times its baseline, it was {outcome.stored:.3g}",
                style="yellow",
            )


def _say_goals(console: Console, outcomes: Sequence[Outcome]) -> None:
    goals = sum(len(outcome.row.goals) for outcome in outcomes)
    missed = [f"{o.row.name} ({_bound(o.row, goal)})" for o in outcomes for goal in o.missed]
    if goals:
        told = f"; missed: {', '.join(missed)}" if missed else ""
        console.print(f"{goals - len(missed)} of {goals} goals reached{told}.", soft_wrap=True)


def _table(outcomes: Sequence[Outcome], left_out: Sequence[str]) -> Table:
    table = Table(pad_edge=False)
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_column("from – to", justify="right", style="dim")
    table.add_column("baseline", justify="right")
    table.add_column("times better", justify="right")
    table.add_column("goal", justify="right")
    table.add_column("stored", justify="right", style="dim")
    table.add_column("baseline is", style="dim")
    for _, section in groupby(outcomes, lambda outcome: outcome.row.name.partition(".")[0]):
        for outcome in section:
            table.add_row(*_cells(outcome), style="yellow" if outcome.regressed else None)
        table.add_section()
    for what in left_out:
        table.add_row(what)
    return table


def _cells(outcome: Outcome) -> tuple[str, ...]:
    row, unit = outcome.row, outcome.row.unit
    return (
        row.what,
        written(outcome.ours.median, unit),
        _spread(outcome.ours, unit),
        written(outcome.baseline.median, unit),
        f"{outcome.ratio:.3g}",
        "\n".join(_goal(outcome, goal) for goal in row.goals),
        "" if outcome.stored is None else f"{outcome.stored:.3g}",
        row.baseline.label,
    )


def _goal(outcome: Outcome, goal: Goal) -> str:
    return f"{_bound(outcome.row, goal)} {'reached' if outcome.reached(goal) else '[red]missed[/red]'}"


def _bound(row: Row, goal: Goal) -> str:
    sign = "≤" if goal.at_most else "≥"
    match goal.of:
        case "figure":
            return f"{sign} {written(goal.bound, row.unit)}"
        case "times better":
            return f"{sign} {goal.bound:g}×"
        case "times the baseline":
            return f"{sign} {goal.bound:g}× of it"


def _spread(figure: Figure, unit: str) -> str:
    if figure.low == figure.high:
        return ""
    return f"{written(figure.low, unit)} – {written(figure.high, unit)}"


def written(value: float, unit: str) -> str:
    """A figure with its unit: three digits that matter."""
    if unit == "s" and value >= 1:
        return f"{value:.3g} s"
    if unit == "s" and value < 0.001:
        return f"{_rounded(value * 1_000_000)} µs"
    if unit == "s":
        return f"{_rounded(value * 1_000)} ms"
    if unit == "B" and value >= 1e7:
        return f"{_rounded(value / 1_000_000)} MB"
    if unit == "B":
        return f"{_rounded(value / 1_000)} kB"
    return f"{_rounded(value)}{unit}"


def _rounded(value: float) -> str:
    if value >= 1_000:
        digits = len(str(int(value))) - 3
        return f"{round(value, -digits):,.0f}"
    return f"{value:.3g}"
