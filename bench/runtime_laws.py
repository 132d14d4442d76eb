"""What each law costs in the runtime: a message with everything, and with one mechanism cut out.

The product has no switches for this. The function that every message passes is made anew without the lines
in question, in the measuring process alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.cut import ATTEMPT, cut
from bench.gauges import Latch
from bench.runtime import Counting
from bench.sample import Metrics
from nanie_actors.runtime import (
    ActorSystem,
    PoolDispatcher,
    PooledActor,
    PooledRef,
    SystemClock,
    ThreadTimers,
)
from nanie_actors.runtime.cell import Cell


@dataclass(frozen=True, slots=True)
class Cut:
    """What is left out of the turn of an actor, and of a tell; by statement, with what stands there then."""

    turn: Mapping[str, str]
    tell: Mapping[str, str]


_SLICE = """if done >= check_at:
    if done >= budget:
        break
    spent_s = monotonic() - now
    if spent_s > slice_s:
        break
    if spent_s * LONG_STRIDE < slice_s * done:
        self.stride = LONG_STRIDE
    check_at += check_at
    if check_at > budget:
        check_at = budget"""

RUNTIME_LAWS: Mapping[str, Cut] = {
    "supervision": Cut({ATTEMPT: ""}, {}),
    "system-lane": Cut(
        {
            "if self.interrupt:\n    break": "",
            "if not self.interrupt or done >= budget:\n    break": "break",
            "if self.interrupt:\n    return self._end_of_turn()": "",
            "if queue or self.interrupt:\n    return self.take_marker()": (
                "if queue:\n    return self.take_marker()"
            ),
        },
        {},
    ),
    "dead-letters": Cut({}, {"cell.schedule(cell)": "schedule(cell)"}),
    "inspection": Cut(
        {
            "self.busy_since = now": "",
            "self.current = message": "",
            "self.handled += done": "",
            "self.current = None": "",
            "self.busy_since = 0.0": "",
        },
        {},
    ),
    "fairness": Cut({_SLICE: ""}, {}),
    "asks": Cut(
        {
            "if type(message) in _NOT_PLAIN:\n    reception.receive(self, actor, message)\n"
            "else:\n    actor.on_receive(message)": "actor.on_receive(message)"
        },
        {},
    ),
}
"""What is cut out, by what is lost with it.

supervision: a failure is caught by nobody and kept for nobody. system-lane: nothing overtakes, holds or
suspends a turn. dead-letters: a tell goes to the dispatcher, whether the actor lives or not. inspection:
nobody can see what an actor is busy with, for how long, and what it has done. fairness: a turn ends when the
mailbox is empty. asks: they, stops and proxies are not told from tells.
"""


def cost(_folder: Path, *, law: str, actors: int, messages: int, rounds: int) -> Metrics:
    """Processor seconds a message, told and handled, with everything and without one law, in turn in one
    process: the least of each, for others on the machine only add to it. Raises NotThere."""
    with_it, without_it = list[float](), list[float]()
    for _ in range(rounds):
        with_it.append(_cpu_s(actors, messages, _NOTHING))
        without_it.append(_cpu_s(actors, messages, RUNTIME_LAWS[law]))
    return {"with_s": min(with_it), "without_s": min(without_it)}


_NOTHING = Cut({}, {})
"""Made anew as well, so that this is the same on both sides."""


def _cpu_s(actors: int, messages: int, law: Cut) -> float:
    clock = SystemClock()
    system = ActorSystem(PoolDispatcher(), clock=clock, timers=ThreadTimers(clock))
    each = messages // actors
    started, latch = Latch(actors), Latch(actors)
    refs = [system.start(_Counting, each, started, latch) for _ in range(actors)]
    started.wait()
    with _in_force(law, system.dispatcher.schedule):
        began = time.process_time()
        for _ in range(each):
            for ref in refs:
                ref.tell(None)
        latch.wait()
        took_s = time.process_time() - began
        # No turn may be under way when the product's own functions come back.
        system.shutdown(1.0)
    return took_s / (each * actors)


class _Counting(Counting, PooledActor):
    pass


@contextmanager
def _in_force(law: Cut, schedule: Callable[[Any], None]) -> Iterator[None]:
    functions: list[tuple[type[Any], str, Any]] = [
        (Cell, "run", cut(Cell.run, law.turn)),
        (PooledRef, "tell", cut(PooledRef.tell, law.tell, schedule=schedule)),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in functions]
    for owner, name, without in functions:
        setattr(owner, name, without)
    try:
        yield
    finally:
        for owner, name, original in before:
            setattr(owner, name, original)
