"""One real worker process: started, talked to over pipes, frozen, killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Self

from chaos.orders import VARIABLE, Orders

ROOT = Path(__file__).parents[1]


class Process:
    """`nanie run --router stdio` with `chaos.inside` in it; to be closed in the end."""

    def __init__(
        self,
        state: Path,
        sources: Sequence[Path],
        orders: Orders,
        log: Path,
        settings: Mapping[str, str],
        *options: str,
    ) -> None:
        command = [sys.executable, "-m", "chaos.inside", "run", "--router", "stdio", "--state", str(state)]
        for source in sources:
            command += ["--whatsapp", f"replay:{source}"]
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                [*command, *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=ROOT,
                env={**_clean(), **settings, VARIABLE: orders.to_json()},
            )
        self.lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._listening = Event()
        self._listening.set()
        self._reader = Thread(target=self._read, name="chaos-reader", daemon=True)
        self._reader.start()

    @property
    def status(self) -> int | None:
        """The exit status; None while it runs."""
        return self._process.poll()

    def next_line(self, within_s: float) -> bytes | None:
        """A line of output, whole; None if there is none in time."""
        try:
            return self.lines.get(timeout=within_s)
        except Empty:
            return None

    def rest(self) -> list[bytes]:
        """The lines that were not taken yet, after its end."""
        self._listening.set()
        self._reader.join()
        left = []
        while (line := self.next_line(0.0)) is not None:
            left.append(line)
        return left

    def write(self, line: bytes) -> None:
        """One row; a process that is gone gets it no more."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError, ValueError):
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def end_input(self) -> None:
        """Which is a clean stop."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    def signal(self, number: signal.Signals) -> None:
        """Nothing happens to a process that is gone."""
        self._process.send_signal(number)

    def kill(self) -> bool:
        """kill -9; False if it had ended before."""
        alive = self._process.poll() is None
        self._process.kill()
        self._process.wait()
        return alive

    def end(self) -> list[bytes]:
        """kill -9; the lines that were not taken yet."""
        self.kill()
        return self.rest()

    def wait(self, within_s: float) -> int | None:
        """Its exit status; None if it does not end in time."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(within_s)
        return None

    def deaf(self, deaf: bool) -> None:
        """Read nothing of its output for a while."""
        self._listening.clear() if deaf else self._listening.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave nothing behind."""
        self.kill()
        self._listening.set()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._listening.wait()
            if line.endswith(b"\n"):
                self.lines.put(line)
        self.lines.put(None)


def _clean() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("NANIE_")}
