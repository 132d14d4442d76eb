"""What a language model is asked about a message, and what it answers: an extractor that takes its time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from nanie_actors.model import EpochMs, GroupId, MessageKind
from nanie_actors.timeline.extractor import ExtractedEvent
from nanie_actors.timeline.timeline import MessageKey

MOST_EVENTS: Final = 50
"""Events that may be read out of one message, by `care` as well: a day's whole list has about twenty."""


@dataclass(frozen=True, slots=True)
class Question:
    """One message of one group, as it reads now; nothing else ever goes into a request.

    `asked` is the group's record that made it wait: an answer counts only as long as that is the newest. Of
    all this the model is shown `text` and `at` alone.
    """

    group: GroupId
    key: MessageKey
    asked: int
    text: str
    at: EpochMs
    kind: MessageKind = "text"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model read, at least one event; without events it will never answer this question."""

    question: Question
    events: tuple[ExtractedEvent, ...]


Hear = Callable[[Answer], None]


class Model(Protocol):
    """A language model, with all that lies between it and a group. Thread-safe; nothing here blocks."""

    @property
    def history(self) -> int:
        """How many of the newest messages it is to read of a log that is read as a whole."""

    def ask(self, question: Question, hear: Hear) -> None:
        """Have a message read. `hear` is called once, on a thread of the model's own, which may be a day
        later; never if the process ends before, or the question is dropped. A newer question about the same
        message drops the older one."""

    def drop(self, group: GroupId, key: MessageKey) -> None:
        """Nobody wants to know any more."""

    def drop_all(self, group: GroupId) -> None:
        """Nobody wants to know anything about this group any more."""
