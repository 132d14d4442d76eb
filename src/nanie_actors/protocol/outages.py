"""What people are told while WhatsApp cannot be reached: one sentence a state, which says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from nanie_actors.model import ConnectionState, EpochMs


@dataclass(frozen=True, slots=True)
class Outage:
    """WhatsApp cannot be reached: the state that the account is in, and since when it has not been online.

    `until` is when the worker goes on by itself, where that is known.
    """

    state: ConnectionState
    since: EpochMs
    until: EpochMs | None = None


KEEPS_TRYING: Final = "WhatsApp cannot be reached at the moment, the worker keeps trying: try again later."

_SENTENCES: Final[Mapping[ConnectionState, str]] = {
    "unpaired": (
        "No WhatsApp account is paired with this worker: "
        "run `nanie pair` on the worker's machine, then try again."
    ),
    "pairing": "A WhatsApp account is being paired with this worker: try again in a minute.",
    "connecting": "The worker is connecting to WhatsApp: try again in a minute.",
    "logged_out": (
        "WhatsApp has logged this worker out: run `nanie pair` on the worker's machine, then try again."
    ),
    "replaced": (
        "Another program has taken over the worker's WhatsApp session: stop that program, or try again later."
    ),
    "banned": "WhatsApp has blocked the worker's account for a while: try again when that is over.",
    "outdated": "WhatsApp no longer accepts this version of the worker: upgrade it, then try again.",
}


def sentence(state: ConnectionState) -> str:
    """What is wrong and what to do about it. Tells nothing that is not everybody's to know."""
    return _SENTENCES.get(state, KEEPS_TRYING)


def offline_push(outage: Outage) -> bytes:
    """`SYSTEM WHATSAPP_OFFLINE`: new messages do not come in, texts wait; the timeline goes on."""
    until: dict[str, Any] = {} if outage.until is None else {"until": outage.until}
    return orjson.dumps(
        {
            "type": "SYSTEM",
            "code": "WHATSAPP_OFFLINE",
            "state": outage.state,
            "since": outage.since,
            **until,
            "message": sentence(outage.state),
            "ephemeral": True,
        }
    )


ONLINE_PUSH: Final = orjson.dumps(
    {
        "type": "SYSTEM",
        "code": "WHATSAPP_ONLINE",
        "message": "WhatsApp can be reached again.",
        "ephemeral": True,
    }
)
