"""What becomes of one event of the library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nanie_actors.model import GroupEvent

Met = Literal[
    "message",
    "edit",
    "revoke",
    "reaction",
    "poll_vote",
    "event_reply",
    "call",
    "protocol",
    "own_device",
    "undecryptable",
    "direct_chat",
    "other_chat",
    "group_change",
    "history",
    "unknown_content",
    "unknown_event",
]
"""What an event was, for counters. `protocol` is WhatsApp's own traffic inside a chat (keys, pins, settings),
`own_device` what the account's devices tell each other; `undecryptable` may still come in clear."""


@dataclass(frozen=True, slots=True)
class Converted:
    """`events` are to be journaled, in order. `refresh` names groups to ask for: their members changed."""

    events: tuple[GroupEvent, ...]
    met: Met
    refresh: tuple[str, ...] = ()
