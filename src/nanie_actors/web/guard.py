"""Carries out what the doorkeeper says, for HTTP and websockets, and gives every answer its headers."""

from __future__ import annotations

import logging
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nanie_actors.web.doorkeeper import Doorkeeper, Knock, Remembered, TurnedAway, Welcome

logger = logging.getLogger(__name__)

HEADERS: Final = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
"""On every answer: nothing from elsewhere, nothing inline, nothing to elsewhere."""


class Guard:
    """An ASGI application around another one."""

    def __init__(self, inner: ASGIApp, doorkeeper: Doorkeeper) -> None:
        self._inner = inner
        self._doorkeeper = doorkeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, send on, or turn away."""
        match self._judge(scope):
            case Welcome():
                await self._inner(scope, receive, _with_headers(send))
            case Remembered(cookie):
                answer: Response = RedirectResponse(
                    "/", 303, {"set-cookie": cookie, "cache-control": "no-store"}
                )
                await answer(scope, receive, _with_headers(send))
            case TurnedAway(status, why):
                logger.debug("a request was turned away: %s", why)
                # For a websocket Starlette sends this in place of the handshake's answer.
                challenge = {"www-authenticate": "Bearer"} if status == 401 else None
                answer = PlainTextResponse(why + "\n", status, challenge)
                await answer(scope, receive, _with_headers(send))

    def _judge(self, scope: Scope) -> Welcome | Remembered | TurnedAway:
        client = scope.get("client")
        return self._doorkeeper.judge(
            Knock(
                method=scope.get("method", "GET"),
                path=scope["path"],
                query=scope.get("query_string", b"").decode("latin-1"),
                headers=dict(Headers(scope=scope).items()),
                peer=client[0] if client else "",
                websocket=scope["type"] == "websocket",
            )
        )


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
