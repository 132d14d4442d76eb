"""What a failed call to send says about the message: certainly not sent, or nobody knows. Pure.

The library says only in words how far it got. What is named here is found before anything is written to the
socket, or is WhatsApp's own refusal. Everything else may have been sent, and so must not be sent again.
"""

from __future__ import annotations

from typing import Final, Literal

from nanie_actors.errors import InvalidGroup
from nanie_actors.whatsapp.bridge.gate import NotOnline
from nanie_actors.whatsapp.bridge.library import SendMessageError

REFUSED: Final = "server returned error"
"""WhatsApp's own answer; a number follows."""

NOT_WRITTEN: Final = "failed to send message node: websocket not connected"
"""There was no socket to write to. Its last words alone come from a second attempt: the first was written."""

BEFORE_WRITING: Final = (
    "client is nil",
    "the store doesn't contain a device JID",
    "message recipient must be a user JID with no device part",
    "can't send message to unknown server",
    "can't encrypt message for device",
    "failed to get group members",
    "failed to get device list",
    "failed to marshal message",
    "failed to encrypt group message",
    "failed to create sender key distribution message",
    "failed to marshal sender key distribution message",
    "failed to fetch LID mappings",
    "failed to prefetch sessions",
    "failed to save cached sessions",
)
"""The beginnings of what can go wrong while a message is made ready."""


def outcome_of(error: Exception) -> Literal["failed", "unknown"]:
    """What is known of a message when the library's `send_message` was called and raised this."""
    if not isinstance(error, SendMessageError):
        return "unknown"
    text = str(error).strip()
    known = text.startswith((*BEFORE_WRITING, REFUSED, NOT_WRITTEN))
    return "failed" if known else "unknown"


def reason_of(error: Exception) -> str:
    """For the log and the outbox; the library's words name ids at most, never texts."""
    match error:
        case NotOnline():
            return "not connected to WhatsApp"
        case InvalidGroup():
            return "not a WhatsApp group"
        case SendMessageError() | TimeoutError():
            return "".join(sign for sign in str(error) if sign.isprintable()).strip()[:200]
        case _:
            return type(error).__name__
