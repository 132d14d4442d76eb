"""Erlang's processes beside our actors, where Erlang is installed: what a runtime made for this reaches."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bench.gauges import PATIENCE_S, NotDone
from bench.sample import Metrics

_SCRIPT = Path(__file__).with_name("fan_out.escript")

_ONE_SCHEDULER = "+S 1:1"
"""As Python has one interpreter. With more, Erlang's processes wake each other across cores, and such small
messages become slower for it."""


def installed() -> bool:
    """Whether there is an Erlang to compare with."""
    return shutil.which("escript") is not None


def fan_out(_folder: Path, *, schedulers: int, actors: int, messages: int) -> Metrics:
    """One process tells `messages` in turn to all others; until the last one has counted them.

    `schedulers`: 1, or 0 for Erlang's own choice. Raises NotDone if it does not come to its end.
    """
    flags = {"ERL_AFLAGS": _ONE_SCHEDULER} if schedulers else {}
    try:
        done = subprocess.run(
            ["escript", str(_SCRIPT), str(actors), str(messages)],
            env=os.environ | flags,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=True,
        )
    except subprocess.SubprocessError as error:
        raise NotDone("Erlang did not come to its end") from error
    return {"messages_per_s": float(done.stdout)}
