"""Real worker processes: started, talked to over pipes, killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import orjson

WITHIN_S = 30.0


class Nanie:
    """A running `nanie run --router stdio`."""

    def __init__(self, folder: Path, *options: str, extractor: str = "verbatim", **environment: str) -> None:
        self._lines: Queue[dict[str, Any] | None] = Queue()
        self.seen: list[dict[str, Any]] = []
        with (folder.parent / "stderr.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "nanie_actors",
                    "run",
                    "--router",
                    "stdio",
                    "--state",
                    str(folder),
                    *options,
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**clean_environment(), "NANIE_EXTRACTION__EXTRACTOR": extractor, **environment},
            )
        self._rows = 0
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def send(self, conversation: str, action: str, **fields: Any) -> str:
        """Send a command; its row id."""
        self._rows += 1
        row = f"{self.process.pid}-{self._rows}"
        content = {"action": action, **fields}
        self.write(orjson.dumps({"id": row, "conversation_id": conversation, "content": content}) + b"\n")
        return row

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def next(self) -> dict[str, Any]:
        """The next line that the worker wrote."""
        line = self._lines.get(timeout=WITHIN_S)
        assert line is not None, "the worker's output ended"
        self.seen.append(line)
        return line

    def until_reply(self, row: str, type: str) -> dict[str, Any]:
        """Read on until a row has its reply of that type."""
        while True:
            line = self.next()
            if line.get("in_reply_to") == row and line["reply"]["type"] in (type, "ERROR"):
                reply: dict[str, Any] = line["reply"]
                assert reply["type"] == type, reply
                return reply

    def drain(self) -> list[dict[str, Any]]:
        """Everything that was written and not read yet; after the end of the process."""
        self._reader.join(WITHIN_S)
        while True:
            try:
                line = self._lines.get_nowait()
            except Empty:
                return self.seen
            if line is not None:
                self.seen.append(line)

    def end(self) -> int:
        """End the input, which is a clean stop; the exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(WITHIN_S)

    def kill(self) -> None:
        """kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(WITHIN_S)

    def close(self) -> None:
        """Leave nothing behind, whatever the test did."""
        if self.process.poll() is None:
            self.kill()
        self._reader.join(WITHIN_S)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(orjson.loads(line) if line.endswith(b"\n") else None)
        self._lines.put(None)


@contextmanager
def worker(folder: Path, *options: str, **more: str) -> Iterator[Nanie]:
    """A worker on a state directory; killed at the end if it still runs."""
    nanie = Nanie(folder, *options, **more)
    try:
        yield nanie
    finally:
        nanie.close()


def run(
    *arguments: str, stdin: bytes = b"", stdout: int = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run one `nanie` command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "nanie_actors", *arguments],
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=WITHIN_S,
        env={**clean_environment(), **environment},
        check=False,
    )


def clean_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("NANIE_")}
