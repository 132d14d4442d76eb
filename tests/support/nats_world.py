"""The NATS transport under test: over real sockets, against a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import Queue
from typing import Any

import orjson
from waiting import until as until  # those who live in this world wait, too

from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import Outgoing, RouterRow, RowInbox
from nanie_actors.router.envelope import RowRules
from nanie_actors.router.nats.credentials import Credentials
from nanie_actors.router.nats.transport import NatsTransport
from nanie_actors.settings.nats_section import NatsSettings

RULES = RowRules(agent_id="nanie-agent", room_id="", row_bytes=10_000)
WITHIN_S = 60.0


class Inbox:
    """Keeps the rows that the transport hands in."""

    def __init__(self) -> None:
        self.rows: Queue[RouterRow] = Queue()
        self.put: Callable[[RouterRow], None] = self.rows.put

    def next(self) -> RouterRow:
        return self.rows.get(timeout=WITHIN_S)


class Kept:
    """A cursor's file, in memory: it outlives the transport."""

    def __init__(self) -> None:
        self.value: Mapping[str, Any] | None = None

    def load(self) -> Mapping[str, Any] | None:
        return self.value

    def save(self, value: Mapping[str, Any]) -> None:
        self.value = value


def settings_for(url: str, **given: Any) -> NatsSettings:
    return NatsSettings.model_validate({"url": url, "request_timeout_s": 2.0} | given)


@contextmanager
def transport_on(
    url: str, inbox: RowInbox, kept: Kept | None = None, **given: Any
) -> Iterator[NatsTransport]:
    """A started transport."""
    settings = settings_for(url, **given)
    transport = NatsTransport(settings, Credentials.of(settings), RULES, kept or Kept())
    transport.start(inbox)
    try:
        yield transport
    finally:
        transport.stop()


def reply(row: RouterRow, body: object = None) -> Outgoing:
    """An answer to a row."""
    told = body or {"type": "STATUS", "text": "done", "ephemeral": True}
    return Outgoing(row.conversation, orjson.dumps(told), row.row_id)


def push(conversation: str, body: object) -> Outgoing:
    """An update."""
    return Outgoing(ConversationId(conversation), orjson.dumps(body))


def settle(transport: NatsTransport, row: RowId) -> Callable[[bool], None]:
    """What the core does with an accepted reply."""
    return lambda _: transport.settled(row, keep=False)
