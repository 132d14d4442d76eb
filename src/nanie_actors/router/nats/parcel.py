"""A reply or push on its way to NATS, and how it is made to fit. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from nanie_actors.errors import InternalError
from nanie_actors.protocol import replies

HEADERS: Final = 1_024
"""Bytes left for what goes with a body: a server counts headers as well, and ends the connection of who
exceeds its limit. Ours have 500 at most."""

TOO_LONG: Final = "The answer is longer than the NATS server lets through: raise its max_payload."


@dataclass(slots=True, eq=False)
class Parcel:
    """`key` is what a stream knows it by, so that it is stored once. A push has no `in_reply_to`."""

    token: str
    conversation: str | None
    body: bytes
    key: str
    is_push: bool
    accepted: Callable[[bool], None]
    in_reply_to: str | None = None
    reply_to: str = ""
    done: bool = False

    @property
    def lane(self) -> str:
        """What goes to one conversation goes in order."""
        return self.token

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.body)

    def end(self, accepted: bool) -> None:
        """Nothing more is to be done for it, and whoever sent it is told so; once."""
        self.done = True
        self.accepted(accepted)

    def payload(self, max_payload: int) -> bytes | None:
        """The whole message, for a server that takes so many bytes; None if a push cannot be made so short.

        Of a timeline the oldest events are left out, and `omitted` says how many. Any other reply becomes an
        error.
        """
        room = max_payload - HEADERS
        whole = self._envelope(orjson.Fragment(self.body))
        if len(whole) <= room:
            return whole
        short = self._shortened(len(whole) - room)
        if short is not None and len(short) <= room:
            return short
        if self.is_push:
            return None
        return self._envelope(orjson.Fragment(replies.error(InternalError(TOO_LONG))))

    def _shortened(self, excess: int) -> bytes | None:
        body = orjson.loads(self.body)
        events = _events_of(body)
        if not events:
            return None
        omitted, excess = 0, excess + len(b',"omitted":1000000')
        while excess > 0 and omitted < len(events):
            excess -= len(orjson.dumps(events[omitted])) + 1
            omitted += 1
        del events[:omitted]
        return self._envelope(body, omitted)

    def _envelope(self, reply: object, omitted: int = 0) -> bytes:
        made: dict[str, object] = {}
        if self.conversation is not None:
            made["conversation_id"] = self.conversation
        made["reply"] = reply
        if self.in_reply_to is not None:
            made["in_reply_to"] = self.in_reply_to
        if omitted:
            made["omitted"] = omitted
        return orjson.dumps(made)


def _events_of(body: Any) -> list[Any]:
    """The events of a timeline, oldest first; none in what is no timeline."""
    data = body.get("data") if isinstance(body, dict) else None
    events = data.get("events") if isinstance(data, dict) else None
    return events if isinstance(events, list) else []
