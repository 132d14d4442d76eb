"""`python -m bench.soak --minutes 30`: hold a mixed load, show readings, judge whether all stayed flat."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.gauges import beat
from bench.soak.edges import SoakRouter, SoakSource
from bench.soak.load import Load
from bench.soak.verdict import Trend, trends
from bench.soak.window import LatencyWindow, Reading, read
from nanie_actors.assembly import Worker
from nanie_actors.logs import configure_logging
from nanie_actors.memory import settle_memory
from nanie_actors.settings import Settings
from nanie_actors.worker import thrift_of

READINGS = 60
"""How many readings a run is divided into."""

QUICK: dict[str, dict[str, object]] = {
    "groups": {"passivate_after_s": 5.0},
    "storage": {"segment_bytes": 1 << 20},
}
"""What happens every ten minutes, or every 64 MB, in a household happens every few seconds here."""

RESULT = Path(__file__).parents[2] / "bench-results" / "soak.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as asked; 0 if everything stayed flat, 1 if something grew or was lost."""
    asked = _parser().parse_args(arguments)
    console = Console(stderr=asked.json)
    configure_logging("warning", "human")
    settle_memory()
    with tempfile.TemporaryDirectory(prefix="nanie-soak-") as folder:
        readings, lost = _hold(asked, Path(folder) / "nanie", console)
    judged = trends(readings)
    console.print(_verdict(judged))
    if lost:
        console.print(f"lost or refused: {lost}", style="red")
    result = {
        "minutes": asked.minutes,
        "rate": asked.rate,
        "groups": asked.groups,
        "readings": [asdict(reading) for reading in readings],
        "lost": lost,
        "flat": {trend.gauge.name: trend.flat for trend in judged},
    }
    _write(result, to_stdout=asked.json)
    return 0 if not lost and all(trend.flat for trend in judged) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long (default: 30)")
    parser.add_argument("--rate", type=float, default=200.0, help="steps a second (default: 200)")
    parser.add_argument("--groups", type=int, default=200, help="groups in all (default: 200)")
    parser.add_argument("--seed", type=int, default=1, help="of what happens in which order")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def _hold(asked: argparse.Namespace, folder: Path, console: Console) -> tuple[list[Reading], dict[str, int]]:
    answers = LatencyWindow()
    source, router = SoakSource(), SoakRouter(answers)
    settings = Settings.model_validate(QUICK | {"state": {"dir": folder}})
    worker = Worker(settings, sources=[source], transports=[router])
    worker.start()
    load = Load(asked.seed, asked.groups, source, router)
    steps = int(asked.minutes * 60 * asked.rate)
    every = max(1, steps // READINGS)
    readings: list[Reading] = []
    thrift = thrift_of(worker)
    for number, _ in enumerate(beat(steps, asked.rate), 1):
        load.step()
        thrift.look()
        if number % every == 0:
            # The worker's own listing of its groups would be a load of its own: its actors are counted.
            live = sum(1 for ref in worker.system.refs() if ref.name.startswith("group"))
            readings.append(
                read(number / asked.rate, load.events, load.commands, live, answers.take(), folder)
            )
            _show(console, readings[-1], of_s=asked.minutes * 60)
    clean = worker.stop()
    ends = {
        "unanswered": router.unanswered,
        "dead letters": worker.dead_letters.total(),
        "unclean stop": int(not clean),
    }
    lost = router.errors | {name: count for name, count in ends.items() if count}
    return readings, lost


def _show(console: Console, reading: Reading, *, of_s: float) -> None:
    console.print(
        f"{reading.at_s:6.0f} of {of_s:.0f} s  {reading.events:>9,} events  {reading.commands:>8,} commands  "
        f"{reading.resident / 1e6:6.1f} MB  {reading.threads} threads  {reading.descriptors} files  "
        f"{reading.live_groups} groups awake  p50 {reading.p50_s * 1e3:.2f} ms  "
        f"p99 {reading.p99_s * 1e3:.1f} ms",
        soft_wrap=True,
        highlight=False,
    )


def _verdict(judged: Sequence[Trend]) -> Table:
    table = Table(pad_edge=False)
    for heading in ("what", "early", "late", "growth", "may be", ""):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for trend in judged:
        table.add_row(
            trend.gauge.name,
            f"{trend.early:.4g}",
            f"{trend.late:.4g}",
            f"{trend.growth:.2f}",
            f"{trend.gauge.may_grow:.2f}",
            "flat" if trend.flat else "GROWS",
            style=None if trend.flat else "red",
        )
    return table


def _write(result: dict[str, object], *, to_stdout: bool) -> None:
    text = json.dumps(result, indent=1)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text + "\n")
    if to_stdout:
        print(text)  # noqa: T201 - what was asked for


if __name__ == "__main__":
    sys.exit(main())
