"""Asking all actors for their own words at once, with one deadline, and naming those that do not answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nanie_actors.runtime.errors import AskInsideActor
from nanie_actors.runtime.messages import Ask, Inspect
from nanie_actors.runtime.report import ActorReport
from nanie_actors.runtime.system import ActorSystem
from nanie_actors.runtime.turn import inside_a_turn


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An actor that is stuck, failed or gone, or whose `inspect` raised. `report` says more."""

    reason: str
    report: ActorReport


def inspect_all(
    system: ActorSystem, deadline_s: float, names: Callable[[str], bool] | None = None
) -> dict[str, Mapping[str, Any] | Unanswered]:
    """What each living actor's `inspect()` returns, by name, after `deadline_s` seconds at the latest.

    `names` chooses among the actors; without it all are asked. The questions overtake user mail, also of held
    actors. Raises AskInsideActor on an actor's turn. Any other thread.
    """
    if inside_a_turn():
        raise AskInsideActor
    refs = {ref.name: ref for ref in system.refs() if names is None or names(ref.name)}
    answers = _Answers(len(refs))
    question = Inspect()
    for name, ref in refs.items():
        ref.tell_system(Ask(question, _Answer(answers, name)))
    if refs:
        system.dispatcher.settle(answers.complete, deadline_s)
    given, refused = answers.close()
    return {
        name: given[name]
        if name in given
        else Unanswered(refused.get(name, "no answer before the deadline"), system.report(ref))
        for name, ref in refs.items()
    }


class _Answers:
    """Collects answers from any thread until it is closed; later ones are dropped."""

    def __init__(self, expected: int) -> None:
        self.complete = threading.Event()
        self._missing = expected
        self._lock = threading.Lock()
        self._given: dict[str, Mapping[str, Any]] = {}
        self._refused: dict[str, str] = {}

    def give(self, name: str, answer: Mapping[str, Any]) -> None:
        with self._lock:
            self._given[name] = answer
            self._count()

    def refuse(self, name: str, reason: str) -> None:
        with self._lock:
            self._refused[name] = reason
            self._count()

    def close(self) -> tuple[dict[str, Mapping[str, Any]], dict[str, str]]:
        with self._lock:
            return dict(self._given), dict(self._refused)

    def _count(self) -> None:
        self._missing -= 1
        if self._missing == 0:
            self.complete.set()


class _Answer:
    """Where one actor's answer goes; stands where an ask has its future."""

    __slots__ = ("_answers", "_name")

    def __init__(self, answers: _Answers, name: str) -> None:
        self._answers = answers
        self._name = name

    def set(self, value: Any) -> None:
        self._answers.give(self._name, value)

    def set_exception(self, exc_info: Any) -> None:
        self._answers.refuse(self._name, exc_info[0].__name__)
