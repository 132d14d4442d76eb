"""`python -m chaos`: storms over real workers, a table of what was found, exit status 1 if anything was."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chaos.chapter import Chapter, Misfit, Outcome, live_through
from chaos.plan import FULL_KILLS, QUICK_KILLS, Plan, names, plan
from chaos.summary import Summary, lines_of
from chaos.table import show


def main(arguments: Sequence[str] | None = None) -> int:
    """0: nothing was found, and every control found something; 1: not so; 2: wrong usage."""
    options = _options(arguments)
    console = Console(width=None if sys.stdout.isatty() else 160)
    kills = options.kills or (QUICK_KILLS if options.quick else FULL_KILLS)
    what = plan(options.seed, kills, quick=options.quick, only=options.only)
    if not what.processes:
        console.print(f"Nothing is called {options.only!r}. There are: {', '.join(names())}.")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=options.dir))
    try:
        outcomes = _live_through(what, folder, options.jobs)
    except Misfit as misfit:
        console.print(f"The shims in chaos/inside do not fit the worker any more: {misfit}", style="red")
        return 1
    summary = Summary(
        command=_command(options, kills),
        storms=lines_of(outcome for outcome in outcomes if not outcome.chapter.switched_off),
        controls=lines_of(outcome for outcome in outcomes if outcome.chapter.switched_off),
    )
    if options.json:
        print(json.dumps(summary.to_json(), indent=1))  # noqa: T201 - what a program reads
    else:
        show(console, summary)
    if summary.good:
        shutil.rmtree(folder)
    elif not options.json:
        console.print(f"Logs and files: {folder}", soft_wrap=True)
    return 0 if summary.good else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what every choice is drawn from (default 1)")
    parser.add_argument("--kills", type=int, metavar="N", help=f"about how many (default {FULL_KILLS})")
    parser.add_argument("--quick", action="store_true", help="a few of each, in less than a minute")
    parser.add_argument("--only", metavar="NAME", help="one storm, or one control")
    parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1), help="storms side by side")
    parser.add_argument("--dir", type=Path, help="where state is written (default: the system's)")
    parser.add_argument("--json", action="store_true", help="the outcome as JSON, for programs")
    return parser.parse_args(arguments)


def _command(options: argparse.Namespace, kills: int) -> str:
    quick = " --quick" if options.quick else ""
    return f"python -m chaos --seed {options.seed} --kills {kills}{quick}"


def _live_through(what: Plan, folder: Path, jobs: int) -> list[Outcome]:
    """All chapters, some side by side; in the order of the plan. The longest begin first."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("processes", total=what.processes)

        def run(chapter: Chapter) -> Outcome:
            place = folder / f"{chapter.storm.replace(' ', '-')}-{chapter.number}"
            outcome = live_through(chapter, place, lambda: progress.advance(task))
            if not outcome.findings:
                shutil.rmtree(place)
            return outcome

        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(run, (*what.chapters, *what.controls)))


if __name__ == "__main__":
    sys.exit(main())
