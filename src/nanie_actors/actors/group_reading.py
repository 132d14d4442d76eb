"""What a group has a language model read: each message once it is on disk, and its answer into the timeline.

The group's state says which messages wait, so whatever is lost on the way (a question, an answer, the worker)
is asked again. Until then, and if no answer ever comes, the extractor's reading stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from nanie_actors.actors.group_ties import GroupTies
from nanie_actors.messages import ModelAnswered
from nanie_actors.model import ChatMessage
from nanie_actors.timeline.answers import is_about, read_record, unread_record
from nanie_actors.timeline.questions import Answer, Question
from nanie_actors.timeline.records import MessageRead, Record
from nanie_actors.timeline.state import GroupState
from nanie_actors.timeline.timeline import MessageKey

ASKED_AT_ONCE: Final = 4
"""Questions of one group that are with the model: one being answered, and what may come next."""


class GroupReading:
    """Used by one GroupActor only."""

    def __init__(
        self,
        ties: GroupTies,
        state: GroupState,
        *,
        message: Callable[[MessageKey], ChatMessage | None],
        under_way: Callable[[], Iterable[Record]],
        write: Callable[[MessageRead], None],
    ) -> None:
        """`message` finds a message as it reads now; `under_way` gives the records that are not on disk."""
        self._model = ties.services.model
        self._ties = ties
        self._state = state
        self._message = message
        self._under_way = under_way
        self._write = write
        self._asked: dict[MessageKey, int] = {}

    @property
    def quiet(self) -> bool:
        """Whether no answer is waited for."""
        return self._model is None or not self._state.active or not self._state.awaiting

    def pump(self) -> None:
        """Ask what can be asked. Only of what is on disk, and only while somebody listens."""
        if self._model is None or not (self._asked or self._state.awaiting):
            return
        self._drop_settled()
        if len(self._asked) >= ASKED_AT_ONCE or not self._state.active:
            return
        for key, awaited in list(self._state.awaiting):
            if self._asked.get(key) == awaited.seq or self._is_changing(key):
                continue
            self._ask(key, awaited.seq)
            if len(self._asked) >= ASKED_AT_ONCE:
                return

    def answered(self, answer: Answer) -> None:
        """The model has read a message, or never will. What was asked anew in between is not answered."""
        question = answer.question
        if self._asked.get(question.key) != question.asked:
            return
        del self._asked[question.key]
        awaited = self._state.awaiting.get(question.key)
        if awaited is not None and awaited.seq == question.asked and not self._is_changing(question.key):
            under_way = list(self._under_way())
            self._write(read_record(self._state, answer, awaited, under_way, self._ties.now()))

    def forget(self) -> None:
        """The actor ends: its successor asks again."""
        if self._model is not None and self._asked:
            self._model.drop_all(self._ties.group)
            self._asked.clear()

    def _ask(self, key: MessageKey, asked: int) -> None:
        message = self._message(key)
        if message is None or not message.text.strip():
            self._write(unread_record(key, asked, self._ties.now()))  # it is too old for the log
            return
        note, incarnation = self._ties.note, self._ties.incarnation
        question = Question(self._ties.group, key, asked, message.text, message.at, message.kind)
        self._asked[key] = asked
        if self._model is not None:
            self._model.ask(question, lambda answer: note(ModelAnswered(incarnation, answer)))

    def _drop_settled(self) -> None:
        """What was deleted meanwhile need not be read; what was edited is asked anew under the same key."""
        for key in [key for key in self._asked if key not in self._state.awaiting]:
            del self._asked[key]
            if self._model is not None:
                self._model.drop(self._ties.group, key)

    def _is_changing(self, key: MessageKey) -> bool:
        """Whether a record on its way to the disk says something new of the message."""
        return any(is_about(record, key) for record in self._under_way())
