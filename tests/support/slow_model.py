"""A language model that answers when a test lets it."""

from __future__ import annotations

from dataclasses import dataclass, field

from household import Verbatim

from nanie_actors.model import EpochMs, GroupId
from nanie_actors.timeline.extractor import ExtractedEvent
from nanie_actors.timeline.questions import Answer, Hear, Question
from nanie_actors.timeline.timeline import MessageKey

UNREADABLE = "unreadable"
"""A text with this in it the model never answers."""


def read_by_model(text: str) -> list[str]:
    """The labels that the model gives to a text: one for each word."""
    return [f"model {word}" for word in text.split()]


def read_first(text: str) -> list[str]:
    """The labels of the first reading: two where the model may see one or many."""
    return [f"first {text}", f"second {text}"]


def events(labels: list[str], at: EpochMs) -> tuple[ExtractedEvent, ...]:
    return tuple(ExtractedEvent(at, "other", label, label) for label in labels)


class FirstReading(Verbatim):
    """The extractor whose reading stands until the model's comes."""

    def __init__(self) -> None:
        super().__init__(poison=None, name="first")

    def extract(self, text: str, at: EpochMs) -> list[ExtractedEvent]:
        return list(events(read_first(text), at))


@dataclass
class SlowModel:
    """Implements timeline.questions.Model; keeps every question until `answer` or a drop."""

    history: int = 100
    asked: list[Question] = field(default_factory=list)
    waiting: dict[tuple[GroupId, MessageKey], tuple[Question, Hear]] = field(default_factory=dict)

    def ask(self, question: Question, hear: Hear) -> None:
        self.asked.append(question)
        self.waiting[question.group, question.key] = (question, hear)

    def drop(self, group: GroupId, key: MessageKey) -> None:
        self.waiting.pop((group, key), None)

    def drop_all(self, group: GroupId) -> None:
        self.waiting = {place: waiting for place, waiting in self.waiting.items() if place[0] != group}

    def answer(self, index: int = 0) -> None:
        """Answer one of the questions that wait, the oldest first."""
        question, hear = self.waiting.pop(list(self.waiting)[index])
        labels = [] if UNREADABLE in question.text else read_by_model(question.text)
        hear(Answer(question, events(labels, question.at)))

    def answer_all(self) -> None:
        while self.waiting:
            self.answer()
