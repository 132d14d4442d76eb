"""Whether a worker lives, and whether it is ready: what is looked at, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nanie_actors.observability.readings import HEADS
from nanie_actors.runtime import Unanswered, inspect_all

if TYPE_CHECKING:
    from nanie_actors.assembly import Worker

ANSWER_WITHIN_S: Final = 2.0
"""Guardian, registry and gateway answer within microseconds; whoever takes this long is stuck."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be so; `problem` says what is wrong and what to do, None if all is well."""

    name: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class Health:
    """What was found. `ok` if there is no problem."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no problem."""
        return all(check.problem is None for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """For programs; the keys are stable."""
        return {"ok": self.ok, "checks": {check.name: check.problem or "ok" for check in self.checks}}


def liveness(worker: Worker) -> Health:
    """Whether the process does its work, or had better be started again. Any thread but an actor's."""
    return Health(tuple(_alive(worker)))


def readiness(worker: Worker) -> Health:
    """Whether it takes messages and commands now: alive, started, not stopping, and the disk takes writes."""
    return Health((*_alive(worker), *_ready(worker)))


def _alive(worker: Worker) -> Iterator[Check]:
    failure = worker.failure
    yield Check(
        "failure", None if failure is None else f"{failure}: start the worker again; its log says more."
    )
    answers = inspect_all(worker.system, ANSWER_WITHIN_S, HEADS.__contains__)
    for name in HEADS:
        answer = answers.get(name)
        silent = answer is None or isinstance(answer, Unanswered)
        yield Check(name, f"the {name} does not answer: `nanie dump` shows what it does." if silent else None)


def _ready(worker: Worker) -> Iterator[Check]:
    yield Check("started", None if worker.running else "the worker is still starting.")
    stopping = worker.stop_requested.is_set()
    yield Check("stopping", "the worker is stopping." if stopping else None)
    failing = worker.tree.log.stats().failing
    yield Check("disk", "the disk refuses writes: see to its space and its health." if failing else None)
