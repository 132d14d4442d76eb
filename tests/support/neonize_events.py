"""The library's own events, built for tests: one function for each kind of thing that WhatsApp tells.

Addresses are written as text, `222:3@lid` with a device or without. Every required field is set, so that each
event can be serialized and fired through the library's own entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nanie_actors.whatsapp.bridge.library import (
    JID,
    Content,
    Conversation,
    GroupInfo,
    GroupInfoEv,
    HistorySync,
    HistorySyncEv,
    HistorySyncMsg,
    JoinedGroupEv,
    MessageEv,
    MessageInfo,
    MessageKey,
    ProtocolMessage,
    UndecryptableMessageEv,
    WebMessageInfo,
)

GROUP = "120363111111111111@g.us"
OTHER_GROUP = "491700000099-1600000000@g.us"
ANA, ANA_PHONE = "222000000000001@lid", "491700000001@s.whatsapp.net"
BEN, BEN_PHONE = "222000000000002@lid", "491700000002@s.whatsapp.net"
ME, MY_PHONE = "222000000000009@lid", "491700000009@s.whatsapp.net"
AT_S = 1_764_000_000
AT_MS = AT_S * 1000

_FLAGS = (
    "IsEphemeral",
    "IsViewOnce",
    "IsViewOnceV2",
    "IsViewOnceV2Extension",
    "IsDocumentWithCaption",
    "IsLottieSticker",
    "IsEdit",
)


def jid(text: str = "") -> JID:
    """An address; of nobody where the text is empty."""
    user, _, server = text.rpartition("@")
    name, _, device = user.partition(":")
    return JID(User=name, RawAgent=0, Device=int(device or 0), Integrator=0, Server=server, IsEmpty=not text)


def info(
    message_id: str = "M1",
    *,
    chat: str = GROUP,
    sender: str = ANA,
    alt: str = ANA_PHONE,
    me: bool = False,
    name: str = "Ana",
    at_ms: int = AT_MS,
    edit: str = "",
    category: str = "",
) -> MessageInfo:
    """What the library tells about a message beside its content."""
    result = MessageInfo(
        ID=message_id,
        ServerID=0,
        Type="text",
        Pushname=name,
        Timestamp=at_ms,
        Category=category,
        Multicast=False,
        MediaType="",
        Edit=edit,
    )
    source = result.MessageSource
    _address(source, Chat=chat, Sender=sender, SenderAlt=alt, RecipientAlt="", BroadcastListOwner="")
    source.IsFromMe = me
    source.IsGroup = chat.endswith(("@g.us", "@broadcast"))
    return result


def message(
    content: Content, message_id: str = "M1", *, flags: Iterable[str] = (), **about: Any
) -> MessageEv:
    """A live message. `about` is as in `info`."""
    set_flags: dict[str, Any] = {flag: flag in set(flags) for flag in _FLAGS}
    return MessageEv(
        Info=info(message_id, **about),
        Message=content,
        Raw=content,
        UnavailableRequestID="",
        RetryCount=0,
        **set_flags,
    )


def serialized(built: Any) -> bytes:
    """An event, or a part of one, as the library hands it to Python."""
    raw: bytes = built.SerializeToString()
    return raw


def content_of(raw: bytes) -> Content:
    """A content as it is received."""
    result = Content()
    result.ParseFromString(raw)  # type: ignore[no-untyped-call]
    return result


def said(text: str, message_id: str = "M1", **about: Any) -> MessageEv:
    """A live message that is plain text."""
    return message(words(text), message_id, **about)


def undecryptable(message_id: str = "M1", **about: Any) -> UndecryptableMessageEv:
    """A message that could not be decrypted; its sender is asked for it again."""
    return UndecryptableMessageEv(
        Info=info(message_id, **about),
        IsUnavailable=False,
        DecryptFailMode=UndecryptableMessageEv.DECRYPT_FAIL_SHOW,
    )


def words(text: str) -> Content:
    """Plain text."""
    return Content(conversation=text)


def content(kind: str, **fields: Any) -> Content:
    """A content of any kind: the name of its field, and the fields of the message in it."""
    result = Content()
    part = getattr(result, kind)
    part.MergeFrom(type(part)(**fields))
    part.SetInParent()
    return result


def wrapped(wrapper: str, inner: Content) -> Content:
    """A content inside another."""
    return content(wrapper, message=inner)


def reply(text: str, quoted: Content) -> Content:
    """An answer to a message that is quoted in it."""
    context = {"stanzaID": "M0", "participant": BEN, "quotedMessage": quoted}
    return content("extendedTextMessage", text=text, contextInfo=context)


def poll(question: str, *options: str, version: str = "V3") -> Content:
    """A poll."""
    choices = [{"optionName": option} for option in options]
    return content(f"pollCreationMessage{version}", name=question, options=choices)


def edit(target: str, new: Content, *, sent_ms: int | None = AT_MS, participant: str = "") -> Content:
    """The new content of an earlier message, not wrapped."""
    key = _key(target, me=True, participant=participant)
    fields = {} if sent_ms is None else {"timestampMS": sent_ms}
    return content("protocolMessage", key=key, type=ProtocolMessage.MESSAGE_EDIT, editedMessage=new, **fields)


def revoke(target: str, *, author: str = "") -> Content:
    """An earlier message is deleted: the sender's own, or as an admin another person's (`author`)."""
    key = _key(target, me=not author, participant=author)
    return content("protocolMessage", key=key, type=ProtocolMessage.REVOKE)


def reaction(target: str, sign: str = "👍") -> Content:
    """A reaction to a message; an empty sign takes it back."""
    return content("reactionMessage", key=_key(target, me=False), text=sign, senderTimestampMS=AT_MS)


def key_distribution() -> Content:
    """The key of a sender, which goes to new members and devices."""
    return content("senderKeyDistributionMessage", groupID=GROUP)


def _key(target: str, *, me: bool, participant: str = "") -> MessageKey:
    result = MessageKey(remoteJID=GROUP, fromMe=me, ID=target)
    if participant:
        result.participant = participant
    return result


def group_info(
    group: str = GROUP,
    *,
    name: str = "Family",
    topic: str = "",
    members: Iterable[tuple[str, str, str]] = (),
    named_s: int = AT_S,
    topic_s: int = -62_135_596_800,
    created_s: float = 0.0,
) -> GroupInfo:
    """A group as WhatsApp describes it. A member is (address, LID, phone)."""
    result = GroupInfo(GroupCreated=created_s, ParticipantVersionID="1")
    _address(result, JID=group, OwnerJID="", OwnerPN="")
    _fill(result.GroupName, Name=name, NameSetAt=named_s)
    _address(result.GroupName, NameSetBy="")
    _fill(result.GroupTopic, Topic=topic, TopicID="", TopicSetAt=topic_s, TopicDeleted=False)
    _address(result.GroupTopic, TopicSetBy="")
    _fill(result.GroupLocked, isLocked=False)
    _fill(result.GroupAnnounce, IsAnnounce=False, AnnounceVersionID="")
    _fill(result.GroupEphemeral, IsEphemeral=False, DisappearingTimer=0)
    _fill(result.GroupIncognito, IsIncognito=False)
    _fill(result.GroupParent, IsParent=False, DefaultMembershipApprovalMode="")
    _address(result.GroupLinkedParent, LinkedParentJID="")
    _fill(result.GroupIsDefaultSub, IsDefaultSubGroup=False)
    for shown, lid, phone in members:
        one = result.Participants.add(IsAdmin=False, IsSuperAdmin=False, DisplayName="", Error=0)
        _address(one, JID=shown, LID=lid, PhoneNumber=phone)
    return result


def group_changed(
    group: str = GROUP,
    *,
    at_s: int = AT_S,
    name: str | None = None,
    topic: str | None = None,
    deleted: bool = False,
    join: Iterable[str] = (),
    leave: Iterable[str] = (),
    promote: Iterable[str] = (),
) -> GroupInfoEv:
    """Something about a group changed; an empty topic is one that was taken away."""
    result = GroupInfoEv(
        JID=jid(group),
        Notify="Ana",
        Sender=jid(ANA),
        Timestamp=at_s,
        PrevParticipantsVersionID="1",
        ParticipantVersionID="2",
        JoinReason="",
        Join=[jid(one) for one in join],
        Leave=[jid(one) for one in leave],
        Promote=[jid(one) for one in promote],
    )
    if name is not None:
        _fill(result.Name, Name=name, NameSetAt=at_s)
        _address(result.Name, NameSetBy=ANA)
    if topic is not None:
        _fill(result.Topic, Topic=topic, TopicID="T", TopicSetAt=at_s, TopicDeleted=not topic)
        _address(result.Topic, TopicSetBy=ANA)
    if deleted:
        _fill(result.Delete, Deleted=True, DeletedReason="")
    return result


def joined_group(described: GroupInfo) -> JoinedGroupEv:
    """The account was added to a group, or made it."""
    return JoinedGroupEv(Reason="", Type="new", CreateKey="", GroupInfo=described, Sender=jid(ANA))


def past(
    inner: Content | None,
    message_id: str = "M1",
    *,
    sender: str = ANA,
    in_key: bool = True,
    me: bool = False,
    name: str = "",
    at_s: int = AT_S,
    stub: WebMessageInfo.StubType.ValueType | None = None,
) -> WebMessageInfo:
    """A message of history. Who wrote it is told in the key or beside it."""
    result = WebMessageInfo(
        key=_key(message_id, me=me, participant=sender if in_key else ""),
        message=inner,
        messageTimestamp=at_s,
        messageStubType=stub,
    )
    if sender and not in_key:
        result.participant = sender
    if name:
        result.pushName = name
    return result


def conversation(
    *messages: WebMessageInfo,
    group: str = GROUP,
    name: str = "Family",
    at_s: int = AT_S,
    members: Iterable[str] = (),
    numbered: bool = False,
) -> Conversation:
    """A chat of history, its messages in the order given. `numbered`: with the phone's own numbers."""
    result = Conversation(ID=group, name=name, conversationTimestamp=at_s)
    for number, one in enumerate(messages, 1):
        result.messages.append(HistorySyncMsg(message=one, msgOrderID=number if numbered else None))
    for member in members:
        result.participant.add(userJID=member)
    return result


def history(
    *conversations: Conversation,
    pairs: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
) -> HistorySyncEv:
    """A chunk of history. `pairs` are LIDs and their phones, `names` addresses and what they are called."""
    data = HistorySync(syncType=HistorySync.RECENT, conversations=conversations)
    for lid, phone in (pairs or {}).items():
        data.phoneNumberToLidMappings.add(lidJID=lid, pnJID=phone)
    for address, name in (names or {}).items():
        data.pushnames.add(ID=address, pushname=name)
    return HistorySyncEv(Data=data)


def _fill(part: Any, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(part, name, value)


def _address(part: Any, **addresses: str) -> None:
    for name, text in addresses.items():
        getattr(part, name).CopyFrom(jid(text))
