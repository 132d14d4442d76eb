"""Which question goes to the model next, and what becomes of one that came back. Pure.

Groups take turns, and one that asks much has half of the places at most. What is with the model is bounded by
places, by the minute and by the day; whatever waits here waits in its group's files as well.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass

from nanie_actors.actors.token_bucket import Rate, TokenBucket
from nanie_actors.llm.breaker import Breaker
from nanie_actors.llm.failures import ModelFailure, Refused, Unreachable, Unusable
from nanie_actors.model import GroupId
from nanie_actors.timeline.questions import Hear, Question
from nanie_actors.timeline.timeline import MessageKey

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class DeskLimits:
    """The settings' section `llm`, as far as the desk is concerned."""

    parallel: int
    per_minute: int
    per_day: int
    tries: int
    longest_pause_s: float


@dataclass(slots=True, eq=False)
class Asked:
    """A question on its way. `dropped`: nobody wants to know any more.

    `tries` are those that failed for the question's own sake; `seen` is how many questions the model had
    answered when this one last found it out of reach.
    """

    question: Question
    hear: Hear
    tries: int = 0
    seen: int | None = None
    dropped: bool = False


@dataclass(slots=True)
class DeskCounts:
    """What became of questions since the start."""

    read: int = 0
    unusable: int = 0
    refused: int = 0
    unreachable: int = 0
    given_up: int = 0


class Desk:
    """One thread at a time."""

    def __init__(self, limits: DeskLimits, now_s: float) -> None:
        self._limits = limits
        self._per_group = max(1, limits.parallel // 2)
        self._lines: OrderedDict[GroupId, OrderedDict[MessageKey, Asked]] = OrderedDict()
        self._out: list[Asked] = []
        burst = max(limits.parallel, limits.per_minute // 4)
        self._minute = TokenBucket(Rate.per_minute(limits.per_minute, burst=burst), now_s)
        self._day = TokenBucket(Rate(limits.per_day, limits.per_day / DAY_S), now_s)
        self.breaker = Breaker(limits.longest_pause_s)
        self.counts = DeskCounts()

    @property
    def waiting(self) -> int:
        """Questions that are not with the model."""
        return sum(len(line) for line in self._lines.values())

    @property
    def out(self) -> int:
        """Questions that are with the model."""
        return len(self._out)

    def ask(self, question: Question, hear: Hear) -> None:
        """A new question; an older one about the same message is dropped."""
        self.drop(question.group, question.key)
        self._line(question.group)[question.key] = Asked(question, hear)

    def drop(self, group: GroupId, key: MessageKey) -> None:
        """Nobody wants to know this any more."""
        for asked in self._out:
            if (asked.question.group, asked.question.key) == (group, key):
                asked.dropped = True
        line = self._lines.get(group)
        if line is not None:
            line.pop(key, None)
            self._tidy(group)

    def drop_all(self, group: GroupId) -> None:
        """Nobody wants to know anything of this group."""
        for asked in self._out:
            asked.dropped |= asked.question.group == group
        self._lines.pop(group, None)

    def take(self, now_s: float) -> Asked | float | None:
        """The next question, which is with the model from now on; or the seconds after which to look again;
        or None, if something else has to happen first."""
        places = 1 if self.breaker.troubled else self._limits.parallel
        group = self._whose_turn() if len(self._out) < places else None
        if group is None:
            return None
        wait_s = max(self.breaker.wait_s(now_s), self._minute.wait_s(now_s), self._day.wait_s(now_s))
        if wait_s:
            return wait_s
        self._minute.take(now_s)
        self._day.take(now_s)
        line = self._lines[group]
        _, asked = line.popitem(last=False)
        self._lines.move_to_end(group)
        self._tidy(group)
        self._out.append(asked)
        return asked

    def read(self, asked: Asked) -> bool:
        """The model has answered it; says whether anybody wants to know."""
        self._out.remove(asked)
        self.breaker.answered()
        self.counts.read += 1
        return not asked.dropped

    def failed(self, asked: Asked, failure: ModelFailure, now_s: float) -> bool:
        """It did not. Says whether it never will; otherwise the question waits again."""
        self._out.remove(asked)
        self._note(asked, failure, now_s)
        if asked.dropped:
            return False
        if asked.tries >= self._limits.tries:
            self.counts.given_up += 1
            return True
        question = asked.question
        line = self._line(question.group)
        line[question.key] = asked
        if isinstance(failure, Unreachable):
            line.move_to_end(question.key, last=False)
        return False

    def _note(self, asked: Asked, failure: ModelFailure, now_s: float) -> None:
        match failure:
            case Unusable():
                self.counts.unusable += 1
                self.breaker.answered()
                asked.tries += 1
            case Refused() if self.counts.read or self.counts.unusable:
                self.counts.refused += 1
                self.breaker.answered()
                asked.tries = self._limits.tries  # It would refuse it again.
            case Refused():
                # It has never answered anything: more likely it is us who ask it wrongly, and every question.
                self._unreached(asked, 0.0, now_s)
            case _:
                wished_s = failure.retry_after_s if isinstance(failure, Unreachable) else 0.0
                self._unreached(asked, wished_s, now_s)

    def _unreached(self, asked: Asked, retry_after_s: float, now_s: float) -> None:
        """While others are answered it must be the question: one that hangs must not hang for ever."""
        self.counts.unreachable += 1
        self.breaker.failed(now_s, retry_after_s)
        if asked.seen is not None and self.counts.read > asked.seen:
            asked.tries += 1
        asked.seen = self.counts.read

    def _whose_turn(self) -> GroupId | None:
        busy = Counter(asked.question.group for asked in self._out)
        return next((group for group in self._lines if busy[group] < self._per_group), None)

    def _line(self, group: GroupId) -> OrderedDict[MessageKey, Asked]:
        return self._lines.setdefault(group, OrderedDict())

    def _tidy(self, group: GroupId) -> None:
        if not self._lines[group]:
            del self._lines[group]
