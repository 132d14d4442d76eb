"""Texts on their way to a WhatsApp group: a small state machine per text.

queued ──► sending ──► (sent: the entry goes, its events become synced)
  ▲          ├──► failed   certainly not sent: queued again after a while
  │          └──► unknown  nobody can know: only RETRY_SYNC queues it again
  └───────────────┴─────── RETRY_SYNC
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nanie_actors.model import ChatMessage, EpochMs, EventId, GroupId, MessageId
from nanie_actors.timeline.records import OURS

OutboxState = Literal["queued", "sending", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A text that has to reach the group, and the events that become `synced` with it.

    `since` is when it came into its state; of one whose outcome is unknown, when it was being sent. `reason`
    says why the last attempt did not end well.
    """

    id: str
    text: str
    events: tuple[EventId, ...]
    state: OutboxState
    since: EpochMs
    attempts: int = 0
    reason: str | None = None


def sent_message(group: GroupId, message_id: MessageId, at: EpochMs, text: str) -> ChatMessage:
    """A text that was sent, as the message of the group that it is now."""
    return ChatMessage(
        group=group,
        message_id=message_id,
        sender=OURS,
        sender_name="",
        at=at,
        kind="text",
        text=text,
        from_me=True,
    )
