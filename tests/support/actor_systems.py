"""An actor system that tests run by hand, and an actor that writes down what happens to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nanie_actors.runtime import (
    ActorSystem,
    HandRunDispatcher,
    ManualClock,
    ManualTimers,
    PooledActor,
    PooledRef,
)

SOON_S = 10.0
"""How long a test with real threads waits for what must happen; it never waits that long."""


def eventually(condition: Callable[[], bool]) -> bool:
    """Look again and again at what no event announces; False if it does not come true."""
    for _ in range(int(SOON_S / 0.002)):
        if condition():
            return True
        threading.Event().wait(0.002)
    return False


@dataclass
class ByHand:
    """A system in which nothing moves unless the test says so."""

    system: ActorSystem
    dispatcher: HandRunDispatcher
    clock: ManualClock
    timers: ManualTimers

    def run(self) -> int:
        return self.dispatcher.run_until_idle(10_000)

    def state(self, ref: PooledRef[Any]) -> str:
        return self.system.report(ref).state


def make_by_hand(dispatcher: HandRunDispatcher | None = None) -> ByHand:
    clock = ManualClock()
    timers = ManualTimers(clock)
    dispatcher = dispatcher or HandRunDispatcher()
    return ByHand(ActorSystem(dispatcher, clock=clock, timers=timers), dispatcher, clock, timers)


class Recorder(PooledActor):
    """Writes down, into a list that outlives it, everything that happens to it."""

    def __init__(self, log: list[Any]) -> None:
        super().__init__()
        self.log = log

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, BaseException):
            raise message
        self.log.append(message)
        return message

    def on_system(self, message: Any) -> Any:
        if isinstance(message, BaseException):
            raise message
        self.log.append(("system", message))
        return super().on_system(message)
