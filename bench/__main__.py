"""`python -m bench`: measure, show the table, compare with the stored ratios."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.machine import Machine, machine_at
from bench.page_plan import left_out
from bench.pipeline_plan import stage_samples
from bench.plan import plan
from bench.rows import Outcome, Row, judge, samples_of
from bench.runner import Taken, take_all
from bench.sample import Sample
from bench.stage_table import STAGES, Profile, profile_of, show_stages
from bench.table import show

_HERE = Path(__file__).parent
_BASELINE = _HERE / "baseline.json"
_RESULTS = _HERE.parent / "bench-results"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if everything could be measured, however it turned out; 1 if something could not."""
    options = _options(arguments)
    console = Console(width=None if sys.stdout.isatty() else 160)
    chosen = _chosen(options)
    if not chosen.samples and not chosen.left_out:
        everything = _all(options)
        names = ", ".join((*(row.name for row in everything.rows), STAGES))
        console.print(f"Nothing is called like {options.only}. There are: {names}.")
        return 2
    folder = options.dir or _RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    machine = machine_at(folder)
    repetitions = options.repetitions or (1 if options.quick else 3)
    taken, failures = take_all(console, chosen.samples, repetitions, folder)
    mode = "quick" if options.quick else "full"
    stored = _stored().get(mode, {}).get("ratios", {})
    complete = [row for row in chosen.rows if {row.ours.sample, row.baseline.sample} <= taken.keys()]
    outcomes = [judge(row, taken, stored) for row in complete]
    profiles = [profile_of(sample, taken[sample]) for sample in chosen.profiles if sample in taken]
    show(console, machine, outcomes, repetitions=repetitions, left_out=chosen.left_out)
    show_stages(console, profiles)
    result = _result(machine, mode, repetitions, outcomes, profiles, taken, failures)
    result["leftOut"] = list(chosen.left_out)
    path = options.json or _RESULTS / time.strftime("bench-%Y%m%d-%H%M%S.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.store:
        _store(mode, machine, outcomes)
    for failure in failures:
        console.print(failure, style="red", soft_wrap=True)
    return 1 if failures else 0


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What is to be measured: rows of the table, and profiles by stage; and what is said of the rest."""

    rows: Sequence[Row]
    profiles: Sequence[Sample]
    left_out: Sequence[str]

    @property
    def samples(self) -> list[Sample]:
        return list(dict.fromkeys([*samples_of(self.rows), *self.profiles]))


def _all(options: argparse.Namespace) -> _Chosen:
    named = options.only or ""
    # Who asks for these by name means them.
    long, laws = options.long or named.startswith("replay"), options.laws or named.startswith("laws")
    rows = plan(quick=options.quick, long=long, laws=laws)
    return _Chosen(rows, stage_samples(quick=options.quick), list(left_out().values()))


def _chosen(options: argparse.Namespace) -> _Chosen:
    everything, named = _all(options), options.only or ""
    rows = [row for row in everything.rows if named in row.name]
    missing = [why for name, why in left_out().items() if named in name]
    return _Chosen(rows, everything.profiles if named in STAGES else [], missing)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, once: seconds instead of minutes")
    parser.add_argument("--long", action="store_true", help="also replays of a million messages: ten minutes")
    parser.add_argument("--laws", action="store_true", help="also what each law of the design costs")
    parser.add_argument("--only", metavar="NAME", help="only rows with this in their name, e.g. pipeline")
    parser.add_argument("--repetitions", type=int, metavar="N", help="how often (default 3; quick 1)")
    parser.add_argument("--dir", type=Path, help="where state is written (default: bench-results)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the result goes, for programs")
    parser.add_argument("--store", action="store_true", help="keep the ratios as what to compare with")
    return parser.parse_args(arguments)


def _result(
    machine: Machine,
    mode: str,
    repetitions: int,
    outcomes: Sequence[Outcome],
    profiles: Sequence[Profile],
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
        "stages": [profile.to_json() for profile in profiles],
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
