"""Uvicorn's two protocols, made so that no client can hold a connection for as long as it likes.

Uvicorn closes a connection only after everything was written, and waits for a request without a deadline: a
client that does not read, or hardly sends, would keep its place from others.
"""

from __future__ import annotations

import socket
from asyncio import BaseTransport, TimerHandle, Transport
from typing import Final, cast

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HEAD_WITHIN_S: Final = 10.0
"""From a connection, or a first byte on one that was used before, to the end of a request's head."""

TAKEN_WITHIN_S: Final = 30.0
"""How long a client may take to read a piece of an answer that the system would not hold for it."""


class HttpProtocol(H11Protocol):
    """Cuts a connection whose client neither asks nor reads in time. For the server's thread."""

    _asking: TimerHandle | None = None
    _reading: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as the server has it
        """Called by the server."""
        super().connection_made(transport)
        # asyncio does so only for sockets that were told their protocol by number. Without it a second frame
        # waits for the client's word about the first one: 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Called by the server."""
        super().data_received(data)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the server."""
        self._asked()
        self._read()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Called by the server when the client does not read."""
        super().pause_writing()
        self._reading = self.loop.call_later(TAKEN_WITHIN_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Called by the server when it reads again."""
        super().resume_writing()
        self._read()

    def _expect(self) -> None:
        """Count the time while no request is under way; a websocket is none of this protocol's any more."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        upgraded = self not in self.connections
        if upgraded or (cycle is not None and not cycle.response_complete):
            self._asked()
        elif self._asking is None:
            self._asking = self.loop.call_later(HEAD_WITHIN_S, self.transport.abort)

    def _asked(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Puts `cut` into the state of each connection's scope: ends it at once. For the server's thread."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Called by the server."""
        self.app_state = {**self.app_state, "cut": cast(Transport, transport).abort}
        super().connection_made(transport)

    def keepalive_timeout(self) -> None:
        """Called by the server when a ping was not answered."""
        super().keepalive_timeout()
        self.transport.abort()
