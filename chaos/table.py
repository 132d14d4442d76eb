"""The outcome for people: a table of storms, one of controls, and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from chaos.findings import by_law
from chaos.plan import CONTROLS
from chaos.storms import STORMS
from chaos.summary import Line, Summary

FINDINGS_SHOWN = 5
"""Of each storm: the first say the most."""

_WHAT = {storm.name: storm.what for storm in STORMS} | {control.name: control.what for control in CONTROLS}


def show(console: Console, summary: Summary) -> None:
    """Everything."""
    if summary.storms:
        console.print(_storms(summary.storms))
    if summary.controls:
        console.print(_controls(summary.controls))
    for line in summary.storms:
        for finding in line.findings[:FINDINGS_SHOWN]:
            console.print(f"{line.name}: {finding.law}: {finding.text}", style="red", soft_wrap=True)
        if line.findings:
            console.print(f"  again: {summary.again(line.name)}", soft_wrap=True)
    for line in summary.controls:
        if not line.findings:
            console.print(
                f"{line.name}: the checker found nothing: it is blind. {summary.again(line.name)}",
                style="red",
            )


def _storms(lines: Sequence[Line]) -> Table:
    table = Table(pad_edge=False)
    table.add_column("storm")
    table.add_column("what", style="dim")
    for name in ("kills", "aimed", "stops", "messages", "rows", "pushes", "states", "dead letters"):
        table.add_column(name, justify="right")
    table.add_column("found")
    for line in lines:
        table.add_row(line.name, _WHAT[line.name], *_counts(line.counts), _found(line))
    if len(lines) > 1:
        total: Counter[str] = sum((Counter(line.counts) for line in lines), Counter())
        table.add_section()
        table.add_row("all", "", *_counts(total), str(sum(len(line.findings) for line in lines) or "nothing"))
    return table


def _counts(counts: Counter[str]) -> list[str]:
    keys = ("kills", "hits", "stops", "messages", "rows", "pushes", "timelines", "dead letters")
    return [f"{counts[key]:,}" for key in keys]


def _found(line: Line) -> str:
    found = [f"{law} {count}" for law, count in by_law(line.findings).items() if count]
    return ", ".join(found) or "nothing"


def _controls(lines: Sequence[Line]) -> Table:
    table = Table(pad_edge=False, title="switched off", title_justify="left")
    table.add_column("control")
    table.add_column("what", style="dim")
    table.add_column("kills", justify="right")
    table.add_column("found")
    for line in lines:
        table.add_row(
            line.name,
            _WHAT[line.name],
            f"{line.counts['kills']:,}",
            _found(line),
            style=None if line.findings else "red",
        )
    return table
