"""The messages of a group that a language model is still to read. Pure; a part of the group's state.

Which they are depends on the group's records alone, so after any crash they are the same ones.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from nanie_actors.model import EpochMs, MessageId, SenderId
from nanie_actors.timeline.timeline import MessageKey

AWAITED_AT_MOST: Final = 1_000
"""Messages of one group that may wait: weeks of a household's, should the model be away that long. Of more,
those that have waited longest keep their first reading for good."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """`seq` is the record that made the message wait, and what an answer must name to be taken; `edited_at`
    is the version of the text."""

    seq: int
    edited_at: EpochMs | None


class Awaiting:
    """In the order in which they began to wait."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: OrderedDict[MessageKey, Awaited] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, key: MessageKey) -> bool:
        return key in self._waiting

    def __iter__(self) -> Iterator[tuple[MessageKey, Awaited]]:
        return iter(self._waiting.items())

    def get(self, key: MessageKey) -> Awaited | None:
        """Since when a message waits, if it does."""
        return self._waiting.get(key)

    def note(self, key: MessageKey, seq: int, edited_at: EpochMs | None) -> None:
        """A message waits from now on; what was asked about it before does not count any more."""
        self._waiting[key] = Awaited(seq, edited_at)
        self._waiting.move_to_end(key)
        if len(self._waiting) > AWAITED_AT_MOST:
            self._waiting.popitem(last=False)

    def end(self, key: MessageKey) -> None:
        """A message waits no more, if it did."""
        self._waiting.pop(key, None)

    def answered(self, key: MessageKey, seq: int) -> Awaited | None:
        """An answer to what was asked at `seq` is taken: what waited for it; None if nothing does."""
        awaited = self._waiting.get(key)
        if awaited is None or awaited.seq != seq:
            return None
        del self._waiting[key]
        return awaited

    def to_json(self) -> list[Any]:
        """For `restore`."""
        return [[*key, awaited.seq, awaited.edited_at] for key, awaited in self._waiting.items()]

    def restore(self, stored: Iterable[Any]) -> None:
        """Take in what `to_json` gave. Raises TypeError or ValueError for anything else."""
        for sender, message_id, seq, edited_at in stored:
            version = None if edited_at is None else EpochMs(edited_at)
            self._waiting[SenderId(sender), MessageId(message_id)] = Awaited(int(seq), version)
