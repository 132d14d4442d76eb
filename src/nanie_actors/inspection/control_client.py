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
            raise WorkerUnreachable(
                f"no worker answers at {path}: start one with `nanie run`, or name its state with --state."
            ) from error

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
        while b"\n" not in self._rest:
            self._socket.settimeout(max(0.001, deadline - monotonic()))
            self._receive()
        line, _, self._rest = self._rest.partition(b"\n")
        value: dict[str, Any] = orjson.loads(line)
        return value

    def stream(self) -> Iterator[dict[str, Any]]:
        """Lines as they come, until the worker hangs up."""
        self._socket.settimeout(None)
        while True:
            while b"\n" in self._rest:
                line, _, self._rest = self._rest.partition(b"\n")
                yield orjson.loads(line)
            chunk = self._socket.recv(1 << 20)
            if not chunk:
                return
            self._rest += chunk

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _receive(self) -> None:
        try:
            chunk = self._socket.recv(1 << 20)
        except TimeoutError as error:
            raise WorkerUnreachable(
                "the worker did not answer in time: look at it with `nanie dump`, or try again."
            ) from error
        except OSError as error:
            raise self._gone() from error
        if not chunk:
            raise self._gone()
        self._rest += chunk

    def _gone(self) -> WorkerUnreachable:
        return WorkerUnreachable(f"the worker at {self._path} hung up: it is stopping, or was too busy.")
