"""Uvicorn's websocket, of which a connection can be cut: by us, and by a ping that nobody answers.

Uvicorn closes a connection only after everything was written; a client that does not read would hold it open
for as long as it likes.
"""

from __future__ import annotations

from asyncio import BaseTransport, Transport
from typing import cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


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
