"""The journal records of a group: everything that can ever happen to it, as data.

A record says what *is* from now on (an assignment), so applying a run of records again over a newer state
ends in the same state. `encode` and `decode` are the only place that knows their JSON form.
"""

from __future__ import annotations

from typing import Literal

from nanie_actors.model import ChatMessage, EpochMs, EventId, MessageId, RowId, SenderId
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.value import Value

OURS = SenderId("@me")
"""Who sent what the worker itself sent: the account is known to WhatsApp under more than one id."""


class MessageLogged(Value, frozen=True, gc=False, eq=False):
    """A message arrived; `events` is what was read from it (nothing while nobody listens).

    `edited_at`: only its edit came, which overtook it and is all there is to know until it comes itself.
    `asks`, here and below: the message waits until a language model has read it; see MessageRead.
    `encoded` is what `record_codec.encode_message` made of the message.
    """

    message: ChatMessage
    events: tuple[TimelineEvent, ...]
    edited_at: EpochMs | None = None
    asks: bool = False
    encoded: bytes | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MessageLogged) and self._content == other._content

    __hash__ = None  # type: ignore[assignment]

    @property
    def _content(self) -> tuple[object, ...]:
        return self.message, self.events, self.edited_at, self.asks


class MessageCompleted(Value, frozen=True, gc=False):
    """A message came after its edit: now it is known when it was sent. Its events become `events`."""

    message: ChatMessage
    events: tuple[TimelineEvent, ...]
    asks: bool = False


class MessageRewritten(Value, frozen=True, gc=False):
    """The sender replaced a message's text; its events become `events`, and `removed` go."""

    message_id: MessageId
    sender: SenderId
    sender_name: str
    at: EpochMs
    text: str
    events: tuple[TimelineEvent, ...]
    removed: tuple[TimelineEvent, ...] = ()
    asks: bool = False


class MessageRead(Value, frozen=True, gc=False):
    """A language model has read a message: its events become `events`. It waits no more.

    `asked` is the number of the record that made it wait; if another one did since, this one changes nothing.
    Without events the model will not read it: the first reading stays.
    """

    message_id: MessageId
    sender: SenderId
    at: EpochMs
    asked: int
    events: tuple[TimelineEvent, ...] = ()


class MessageWithdrawn(Value, frozen=True, gc=False):
    """A message was deleted for everyone; its events go.

    `removed` are those that were on disk when this was decided. Which go is seen when it is applied; but
    should it be applied again, to a timeline that is newer, they are gone from that.
    """

    message_id: MessageId
    sender: SenderId
    at: EpochMs
    removed: tuple[TimelineEvent, ...] = ()


class EventsAdded(Value, frozen=True, gc=False):
    """A router row added events; `outbox_text` has to reach the WhatsApp group, if there is one."""

    row: RowId
    at: EpochMs
    events: tuple[TimelineEvent, ...]
    outbox_text: str | None


class EventsDeleted(Value, frozen=True, gc=False):
    """A router row deleted events."""

    row: RowId
    at: EpochMs
    ids: tuple[EventId, ...]


class SyncRequested(Value, frozen=True, gc=False):
    """A router row asked to send an event's text again."""

    row: RowId
    at: EpochMs
    event: EventId


OutboxMove = Literal["sending", "sent", "failed", "unknown", "queued"]


class OutboxMoved(Value, frozen=True, gc=False):
    """A text's way to WhatsApp went one step on; `message_id` is WhatsApp's, once it is sent.

    `reason` says why it was not sent, or why nobody knows; it tells nothing of the text.
    """

    outbox_id: str
    at: EpochMs
    to: OutboxMove
    message_id: MessageId | None = None
    reason: str | None = None


class LogExtracted(Value, frozen=True, gc=False):
    """Events read from messages that were logged earlier; `row` is there on the last part of a RESYNC.

    `asks` are those of the messages, with the time of their last edit, that wait for a language model now.
    """

    at: EpochMs
    events: tuple[TimelineEvent, ...]
    row: RowId | None = None
    asks: tuple[tuple[SenderId, MessageId, EpochMs | None], ...] = ()


class GroupDescribed(Value, frozen=True, gc=False):
    """Something about the group changed; None for what did not.

    `joined`: whether the account is a member of it.
    """

    at: EpochMs
    name: str | None = None
    participants: int | None = None
    topic: str | None = None
    joined: bool | None = None


class ListeningChanged(Value, frozen=True, gc=False):
    """The first conversation linked (`active`), or the last one left (`archived`, if so configured)."""

    at: EpochMs
    active: bool
    archived: bool


OtherRecord = (
    MessageCompleted
    | MessageRewritten
    | MessageRead
    | MessageWithdrawn
    | EventsAdded
    | EventsDeleted
    | SyncRequested
    | OutboxMoved
    | LogExtracted
    | GroupDescribed
    | ListeningChanged
)

Record = MessageLogged | OtherRecord
"""Nearly all are of the first kind."""
