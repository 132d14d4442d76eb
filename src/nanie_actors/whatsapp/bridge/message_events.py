"""Messages to events: the same for a live message and for one out of history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nanie_actors.model import (
    ChatMessage,
    EpochMs,
    GroupEvent,
    GroupId,
    MessageArrived,
    MessageEdited,
    MessageId,
    MessageRevoked,
    SenderId,
)
from nanie_actors.whatsapp.bridge.addressing import group_of, no_group, text_of
from nanie_actors.whatsapp.bridge.content import Said, read
from nanie_actors.whatsapp.bridge.converted import Converted, Met
from nanie_actors.whatsapp.bridge.library import Content, MessageEv, MessageInfo, MessageKey, ProtocolMessage
from nanie_actors.whatsapp.bridge.moments import Now, from_ms, senders_own
from nanie_actors.whatsapp.bridge.push_names import PushNames
from nanie_actors.whatsapp.bridge.texts import clean
from nanie_actors.whatsapp.bridge.wrappers import unwrap
from nanie_actors.whatsapp.live.identities import People

ADMIN_REVOKE: Final = "8"
"""`Info.Edit` of a message that an admin deletes: WhatsApp itself sees to it that only admins say so."""

_PEER: Final = "peer"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who wrote when and where.

    `names_author`: if the content deletes a message, that may be another person's, whom it names.
    """

    group: GroupId
    message_id: MessageId
    sender: SenderId
    sender_name: str
    at: EpochMs
    from_me: bool = False
    names_author: bool = False


class MessageReader:
    """Reads messages. One thread at a time."""

    def __init__(self, people: People, names: PushNames, now: Now) -> None:
        self._people = people
        self._names = names
        self._now = now

    def live(self, event: MessageEv) -> Converted:
        """A message that the library just received."""
        if event.Info.Category == _PEER:
            return Converted((), "own_device")
        chat = text_of(event.Info.MessageSource.Chat)
        group = group_of(chat)
        if group is None:
            return Converted((), no_group(chat))
        envelope = self._envelope(group, event.Info)
        return self.read(envelope, event.Message)

    def read(self, envelope: Envelope, content: Content) -> Converted:
        """The event of a content, wrapped or not; none where it says nothing, or nobody said it."""
        content = unwrap(content)
        if not envelope.sender:
            return Converted((), "unknown_content")
        if content.HasField("protocolMessage"):
            return self._protocol(envelope, content.protocolMessage)
        said = read(content)
        if not isinstance(said, Said):
            return Converted((), said)
        return _converted(_arrived(envelope, said), "message", envelope.message_id)

    def _envelope(self, group: GroupId, info: MessageInfo) -> Envelope:
        source = info.MessageSource
        who = self._people.ourselves if source.IsFromMe else self._people.resolve
        sender = who(text_of(source.Sender), text_of(source.SenderAlt))
        self._names.learn(sender, clean(info.Pushname))
        return Envelope(
            group=group,
            message_id=MessageId(clean(info.ID)),
            sender=sender,
            sender_name=self._names.of(sender),
            at=from_ms(info.Timestamp) or self._now(),
            from_me=source.IsFromMe,
            names_author=info.Edit == ADMIN_REVOKE,
        )

    def _protocol(self, envelope: Envelope, protocol: ProtocolMessage) -> Converted:
        # A type that this version does not know reads as the first one, REVOKE, but is not there.
        if not protocol.HasField("type"):
            return Converted((), "unknown_content")
        if protocol.type == ProtocolMessage.REVOKE:
            return self._revoked(envelope, protocol.key)
        if protocol.type == ProtocolMessage.MESSAGE_EDIT:
            return _edited(envelope, protocol)
        return Converted((), "protocol")

    def _revoked(self, envelope: Envelope, key: MessageKey) -> Converted:
        target = MessageId(clean(key.ID))
        event = MessageRevoked(envelope.group, target, self._author(envelope, key), envelope.at)
        return _converted(event, "revoke", target)

    def _author(self, envelope: Envelope, key: MessageKey) -> SenderId:
        """Whose message is deleted: only an admin deletes one that is not theirs."""
        if envelope.names_author and key.participant and not key.fromMe:
            return self._people.resolve(clean(key.participant))
        return envelope.sender


def _arrived(envelope: Envelope, said: Said) -> MessageArrived:
    return MessageArrived(
        ChatMessage(
            group=envelope.group,
            message_id=envelope.message_id,
            sender=envelope.sender,
            sender_name=envelope.sender_name,
            at=envelope.at,
            kind=said.kind,
            text=said.text,
            from_me=envelope.from_me,
        )
    )


def _edited(envelope: Envelope, protocol: ProtocolMessage) -> Converted:
    said = read(unwrap(protocol.editedMessage))
    if not isinstance(said, Said):
        return Converted((), "unknown_content")
    target = MessageId(clean(protocol.key.ID))
    at = senders_own(protocol.timestampMS, envelope.at)
    event = MessageEdited(envelope.group, target, envelope.sender, envelope.sender_name, at, said.text)
    return _converted(event, "edit", target)


def _converted(event: GroupEvent, met: Met, message_id: MessageId) -> Converted:
    """Nothing can be made of a message without an id: it could be told from no other."""
    return Converted((event,), met) if message_id else Converted((), "unknown_content")
