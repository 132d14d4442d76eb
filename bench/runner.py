"""Runs all samples, each as often as it is to be run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from bench.sample import Metrics, Sample, SampleFailed, take

Taken = dict[Sample, list[Metrics]]

TOOK = "sample_took_s"
"""What every sample tells beside its metrics: how long it took, its process and all."""


def take_all(
    console: Console, samples: Sequence[Sample], repetitions: int, folder: Path
) -> tuple[Taken, list[str]]:
    """What could be measured, and what is to be said of the rest.

    Repetition by repetition rather than sample by sample: a busy minute then hits all of them alike.
    """
    taken: Taken = {}
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="state-", dir=folder) as parent, console.status("") as status:
        for repetition in range(1, repetitions + 1):
            for sample in samples:
                if repetition > 1 and (sample.only_once or sample not in taken):
                    continue
                words = f"{repetition}/{repetitions}  {sample.words}"
                status.update(words)
                try:
                    taken.setdefault(sample, []).append(_take(sample, Path(parent), words, status.update))
                except SampleFailed as failure:
                    taken.pop(sample, None)
                    failures.append(f"{sample.words} could not be measured: {failure}")
        status.update("removing what was built")
    return taken, failures


def _take(sample: Sample, parent: Path, words: str, say: Callable[[str], None]) -> Metrics:
    began = time.perf_counter()
    metrics = take(sample, parent, lambda built: say(f"{words}  building: {built:.0%}"))
    return {**metrics, TOOK: time.perf_counter() - began}
