"""How long a person waits for the command line before it says anything."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.sample import Metrics


def help_text(folder: Path, *, starts: int) -> Metrics:
    """`nanie --help` and a Python that does nothing, in turn, each a process of its own: medians."""
    program = [sys.executable, "-m", "nanie_actors", "--help"]
    nothing = [sys.executable, "-c", ""]
    _took_s(program, folder)  # the first one compiles what was changed since
    taken = [(_took_s(program, folder), _took_s(nothing, folder)) for _ in range(starts)]
    helped, bare = zip(*taken, strict=True)
    return {"help_s": statistics.median(helped), "python_s": statistics.median(bare)}


def _took_s(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
