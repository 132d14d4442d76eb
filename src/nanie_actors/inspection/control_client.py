"""The other end of the control socket: how commands talk to a running worker."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

import orjson

from nanie_actors.errors import NanieError, WorkerUnreachable

ANSWER_WITHIN_S = 10.0
"""How long a client waits for an answer unless told otherwise."""


class Refused(NanieError):
    """The worker did not carry out the request; its text says why."""


class ControlClient:
    """A connection to the worker of one state directory. Raises WorkerUnreachable where none answers."""

    def __init__(self, path: Path, timeout_s: float = ANSWER_WITHIN_S) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._rest = b""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise WorkerUnreachable(_why(path, error)) from error

    def request(self, op: str, **fields: Any) -> Any:
        """Ask for something and return the answer's data. Raises Refused, or WorkerUnreachable in time."""
        self.ask(op, **fields)
        return self.data(self.next())

    def ask(self, op: str, **fields: Any) -> None:
        """Send a request; its answer is the next line."""
        given = {key: value for key, value in fields.items() if value is not None}
        try:
            self._socket.sendall(orjson.dumps({"op": op, **given}) + b"\n")
        except OSError as error:
            raise self._gone() from error

    def data(self, line: Mapping[str, Any]) -> Any:
        """An answer's data. Raises Refused."""
        if not line.get("ok"):
            raise Refused(str(line.get("error", "the worker refused without a reason")))
        return line.get("data")

    def next(self, timeout_s: float | None = None) -> dict[str, Any]:
        """The next line. Raises WorkerUnreachable if none comes in time."""
        deadline = monotonic() + (self._timeout_s if timeout_s is None else timeout_s)
        while (line := self._line()) is None:
            self._socket.settimeout(max(0.001, deadline - monotonic()))
            if not self._receive():
                raise self._gone()
        return line

    def stream(self) -> Iterator[dict[str, Any]]:
        """Lines as they come, without a deadline, until the worker hangs up."""
        self._socket.settimeout(None)
        while True:
            while (line := self._line()) is not None:
                yield line
            if not self._receive():
                return

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _line(self) -> dict[str, Any] | None:
        """The next whole line that was received."""
        line, newline, rest = self._rest.partition(b"\n")
        if not newline:
            return None
        self._rest = rest
        try:
            value: dict[str, Any] = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise WorkerUnreachable(f"what answers at {self._path} is no worker of this program.") from error
        return value

    def _receive(self) -> bool:
        """Take what comes; False: the worker hung up."""
        try:
            chunk = self._socket.recv(1 << 20)
        except TimeoutError as error:
            raise WorkerUnreachable(
                "the worker did not answer in time: look at it with `nanie dump`, or try again."
            ) from error
        except ConnectionError:
            return False
        except OSError as error:
            raise self._gone() from error
        self._rest += chunk
        return bool(chunk)

    def _gone(self) -> WorkerUnreachable:
        return WorkerUnreachable(
            f"the worker at {self._path} hung up: it is stopping, or has too many clients; see its log."
        )


def _why(path: Path, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"the worker at {path} belongs to another user: only that user may talk to it."
    if isinstance(error, (TimeoutError, BlockingIOError)):
        return f"the worker at {path} lets nobody in: see its log, or try again."
    return f"no worker answers at {path}: start one with `nanie run`, or name its state with --state."
