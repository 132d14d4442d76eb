"""What a group knows already, be it on disk or still on its way there: nothing is to be taken in twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from nanie_actors.model import ChatMessage, EpochMs, MessageId, SenderId
from nanie_actors.packed_keys import PackedKeys
from nanie_actors.storage.seen import key_without_sender, seen_key
from nanie_actors.timeline.decisions import echoed, edition, revocation
from nanie_actors.timeline.description import Description
from nanie_actors.timeline.message_log import fold
from nanie_actors.timeline.recent import EarlyEdit
from nanie_actors.timeline.records import (
    OURS,
    GroupDescribed,
    MessageCompleted,
    MessageLogged,
    MessageRewritten,
    MessageWithdrawn,
    OutboxMoved,
    Record,
)
from nanie_actors.timeline.state import GroupState
from nanie_actors.timeline.timeline import MessageKey


class GroupKnowledge:
    """Used by one GroupActor only. Implements timeline.decisions.Known."""

    def __init__(
        self,
        state: GroupState,
        seen: PackedKeys,
        *,
        under_way: Callable[[], Iterable[Record]],
        stored: Callable[[str], Iterator[dict[str, Any]]],
        posting: Callable[[str], str | None],
    ) -> None:
        """`under_way` gives the records that are not on disk yet, in order; `stored` the lines of the
        message log that name a message id; `posting` says under which id a text is being sent unrecorded."""
        self._state = state
        self._seen = seen
        # Older layouts did not keep senders: whoever brings such a message again is not believed. What is
        # taken in from now on has senders.
        self._may_lack_senders = bool(seen)
        self._under_way = under_way
        self._stored = stored
        self._posting = posting
        self._described = state.described
        self._early = dict(state.recent.early)

    @property
    def described(self) -> Description:
        """What was last said of the group itself."""
        return self._described

    def take_in(self, record: Record) -> None:
        """A record is on its way: what repeats it is known from now on."""
        if isinstance(record, MessageLogged) and record.edited_at is None:
            return  # Nearly always. That it has been seen was noted when it was decided about.
        match record:
            case GroupDescribed():
                self._described = self._described.changed(record)
            case OutboxMoved():
                self._seen.update(seen_keys(record))
            case _:
                self._take_in_message(record)

    def take_new(self, sender: SenderId, message_id: str) -> bool:
        """Say whether (sender, id) is new, and remember it."""
        if self._may_lack_senders and key_without_sender(message_id) in self._seen:
            return False
        return self._seen.add(seen_key(sender, message_id))

    def has(self, sender: SenderId, message_id: str) -> bool:
        """Whether (sender, id) was taken before."""
        return seen_key(sender, message_id) in self._seen

    def message(self, key: MessageKey) -> ChatMessage | None:
        """The message as it was logged, if it still is.

        Reads the log's file when it is none of the newest: some milliseconds for an edit, which is rare.
        """
        found = self._state.recent.find(key)
        for record in self._under_way():
            if isinstance(record, MessageLogged | MessageCompleted) and _key(record.message) == key:
                found = record.message
        if found is not None:
            return found
        lines = (line for line in self._stored(key[1]) if (line["sender"], line["id"]) == key)
        return next((logged.message for logged in fold(self._state.group, lines)), None)

    def text_on_its_way(self, message: ChatMessage) -> str | None:
        """The id of the text of ours that this message is, by all appearance."""
        return echoed(self._state, message) or self._posting(message.text)

    def early_edit(self, key: MessageKey) -> EarlyEdit | None:
        """The newest edit of a message that has not come yet."""
        return self._early.get(key)

    def _take_in_message(self, record: Record) -> None:
        match record:
            case MessageLogged(message, _, edited_at) if edited_at is not None:
                self._early[_key(message)] = EarlyEdit(edited_at, message.text)
            case MessageRewritten(message_id, sender, _, at, text):
                early = self._early.get((sender, message_id))
                if early is not None and at >= early.at:
                    self._early[sender, message_id] = EarlyEdit(at, text)
            case MessageCompleted(message):
                self._early.pop(_key(message), None)
            case MessageWithdrawn(message_id, sender):
                self._early.pop((sender, message_id), None)
            case _:
                pass


def seen_keys(record: Record) -> tuple[int, ...]:
    """The keys by which a repetition of what this record holds is recognised."""
    if isinstance(record, MessageLogged):  # nearly always
        message, edited_at = record.message, record.edited_at
        key = seen_key(message.sender, message.message_id)
        if edited_at is None:
            return (key,)
        return (key, _edit_key(message.sender, message.message_id, edited_at))
    match record:
        case MessageRewritten(message_id, sender, _, at):
            return (seen_key(sender, message_id), _edit_key(sender, message_id, at))
        case MessageWithdrawn(message_id, sender):
            return (seen_key(sender, message_id), seen_key(sender, revocation(message_id)))
        case OutboxMoved(message_id=message_id) if message_id is not None:
            # Whoever repeats our own message to us may know another sender id for us.
            return (seen_key(OURS, message_id),)
        case _:
            return ()


def _edit_key(sender: SenderId, message_id: MessageId, at: EpochMs) -> int:
    return seen_key(sender, edition(message_id, at))


def _key(message: ChatMessage) -> MessageKey:
    return message.sender, message.message_id
