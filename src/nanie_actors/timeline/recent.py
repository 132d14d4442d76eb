"""What a group remembers of its newest messages, and of those that were edited lately. Pure."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from nanie_actors.model import ChatMessage, EpochMs
from nanie_actors.timeline.timeline import MessageKey

REMEMBERED_EDITS: Final = 1_024
"""Edited messages of which the time of the newest edit is known. Edits come within 15 minutes of their
message, and out of order only when WhatsApp delivers again what could not be read: minutes later."""

REMEMBERED_EARLY: Final = 64
"""Messages that are known from an edit alone, and may still come: each is one that could not be read."""

_Fact = TypeVar("_Fact")


@dataclass(frozen=True, slots=True)
class EarlyEdit:
    """The newest edit of a message that has not come yet."""

    at: EpochMs
    text: str


class RecentMessages:
    """The newest messages as they read now, oldest first."""

    __slots__ = ("_messages", "early", "edits")

    def __init__(self, limit: int) -> None:
        self._messages: deque[ChatMessage] = deque(maxlen=limit)
        self.edits: OrderedDict[MessageKey, EpochMs] = OrderedDict()
        self.early: OrderedDict[MessageKey, EarlyEdit] = OrderedDict()

    def __iter__(self) -> Iterator[ChatMessage]:
        return iter(self._messages)

    def restore(self, messages: Iterable[ChatMessage]) -> None:
        """These were the newest when the group was stored."""
        self._messages.extend(messages)

    def find(self, key: MessageKey) -> ChatMessage | None:
        """The message, if it is among the newest."""
        return next((m for m in self._messages if (m.sender, m.message_id) == key), None)

    def came(self, message: ChatMessage, edited_at: EpochMs | None = None) -> None:
        """A message came; `edited_at`: only the edit did."""
        self._messages.append(message)
        if edited_at is not None:
            key = message.sender, message.message_id
            _note(self.edits, key, edited_at, REMEMBERED_EDITS)
            _note(self.early, key, EarlyEdit(edited_at, message.text), REMEMBERED_EARLY)

    def completed(self, message: ChatMessage) -> None:
        """A message came after its edit."""
        key = message.sender, message.message_id
        self.early.pop(key, None)
        self._change(key, at=message.at, kind=message.kind)

    def edited(self, key: MessageKey, at: EpochMs, text: str) -> bool:
        """A message was edited; False for an edit that is older than what is known."""
        if at < self.edits.get(key, 0):
            return False
        _note(self.edits, key, at, REMEMBERED_EDITS)
        if key in self.early:
            self.early[key] = EarlyEdit(at, text)
        self._change(key, text=text, edited=True)
        return True

    def deleted(self, key: MessageKey) -> None:
        """A message was deleted for everyone."""
        self.early.pop(key, None)
        self._change(key, text="", kind="deleted")

    def expire(self, before: EpochMs) -> None:
        """Remember no message of an earlier time."""
        for message in [message for message in self._messages if message.at < before]:
            self._messages.remove(message)
        for key in [key for key, edit in self.early.items() if edit.at < before]:
            del self.early[key]

    def _change(self, key: MessageKey, **changes: Any) -> None:
        for index, message in enumerate(self._messages):
            if (message.sender, message.message_id) == key:
                self._messages[index] = replace(message, **changes)
                return


def _note(known: OrderedDict[MessageKey, _Fact], key: MessageKey, fact: _Fact, limit: int) -> None:
    """Remember a fact; of too many the one that was noted longest ago is forgotten."""
    known[key] = fact
    known.move_to_end(key)
    if len(known) > limit:
        known.popitem(last=False)
