"""The server: uvicorn on a thread of its own, which never keeps a stopped worker alive."""

from __future__ import annotations

import asyncio
import logging
import socket
from threading import Thread
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from nanie_actors.errors import SettingsError
from nanie_actors.settings.web_section import Address
from nanie_actors.web.protocols import HttpProtocol, WebSocketProtocol

logger = logging.getLogger(__name__)

BACKLOG: Final = 128

CONNECTIONS: Final = 192
"""Of all kinds; beyond that an answer is 503. Websockets may be a third of them."""

PING_EVERY_S: Final = 20.0
PONG_WITHIN_S: Final = 20.0
"""A client that does not even answer a ping in this time is gone, or does not read."""

FINISH_WITHIN_S: Final = 2
"""How long a request that is under way may take when the worker stops."""


def listen_on(address: Address) -> socket.socket:
    """A listening socket. Raises SettingsError."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server((address.host, address.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise SettingsError(
            f"the page cannot be served on {address} ({error.strerror}): "
            "choose another address with --listen, or [web] listen."
        ) from error


def bound_to(listening: socket.socket) -> Address:
    """The address, with the port that was picked."""
    host, port = listening.getsockname()[:2]
    return Address(host, port)


class WebServer:
    """Serves an application on a socket that listens already. Starts and stops once."""

    def __init__(self, listening: socket.socket, app: ASGIApp, *, longest_frame: int) -> None:
        """`longest_frame` is in bytes; who sends a longer one is hung up on."""
        self._listening = listening
        self.address = bound_to(listening)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                loop="asyncio",
                http=HttpProtocol,
                ws=WebSocketProtocol,
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                proxy_headers=False,  # who connects is who connects: the door judges by it
                server_header=False,
                limit_concurrency=CONNECTIONS,
                backlog=BACKLOG,
                timeout_graceful_shutdown=FINISH_WITHIN_S,
                ws_max_size=longest_frame,
                ws_ping_interval=PING_EVERY_S,
                ws_ping_timeout=PONG_WITHIN_S,
                ws_per_message_deflate=False,  # costs a processor more than the loopback a byte
            )
        )
        self._thread = Thread(target=self._run, name="web", daemon=True)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{self.address}"

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()

    def stop(self, within_s: float) -> bool:
        """Serve nobody any more; False if that takes too long. May be called twice, and before `start`."""
        self._server.should_exit = True
        if self._thread.ident is None:
            self._listening.close()
            return True
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:
            logger.exception("the web server failed: the worker goes on without it")
        finally:
            self._listening.close()

    async def _serve(self) -> None:
        await self._server.serve(sockets=[self._listening])
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()  # who has not taken its last bytes by now
        await asyncio.sleep(0)
