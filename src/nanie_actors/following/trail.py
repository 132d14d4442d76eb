"""The way of one message through the actors: where it has been, and when."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal, Protocol

from nanie_actors.model import ConversationId, EpochMs, GroupId, MessageId
from nanie_actors.runtime import Clock

logger = logging.getLogger(__name__)

Stage = Literal["received", "routed", "decided", "durable", "applied", "told", "encoded", "accepted"]


@dataclass(frozen=True, slots=True)
class Step:
    """One stage that a message has reached; `at_us` is in microseconds since its first one."""

    stage: Stage
    actor: str
    at_us: int


class Follower(Protocol):
    """Whoever wants to see messages go by. Called on whatever thread handles the message: must not block."""

    def wants(self, group: GroupId, message: MessageId) -> bool:
        """Whether this message is to be followed."""

    def heard(self, trail: Trail) -> None:
        """The trail has one more step, or is done. One call at a time for one trail."""


class Trail:
    """One message's way. A step may come twice: what fails is tried again. Thread-safe.

    It is done when the message's ticket has ended and every conversation has what came of it.
    """

    __slots__ = (
        "_began_s",
        "_clock",
        "_followers",
        "_lock",
        "_owed",
        "_settled",
        "began_ms",
        "done",
        "group",
        "message",
        "revision",
        "steps",
    )

    def __init__(
        self, group: GroupId, message: MessageId, clock: Clock, followers: Iterable[Follower]
    ) -> None:
        self.group = group
        self.message = message
        self.began_ms = EpochMs(clock.now_ms())
        self.steps: list[Step] = []
        self.done = False
        self.revision = 0
        self._began_s = clock.monotonic()
        self._clock = clock
        self._followers = tuple(followers)
        self._owed: set[ConversationId] = set()
        self._settled = False
        self._lock = Lock()

    def mark(self, stage: Stage, actor: str) -> None:
        """The message has reached a stage."""
        with self._lock:
            if not self.done:
                self._step(stage, actor)
                self._tell()

    def settle(self) -> None:
        """The ticket has ended: nothing more happens to the message itself."""
        with self._lock:
            self._settled = True
            self._end_if_over()

    def owe(self, revision: int, conversations: Iterable[ConversationId]) -> None:
        """These conversations are to be shown the timeline of this revision, or a later one."""
        with self._lock:
            self.revision = revision
            self._owed.update(conversations)

    def owes(self, conversation: ConversationId, revision: int) -> bool:
        """Whether this revision shows the conversation what it has not been shown."""
        return self.revision <= revision and conversation in self._owed

    def has(self, stage: Stage, actor: str) -> bool:
        """Whether the message has reached this stage there."""
        return any(step.stage == stage and step.actor == actor for step in self.steps)

    def pay(self, conversation: ConversationId) -> None:
        """The conversation has it, or never will."""
        with self._lock:
            self._owed.discard(conversation)
            self._end_if_over()

    def end(self) -> None:
        """Nobody waits for it any more."""
        with self._lock:
            self._settled = True
            self._owed.clear()
            self._end_if_over()

    def to_json(self) -> dict[str, Any]:
        """As the page reads it."""
        return {
            "group": self.group,
            "message": self.message,
            "stages": [
                {"stage": step.stage, "actor": step.actor, "at_us": step.at_us} for step in self.steps
            ],
            "done": self.done,
        }

    def _step(self, stage: Stage, actor: str) -> None:
        since_s = self._clock.monotonic() - self._began_s
        self.steps.append(Step(stage, actor, round(since_s * 1e6)))

    def _end_if_over(self) -> None:
        if self._settled and not self._owed and not self.done:
            self.done = True
            self._tell()

    def _tell(self) -> None:
        for follower in self._followers:
            try:
                follower.heard(self)
            except Exception:
                # It is the follower that failed: no message shall be handled again for that.
                logger.exception("a follower failed when it heard of a message")
