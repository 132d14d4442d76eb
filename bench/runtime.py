"""The actor runtime alone: pooled actors as the worker runs them, and Pykka's own, a thread each.

Both kinds run the same handlers; only the base class and the way to start differ.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pykka

from bench.gauges import Latch, percentile, resident_bytes
from bench.sample import Metrics
from nanie_actors.runtime import ActorSystem, PoolDispatcher, PooledActor, SystemClock, ThreadTimers

Start = Callable[..., Any]
"""Takes a role and its arguments, gives the reference of a started actor."""

FLOOD_MAIL = 1_000
"""Messages that the flooded actor always has in its mailbox."""

FLOOD_S = 20e-6
"""What it spends on each: twice a cheap event's share of the pipeline."""


class Counting:
    """Says when it has started, and when it has handled as much as was expected."""

    def __init__(self, expected: int, started: Latch, latch: Latch) -> None:
        super().__init__()
        self._left = expected
        self._started = started
        self._latch = latch

    def on_start(self) -> None:
        self._started.count_down()

    def on_receive(self, message: Any) -> None:
        self._left -= 1
        if not self._left:
            self._latch.count_down()


class Echoing:
    """Answers with what it is asked."""

    def on_receive(self, message: Any) -> Any:
        return message


class Starting:
    """Says when it has started."""

    def __init__(self, latch: Latch) -> None:
        super().__init__()
        self._latch = latch

    def on_start(self) -> None:
        self._latch.count_down()

    def on_receive(self, message: Any) -> None:
        """Nobody tells it anything."""


class Flooded:
    """Never comes to the end of its mailbox."""

    actor_ref: Any

    def on_receive(self, message: Any) -> None:
        self.actor_ref.tell(message)
        until = time.perf_counter() + FLOOD_S
        while time.perf_counter() < until:
            pass


class Stamping:
    """Keeps how long each message was on its way; a message is the time when it was told."""

    def __init__(self, delays: list[float], latch: Latch) -> None:
        super().__init__()
        self._delays = delays
        self._latch = latch

    def on_receive(self, message: float) -> None:
        self._delays.append(time.perf_counter() - message)
        self._latch.count_down()


def starter(kind: str) -> Start:
    """How to start actors of a kind: `pooled` or `stock`."""
    if kind == "stock":
        return lambda role, *args: _actor(role, pykka.ThreadingActor).start(*args)
    clock = SystemClock()
    system = ActorSystem(PoolDispatcher(), clock=clock, timers=ThreadTimers(clock))
    classes: dict[type, type[PooledActor]] = {}

    def start(role: type, *args: Any) -> Any:
        actor_class = classes.get(role) or classes.setdefault(role, _actor(role, PooledActor))
        return system.start(actor_class, *args)

    return start


def _actor(role: type, base: type[Any]) -> type[Any]:
    return type(base.__name__ + role.__name__, (role, base), {})


def fan_out(_folder: Path, *, kind: str, actors: int, messages: int) -> Metrics:
    """One thread tells `messages` in turn to all actors, all started before; until the last is handled."""
    start = starter(kind)
    started, latch = Latch(actors), Latch(actors)
    refs = [start(Counting, messages // actors, started, latch) for _ in range(actors)]
    started.wait()
    rounds = range(messages // actors)
    began = time.perf_counter()
    for _ in rounds:
        for ref in refs:
            ref.tell(None)
    latch.wait()
    return {"messages_per_s": len(rounds) * actors / (time.perf_counter() - began)}


def asks(_folder: Path, *, kind: str, messages: int) -> Metrics:
    """One thread asks one actor and waits for each answer."""
    ref = starter(kind)(Echoing)
    began = time.perf_counter()
    for number in range(messages):
        ref.ask(number)
    return {"asks_per_s": messages / (time.perf_counter() - began)}


def starts(_folder: Path, *, kind: str, actors: int) -> Metrics:
    """Until all have started. The memory they take then is that of bare, idle actors."""
    start = starter(kind)
    latch = Latch(actors)
    warm = Latch(1)
    start(Starting, warm)
    warm.wait()
    before = resident_bytes()
    began = time.perf_counter()
    refs = [start(Starting, latch) for _ in range(actors)]
    latch.wait()
    took_s = time.perf_counter() - began
    grown = resident_bytes() - before
    return {"starts_per_s": len(refs) / took_s, "bytes_per_actor": grown / len(refs)}


def fairness(_folder: Path, *, kind: str, actors: int, messages: int) -> Metrics:
    """A thousand messages a second to others, while one actor is flooded: how long each was on its way."""
    start = starter(kind)
    latch = Latch(messages)
    delays: list[float] = []
    refs = [start(Stamping, delays, latch) for _ in range(actors)]
    flooded = start(Flooded)
    for _ in range(FLOOD_MAIL):
        flooded.tell(None)
    for number in range(messages):
        time.sleep(0.001)
        refs[number % actors].tell(time.perf_counter())
    latch.wait()
    return {"p50_s": percentile(delays, 50), "p99_s": percentile(delays, 99)}
