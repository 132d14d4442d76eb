"""The nouns: identifiers, units, and what a WhatsApp account can tell us.

Everything here is frozen and knows nothing of actors, disks or wire formats. A WhatsApp source (live or
replayed) turns its own forms into these types; nothing behind it ever sees the library's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NewType
from uuid import UUID

from nanie_actors.errors import InvalidGroup

GroupId = NewType("GroupId", str)
"""A WhatsApp group JID (`<digits>[-<digits>]@g.us`) or, for a standalone conversation, its UUID."""

ConversationId = NewType("ConversationId", str)
"""One tenant's window: the id of an app conversation, opaque to us."""

MessageId = NewType("MessageId", str)
"""WhatsApp's id of a message: unique only together with its group and its sender."""

SenderId = NewType("SenderId", str)
"""The stable id of whoever wrote a message (a LID or phone JID, or the name in an exported chat)."""

EventId = NewType("EventId", str)
"""The stable id of a timeline event: the same message extracted again gives the same ids."""

RowId = NewType("RowId", str)
"""The id of an agent-router message."""

EpochMs = NewType("EpochMs", int)
"""Milliseconds since 1970-01-01T00:00:00Z."""

_GROUP_JID = re.compile(r"[0-9]{1,32}(?:-[0-9]{1,32})?@g\.us", re.ASCII)


def parse_group_id(text: str) -> GroupId:
    """Accept a group JID or a canonical UUID, and nothing else: the result is safe as a file name.

    Raises InvalidGroup for anything else, before it comes near a path.
    """
    if _GROUP_JID.fullmatch(text):
        return GroupId(text)
    try:
        canonical = str(UUID(text))
    except ValueError:
        raise InvalidGroup.not_a_group_id(text) from None
    if canonical != text.lower():
        raise InvalidGroup.not_a_group_id(text)
    return GroupId(canonical)


def is_standalone(group: GroupId) -> bool:
    """Whether this timeline has no WhatsApp group behind it."""
    return not group.endswith("@g.us")


MessageKind = Literal[
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contact",
    "poll",
    "deleted",
    "other",
]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a group as it was when we first saw it.

    `text` is the body or the caption, empty where there is none. `edited` marks a message that a source
    knows to have been edited before it reached us (an exported chat says so).
    """

    group: GroupId
    message_id: MessageId
    sender: SenderId
    sender_name: str
    at: EpochMs
    kind: MessageKind
    text: str
    from_me: bool = False
    edited: bool = False


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """A new message, live or out of history; both may bring the same one."""

    message: ChatMessage


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """The sender replaced the text of an earlier message. `message_id` names that earlier message."""

    group: GroupId
    message_id: MessageId
    sender: SenderId
    sender_name: str
    at: EpochMs
    text: str


@dataclass(frozen=True, slots=True)
class MessageRevoked:
    """An earlier message was deleted for everyone, by its sender or by an admin."""

    group: GroupId
    message_id: MessageId
    sender: SenderId
    at: EpochMs


@dataclass(frozen=True, slots=True)
class GroupSeen:
    """A group of the account exists, or something about it changed. None means: not told this time.

    `joined` is False once the account is no longer a member of the group, and True when it is one again.
    """

    group: GroupId
    at: EpochMs
    name: str | None = None
    participants: int | None = None
    topic: str | None = None
    joined: bool | None = None


GroupEvent = MessageArrived | MessageEdited | MessageRevoked | GroupSeen
"""What concerns one group and is routed to its GroupActor."""


def group_of(event: GroupEvent) -> GroupId:
    """The group an event belongs to."""
    return event.message.group if isinstance(event, MessageArrived) else event.group


ConnectionState = Literal[
    "unpaired",
    "pairing",
    "connecting",
    "online",
    "offline",
    "logged_out",
    "replaced",
    "banned",
    "outdated",
    "finished",
    "failed",
]
"""A played file ends `finished` or `failed`; the others are the states of a live account."""


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """A source's connection to WhatsApp changed. `reason` is a sentence for people.

    `until` is when the source goes on by itself, where that is known: a ban's end, the next attempt.
    """

    source: str
    state: ConnectionState
    reason: str = ""
    until: EpochMs | None = None


Inbound = GroupEvent | ConnectionChanged
"""Everything a source can put into the worker."""
