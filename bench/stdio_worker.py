"""The real program as a parent router runs it: `nanie run --router stdio`, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from bench.gauges import NotDone

_STATUS = Path("/proc")
_STOPS_WITHIN_S = 60.0


class StdioWorker:
    """One running worker, asked from one thread, one question at a time."""

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._log = log
        self._input: IO[bytes] = process.stdin
        self._output: IO[bytes] = process.stdout

    def ask(self, conversation: str, **content: Any) -> dict[str, Any]:
        """The first answer to one command; pushes to whomever are passed over. Raises NotDone."""
        row = uuid.uuid4().hex
        message: dict[str, Any] = {"id": row, "conversation_id": conversation, "content": content}
        self._input.write(json.dumps(message).encode() + b"\n")
        self._input.flush()
        answer = b'"in_reply_to":"%b"}\n' % row.encode()
        for line in self._output:
            # An update of half a megabyte is not decoded only to be passed over.
            if line.endswith(answer):
                return dict(json.loads(line)["reply"])
        raise self._failed("ended without an answer")

    def peak_bytes(self) -> int:
        """The most resident memory that the process has had, as the system says (Linux)."""
        for line in (_STATUS / str(self._process.pid) / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise NotDone("the system does not say how much memory a process had")

    def finish(self) -> int:
        """End its input, wait for its clean stop, and tell the most memory it had. Raises NotDone."""
        self._input.close()
        for _ in self._output:
            pass
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        if self._process.returncode:
            raise self._failed(f"ended with status {self._process.returncode}")
        return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    def _failed(self, how: str) -> NotDone:
        self._log.seek(0)
        said = self._log.read().decode(errors="replace").strip().splitlines()
        return NotDone(f"the worker {how}: {said[-1] if said else 'it said nothing'}")


@contextmanager
def stdio_worker(state: Path, *options: str) -> Iterator[StdioWorker]:
    """A worker on a state directory, with no WhatsApp unless options say so; gone afterwards."""
    command = [sys.executable, "-m", "nanie_actors", "run", "--router", "stdio", "--state", state.name]
    environment = {**os.environ, "NANIE_LOG__LEVEL": "error"}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, *options],
            # The name of the control socket has to be short.
            cwd=state.parent,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        try:
            yield StdioWorker(process, log)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait(_STOPS_WITHIN_S)
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()
