"""The help of a running worker, asked for over its control socket."""

from __future__ import annotations

from base64 import b64decode
from contextlib import suppress
from typing import Final

from nanie_actors.errors import NanieError, WorkerUnreachable
from nanie_actors.inspection.control_client import ControlClient
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.state_cut import StateCut

CUT_WITHIN_S: Final = 90.0
"""Longer than the worker takes to say that it cannot."""

STOPPED: Final = "the worker stopped meanwhile"


class LiveState:
    """Implements StateSource with a running worker. Raises WorkerUnreachable if none answers."""

    def __init__(self, layout: StateLayout) -> None:
        self._client = ControlClient(layout.run_socket)
        self._broken: str | None = None
        self._ended = False
        try:
            self._client.request("hold")
        except NanieError:
            self._client.close()
            raise

    def cut(self) -> StateCut:
        """As the worker tells it. Raises WorkerUnreachable if it stopped, Refused if it cannot."""
        self._client.ask("cut")
        told = self._client.data(self._client.next(CUT_WITHIN_S))
        return StateCut(told["log"], {path: b64decode(text) for path, text in told["documents"].items()})

    def end(self) -> str | None:
        """Let the worker go on as usual; what it says of the copy."""
        if not self._ended:
            self._ended = True
            with self._client:
                self._broken = STOPPED
                with suppress(WorkerUnreachable):
                    self._broken = self._client.request("release")
        return self._broken
