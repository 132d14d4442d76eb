"""`python -m bench`: measure, show the table, compare with the stored ratios."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.machine import Machine, machine_at
from bench.plan import plan
from bench.rows import Outcome, Row, judge, samples_of
from bench.sample import Metrics, Sample, SampleFailed, take
from bench.table import show

_HERE = Path(__file__).parent
_BASELINE = _HERE / "baseline.json"
_RESULTS = _HERE.parent / "bench-results"

Taken = dict[Sample, list[Metrics]]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if everything could be measured, however it turned out; 1 if something could not."""
    options = _options(arguments)
    console = Console(width=None if sys.stdout.isatty() else 160)
    rows = [row for row in plan(quick=options.quick) if (options.only or "") in row.name]
    if not rows:
        names = ", ".join(row.name for row in plan(quick=options.quick))
        console.print(f"Nothing is called like {options.only}. There are: {names}.")
        return 2
    folder = options.dir or _RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    machine = machine_at(folder)
    repetitions = options.repetitions or (1 if options.quick else 3)
    taken, failures = _take_all(console, rows, repetitions, folder)
    mode = "quick" if options.quick else "full"
    stored = _stored().get(mode, {}).get("ratios", {})
    complete = [row for row in rows if {row.ours.sample, row.baseline.sample} <= taken.keys()]
    outcomes = [judge(row, taken, stored) for row in complete]
    show(console, machine, outcomes, repetitions=repetitions)
    result = _result(machine, mode, repetitions, outcomes, taken, failures)
    path = options.json or _RESULTS / time.strftime("bench-%Y%m%d-%H%M%S.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.store:
        _store(mode, machine, outcomes)
    for failure in failures:
        console.print(failure, style="red", soft_wrap=True)
    return 1 if failures else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, once: seconds instead of minutes")
    parser.add_argument("--only", metavar="NAME", help="only rows with this in their name, e.g. pipeline")
    parser.add_argument("--repetitions", type=int, metavar="N", help="how often (default 3; quick 1)")
    parser.add_argument("--dir", type=Path, help="where state is written (default: bench-results)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the result goes, for programs")
    parser.add_argument("--store", action="store_true", help="keep the ratios as what to compare with")
    return parser.parse_args(arguments)


def _take_all(
    console: Console, rows: Sequence[Row], repetitions: int, folder: Path
) -> tuple[Taken, list[str]]:
    """Repetition by repetition rather than sample by sample: a busy minute then hits all of them alike."""
    taken: Taken = {}
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="state-", dir=folder) as parent, console.status("") as status:
        for repetition in range(1, repetitions + 1):
            for sample in samples_of(rows):
                if repetition > 1 and (sample.only_once or sample not in taken):
                    continue
                words = " ".join(f"{key}={value}" for key, value in sample.params)
                status.update(f"{repetition}/{repetitions}  {sample.target}  {words}")
                try:
                    taken.setdefault(sample, []).append(take(sample, Path(parent)))
                except SampleFailed as failure:
                    taken.pop(sample, None)
                    failures.append(f"{sample.target} {words} could not be measured: {failure}")
    return taken, failures


def _result(
    machine: Machine,
    mode: str,
    repetitions: int,
    outcomes: Sequence[Outcome],
    taken: Taken,
    failures: Sequence[str],
) -> dict[str, Any]:
    samples = [
        {"target": sample.target, "params": dict(sample.params), "metrics": metrics}
        for sample, metrics in taken.items()
    ]
    return {
        "machine": machine.to_json(),
        "mode": mode,
        "repetitions": repetitions,
        "rows": [outcome.to_json() for outcome in outcomes],
        "samples": samples,
        "failures": list(failures),
    }


def _stored() -> dict[str, Any]:
    return dict(json.loads(_BASELINE.read_text("utf-8"))) if _BASELINE.exists() else {}


def _store(mode: str, machine: Machine, outcomes: Sequence[Outcome]) -> None:
    """Replace the ratios that were measured; those of other rows stay."""
    stored = _stored()
    known: Mapping[str, float] = stored.get(mode, {}).get("ratios", {})
    fresh = {outcome.row.name: round(outcome.ratio, 4) for outcome in outcomes}
    stored[mode] = {"machine": machine.to_json(), "ratios": {**known, **fresh}}
    _BASELINE.write_text(json.dumps(stored, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
