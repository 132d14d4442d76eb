"""Clients that copy the state directory: what the worker keeps for them ends with their connection."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Literal

from nanie_actors.errors import InvalidMessage
from nanie_actors.inspection.port import StateHold

CopyOp = Literal["hold", "cut", "release"]


class Copyists:
    """Thread-safe."""

    def __init__(self, begin: Callable[[], StateHold]) -> None:
        self._begin = begin
        self._lock = Lock()
        self._holds: dict[Hashable, StateHold] = {}

    def carry_out(self, client: Hashable, op: CopyOp) -> Any:
        """The answer's data; of `release` why the copy is of no use, or null. Raises InvalidMessage."""
        with self._lock:
            hold = self._holds.get(client)
            if op == "hold":
                if hold is None:
                    self._holds[client] = self._begin()
                return None
        if hold is None:
            raise InvalidMessage("Nothing is held for this client: `hold` comes first.")
        if op == "release":
            return self.gone(client)
        cut = hold.cut()
        documents = {path: b64encode(content).decode() for path, content in cut.documents.items()}
        return {"log": dict(cut.log), "documents": documents}

    def gone(self, client: Hashable) -> str | None:
        """The client is done or has hung up."""
        with self._lock:
            hold = self._holds.pop(client, None)
        return None if hold is None else hold.end()
