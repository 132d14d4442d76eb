"""How the worker (or `nanie pair`) starts a bridge: the command line, written and read in one place."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MODULE = "nanie_actors.whatsapp.bridge"
"""Start it with `python -m`."""


@dataclass(frozen=True, slots=True)
class BridgeArguments:
    """What one bridge is told.

    `run` connects with the session that is on the disk, `pair` makes a new one first and then goes on like
    `run`. `link_fd` is the number of the inherited end of the link. With `phone` (international, digits with
    or without a plus) pairing goes by a code to type, without by QR codes.
    """

    mode: Literal["run", "pair"]
    link_fd: int
    state: Path
    device_name: str = "nanie"
    history_days: int = 30
    segment_bytes: int = 8_388_608
    phone: str | None = None

    def command_line(self) -> list[str]:
        """What stands behind `python -m nanie_actors.whatsapp.bridge`."""
        words = [self.mode, "--link-fd", str(self.link_fd), "--state", str(self.state)]
        words += [f"--device-name={self.device_name}", "--history-days", str(self.history_days)]
        words += ["--segment-bytes", str(self.segment_bytes)]
        return words if self.phone is None else [*words, f"--phone={self.phone}"]


def parse(words: Sequence[str]) -> BridgeArguments:
    """The inverse of `command_line`. Ends the process with status 2 for anything else."""
    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}", description="Started by nanie, not by hand.")
    parser.add_argument("mode", choices=("run", "pair"))
    parser.add_argument("--link-fd", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--device-name", required=True)
    parser.add_argument("--history-days", type=int, required=True)
    parser.add_argument("--segment-bytes", type=int, required=True)
    parser.add_argument("--phone")
    return BridgeArguments(**vars(parser.parse_args(words)))
