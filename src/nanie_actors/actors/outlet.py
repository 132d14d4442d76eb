"""Where replies and pushes leave: a reply through the transport its command came by, a push through all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock

from nanie_actors.actors.traffic import MeteredTransport, Traffic
from nanie_actors.model import ConversationId
from nanie_actors.router.edge import Outgoing, RouterRow, RouterTransport
from nanie_actors.runtime import Clock

Accepted = Callable[[bool], None]


class Outlet:
    """All transports of the worker. Never blocks; callable from any thread."""

    def __init__(
        self, transports: Mapping[str, RouterTransport], settle_row: Callable[[str], None], clock: Clock
    ) -> None:
        self._transports = {
            name: MeteredTransport(transport, clock) for name, transport in transports.items()
        }
        self._settle_row = settle_row

    def traffic(self) -> Mapping[str, Traffic]:
        """What went out by each transport since the start."""
        return {name: transport.traffic() for name, transport in self._transports.items()}

    def reply(self, row: RouterRow, body: bytes, accepted: Accepted) -> None:
        """Answer a command."""
        out = Outgoing(row.conversation, body, row.row_id)
        self._transports[row.transport].deliver(out, accepted)

    def push(self, conversation: ConversationId, body: bytes, accepted: Accepted) -> None:
        """Show a conversation something; `accepted` once every transport took it, or one never will."""
        out = Outgoing(conversation, body)
        if len(self._transports) > 1:
            accepted = _All(len(self._transports), accepted).one
        for transport in self._transports.values():
            transport.deliver(out, accepted)

    def rename(self, conversation: ConversationId, title: str) -> None:
        """Give a conversation a title, wherever that can be shown."""
        for transport in self._transports.values():
            transport.inner.rename(conversation, title)

    def finished(self, row: RouterRow, *, keep: bool) -> None:
        """A row needs no more work. `keep`: it must stay where it is (debugging, or it was not for us)."""
        self._transports[row.transport].inner.settled(row.row_id, keep)
        self._settle_row(row.conversation)


class _All:
    """Calls back once when everybody answered: true if all did so with true."""

    def __init__(self, expected: int, accepted: Accepted) -> None:
        self._left = expected
        self._ok = True
        self._accepted = accepted
        self._lock = Lock()

    def one(self, ok: bool) -> None:
        with self._lock:
            self._left -= 1
            self._ok = self._ok and ok
            last = self._left == 0
        if last:
            self._accepted(self._ok)
