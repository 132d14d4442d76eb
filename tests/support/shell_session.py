"""A shell that is given one command after the other, as by a person; nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WITHIN_S = 300
"""Only for a shell that hangs."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command that was given. What runs in the background may still be printing."""

    status: int
    output: Path

    @property
    def printed(self) -> str:
        """What it has printed until now, errors among it."""
        return self.output.read_text("utf-8")


class ShellSession:
    """Variables, the current directory and background jobs last from one command to the next."""

    def __init__(self, process: subprocess.Popen[str], aside: Path) -> None:
        self._process = process
        self._aside = aside
        self._steps = 0

    def give(self, command: str, given: Sequence[str] = ()) -> Step:
        """Let the shell carry out a command and wait for its end; `given` are the lines it can read."""
        self._steps += 1
        path = self._aside / f"{self._steps}.sh"
        path.write_text(f"{command}\n", "utf-8")
        read, output = path.with_suffix(".in"), path.with_suffix(".out")
        read.write_text("".join(f"{line}\n" for line in given), "utf-8")
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # Sourced, not started: `export`, `cd` and `&` are to last.
        self._process.stdin.write(f". '{path}' <'{read}' >'{output}' 2>&1; echo $?\n")
        self._process.stdin.flush()
        status = self._process.stdout.readline()
        assert status, f"the shell is gone: {command}"
        return Step(int(status), output)


@contextmanager
def shell_session(folder: Path, aside: Path, environment: Mapping[str, str]) -> Iterator[ShellSession]:
    """A shell in a folder. `aside` is for what it needs itself. All that it started is ended behind it."""
    process = subprocess.Popen(
        ["timeout", str(WITHIN_S), "bash", "--norc"],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield ShellSession(process, aside)
    finally:
        # The whole group, while its number is still ours: nobody has waited for the shell yet.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
