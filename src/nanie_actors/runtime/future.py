"""Pykka's future without its condition variable: half the cost of an ask was making and entering that."""

from __future__ import annotations

import queue
import sys
import threading
from typing import Any, TypeVar

import pykka

from nanie_actors.runtime.errors import AskInsideActor
from nanie_actors.runtime.turn import inside_a_turn

T = TypeVar("T")


class _Outcome:
    """What a future came to: a value, or an exc_info triple."""

    __slots__ = ("exc_info", "value")

    def __init__(self, value: Any = None, exc_info: Any = None) -> None:
        self.value = value
        self.exc_info = exc_info

    def deliver(self) -> Any:
        if self.exc_info is None:
            return self.value
        kind, error, traceback = self.exc_info
        error = kind() if error is None else error
        raise error.with_traceback(traceback)


class PoolFuture(pykka.ThreadingFuture[T]):
    """A ThreadingFuture to its users. Waiting for it on an actor's turn raises AskInsideActor.

    A value that is already there may be read anywhere: that waits for nobody.

    Whoever sets it first keeps `_once` for good, writes the outcome, then opens the gates of those who wait.
    Whoever waits hangs up a gate, and then looks for the outcome once more. One of the two sees the other.
    """

    def __init__(self) -> None:
        # Past ThreadingFuture, which would make the condition variable.
        super(pykka.ThreadingFuture, self).__init__()
        self._once = threading.Lock()
        self._outcome: _Outcome | None = None
        self._hooked = False
        self._gates: list[threading.Lock] = []

    def get(self, *, timeout: float | None = None) -> Any:
        """As in Pykka: the value, or raise the error; Timeout after `timeout` seconds."""
        if self._hooked:
            return pykka.Future.get(self, timeout=timeout)
        outcome = self._outcome or self._wait(timeout)
        # A hook may have been set while we waited; it decides then.
        return self.get(timeout=timeout) if outcome is None else outcome.deliver()

    def set(self, value: T | None = None) -> None:
        """As in Pykka: raises queue.Full if the outcome is known, or a hook will make it."""
        self._settle(_Outcome(value))

    def set_exception(self, exc_info: Any = None) -> None:
        """As in Pykka: the current exception unless an exc_info triple is given."""
        self._settle(_Outcome(exc_info=exc_info or sys.exc_info()))

    def set_get_hook(self, func: Any) -> None:
        """As in Pykka: `func` makes the value when it is asked for."""
        if not self._hooked and not self._once.acquire(False):
            raise queue.Full
        pykka.Future.set_get_hook(self, func)
        self._hooked = True
        self._open_gates()

    def _settle(self, outcome: _Outcome) -> None:
        if not self._once.acquire(False):
            raise queue.Full
        self._outcome = outcome
        self._open_gates()

    def _open_gates(self) -> None:
        gates = self._gates
        while gates:
            gates.pop().release()

    def _wait(self, timeout: float | None) -> _Outcome | None:
        if inside_a_turn():
            raise AskInsideActor
        gate = threading.Lock()
        gate.acquire()
        self._gates.append(gate)
        if self._outcome is None and not self._hooked:
            patience = -1.0 if timeout is None else max(timeout, 0.0)
            if not gate.acquire(timeout=min(patience, threading.TIMEOUT_MAX)) and not self._known():
                raise pykka.Timeout(f"{timeout} seconds")
        return self._outcome

    def _known(self) -> bool:
        return self._outcome is not None or self._hooked
