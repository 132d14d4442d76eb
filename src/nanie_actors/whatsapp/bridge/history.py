"""History sync: what the phone tells of earlier times, in chunks of any size.

Times are seconds here, contents have all their wrappers, and nothing says which of a person's addresses a
message came from but the mappings that come along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nanie_actors.model import EpochMs, GroupEvent, GroupId, GroupSeen, MessageId, MessageRevoked
from nanie_actors.whatsapp.bridge.addressing import group_of
from nanie_actors.whatsapp.bridge.library import Conversation, HistorySync, HistorySyncMsg, WebMessageInfo
from nanie_actors.whatsapp.bridge.message_events import Envelope, MessageReader
from nanie_actors.whatsapp.bridge.moments import Now, from_seconds
from nanie_actors.whatsapp.bridge.push_names import PushNames
from nanie_actors.whatsapp.bridge.texts import clean
from nanie_actors.whatsapp.live.identities import People

_DELETED = (WebMessageInfo.REVOKE, WebMessageInfo.ADMIN_REVOKE)


class HistoryReader:
    """Reads chunks of history. One thread at a time."""

    def __init__(self, people: People, names: PushNames, messages: MessageReader, now: Now) -> None:
        self._people = people
        self._names = names
        self._messages = messages
        self._now = now

    def read(self, history: HistorySync) -> Iterator[GroupEvent]:
        """The events of all groups in a chunk, made one by one as they are asked for."""
        for pair in history.phoneNumberToLidMappings:
            self._people.learn(clean(pair.lidJID), clean(pair.pnJID))
        for one in history.pushnames:
            self._names.learn(self._people.known(clean(one.ID)), clean(one.pushname))
        for conversation in history.conversations:
            group = group_of(clean(conversation.ID))
            if group is not None:
                yield from self._conversation(group, conversation)

    def _conversation(self, group: GroupId, conversation: Conversation) -> Iterator[GroupEvent]:
        at = _last_activity(conversation) or self._now()
        yield GroupSeen(
            group,
            at,
            name=clean(conversation.name or conversation.displayName) or None,
            participants=len(conversation.participant) or None,
            topic=clean(conversation.description) if conversation.HasField("description") else None,
        )
        for one in oldest_first(conversation.messages):
            at = from_seconds(one.messageTimestamp) or at
            yield from self._message(group, at, one)

    def _message(self, group: GroupId, at: EpochMs, one: WebMessageInfo) -> tuple[GroupEvent, ...]:
        envelope = self._envelope(group, at, one)
        if one.messageStubType in _DELETED:
            return _deleted(envelope, one)
        return self._messages.read(envelope, one.message).events  # none for WhatsApp's own notices

    def _envelope(self, group: GroupId, at: EpochMs, one: WebMessageInfo) -> Envelope:
        who = self._people.ourselves if one.key.fromMe else self._people.resolve
        sender = who(clean(one.participant or one.key.participant))
        self._names.learn(sender, clean(one.pushName))
        return Envelope(
            group=group,
            message_id=MessageId(clean(one.key.ID)),
            sender=sender,
            sender_name=self._names.of(sender),
            at=at,
            from_me=one.key.fromMe,
            names_author=True,  # the phone has checked who may delete what
        )


def oldest_first(messages: Iterable[HistorySyncMsg]) -> list[WebMessageInfo]:
    """The phone sends the newest first; within a second its own numbers, if any, tell the order."""
    given = list(messages)
    if given and given[0].message.messageTimestamp >= given[-1].message.messageTimestamp:
        given.reverse()
    given.sort(key=lambda one: (one.message.messageTimestamp, one.msgOrderID))
    return [one.message for one in given]


def _last_activity(conversation: Conversation) -> EpochMs | None:
    return from_seconds(conversation.conversationTimestamp) or from_seconds(conversation.lastMsgTimestamp)


def _deleted(envelope: Envelope, one: WebMessageInfo) -> tuple[GroupEvent, ...]:
    """What stands where a message was: with its id, and in the name of whoever wrote it."""
    if not (envelope.message_id and envelope.sender):
        return ()
    at = from_seconds(one.revokeMessageTimestamp) or envelope.at
    return (MessageRevoked(envelope.group, envelope.message_id, envelope.sender, at),)
