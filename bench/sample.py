"""One measurement in a process of its own, so that no variant warms, fills or slows another.

`python -m bench.sample TARGET PARAMS FOLDER` is the child's side: it prints what the function `TARGET`
(`module:function`) measured, as one JSON object.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

Metrics = Mapping[str, float]
Param = int | float | str

TIMEOUT_S = 120.0
"""No sample but a long one takes a quarter of this on an idle machine: beyond it something hangs."""

_ROOT = Path(__file__).parents[1]


Built = Callable[[float], None]
"""Is told how much of something has been built, from 0 to 1."""


class SampleFailed(Exception):
    """The child ended without a measurement; the text is the last thing it said."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Something on disk that several samples or repetitions share: built once in a run, by a function
    `(folder, progress, **params)`. Who is measured on it may not change what the next one finds."""

    builder: str
    params: tuple[tuple[str, Param], ...]

    @classmethod
    def of(cls, builder: str, **params: Param) -> Ground:
        """Two grounds of the same builder and parameters are one."""
        return cls(builder, tuple(sorted(params.items())))

    def below(self, parent: Path) -> Path:
        """Where it is, once it is built."""
        words = (self.builder.rpartition(":")[0].rpartition(".")[2], *(f"{k}-{v}" for k, v in self.params))
        return parent / "-".join(("built", *words))


@dataclass(frozen=True, slots=True)
class Sample:
    """What to run: a function `(folder, **params) -> Metrics`, named so that another process finds it."""

    target: str
    params: tuple[tuple[str, Param], ...]
    only_once: bool = False
    """It takes too long to be repeated, or hardly varies."""

    ground: Ground | None = None
    """What it is measured on, where that takes longer to build than to measure."""

    timeout_s: float = TIMEOUT_S

    @classmethod
    def of(cls, target: str, **params: Param) -> Sample:
        """Two samples of the same function and parameters are one."""
        return cls(target, tuple(sorted(params.items())))

    @property
    def words(self) -> str:
        """The sample for people: its function and parameters."""
        return " ".join((self.target, *(f"{key}={value}" for key, value in self.params)))

    def once(self) -> Sample:
        """The same, not to be repeated."""
        return replace(self, only_once=True)

    def on(self, ground: Ground) -> Sample:
        """The same, given the folder of what was built as `built`."""
        return replace(self, ground=ground)

    def within(self, timeout_s: float) -> Sample:
        """The same, which may take so long."""
        return replace(self, timeout_s=timeout_s)


def take(sample: Sample, parent: Path, progress: Built = lambda _: None) -> Metrics:
    """Run the sample once, in an empty folder below `parent` that is gone afterwards. Raises SampleFailed.

    What it is measured on stays in `parent`; `progress` is told while that is built.
    """
    parent = parent.resolve()  # the other process may be elsewhere
    given: dict[str, Param] = dict(sample.params)
    if sample.ground is not None:
        given["built"] = str(build(sample.ground, parent, progress))
    with tempfile.TemporaryDirectory(prefix="nanie-bench-", dir=parent) as folder:
        command = [sys.executable, "-m", "bench.sample", sample.target, json.dumps(given), folder]
        return _run(command, sample.timeout_s)


def _run(command: list[str], timeout_s: float) -> Metrics:
    """What the other process told. One that is not awaited to its end goes, with all that it started."""
    with subprocess.Popen(
        command,
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            told, said = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise SampleFailed(f"not done after {timeout_s:g} s") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode != 0:
        raise SampleFailed((said.strip().splitlines() or ["no word"])[-1])
    return dict(json.loads(told))


def build(ground: Ground, parent: Path, progress: Built) -> Path:
    """Where the ground is; built now unless an earlier sample did so."""
    path = ground.below(parent)
    if not path.exists():
        unfinished = path.with_name(path.name + ".unfinished")
        unfinished.mkdir()
        _function(ground.builder)(unfinished, progress, **dict(ground.params))
        unfinished.rename(path)
    return path


def _function(target: str) -> Callable[..., Any]:
    module, _, function = target.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _child(target: str, params: str, folder: str) -> None:
    measured = _function(target)(Path(folder), **json.loads(params))
    sys.stdout.write(json.dumps(measured))
    sys.stdout.flush()
    # Thousands of threads and open files are not worth tidying up one by one: the process is over.
    os._exit(0)


if __name__ == "__main__":
    _child(*sys.argv[1:])
