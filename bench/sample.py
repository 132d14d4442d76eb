"""One measurement in a process of its own, so that no variant warms, fills or slows another.

`python -m bench.sample TARGET PARAMS FOLDER` is the child's side: it prints what the function `TARGET`
(`module:function`) measured, as one JSON object.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

Metrics = Mapping[str, float]
Param = int | float | str

TIMEOUT_S = 120.0
"""No sample takes a quarter of this on an idle machine: beyond it something hangs."""

_ROOT = Path(__file__).parents[1]


class SampleFailed(Exception):
    """The child ended without a measurement; the text is the last thing it said."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What to run: a function `(folder, **params) -> Metrics`, named so that another process finds it."""

    target: str
    params: tuple[tuple[str, Param], ...]
    only_once: bool = False
    """It takes too long to be repeated, or hardly varies."""

    @classmethod
    def of(cls, target: str, **params: Param) -> Sample:
        """Two samples of the same function and parameters are one."""
        return cls(target, tuple(sorted(params.items())))

    def once(self) -> Sample:
        """The same, not to be repeated."""
        return replace(self, only_once=True)


def take(sample: Sample, parent: Path) -> Metrics:
    """Run the sample once, in an empty folder below `parent` that is gone afterwards. Raises SampleFailed."""
    with tempfile.TemporaryDirectory(prefix="nanie-bench-", dir=parent) as folder:
        params = json.dumps(dict(sample.params))
        command = [sys.executable, "-m", "bench.sample", sample.target, params, folder]
        try:
            done = subprocess.run(
                command, cwd=_ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise SampleFailed(f"not done after {TIMEOUT_S:g} s") from None
    if done.returncode != 0:
        raise SampleFailed((done.stderr.strip().splitlines() or ["no word"])[-1])
    return dict(json.loads(done.stdout))


def _child(target: str, params: str, folder: str) -> None:
    module, _, function = target.partition(":")
    measured = getattr(importlib.import_module(module), function)(Path(folder), **json.loads(params))
    sys.stdout.write(json.dumps(measured))
    sys.stdout.flush()
    # Thousands of threads and open files are not worth tidying up one by one: the process is over.
    os._exit(0)


if __name__ == "__main__":
    _child(*sys.argv[1:])
