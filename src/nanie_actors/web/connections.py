"""What both websockets share: places, a connection's two directions, and its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

MOST_CLIENTS: Final = 64
"""Websockets at a time, as on the control socket."""

GOING_AWAY: Final = 1001
"""The worker stops: a page comes back by itself."""

Direction = Coroutine[Any, Any, None]


class Places:
    """Counts the websockets. For the server's thread only."""

    def __init__(self, most: int = MOST_CLIENTS) -> None:
        self._free = most

    @asynccontextmanager
    async def for_one(self, websocket: WebSocket) -> AsyncIterator[bool]:
        """Accept a client, or turn it away if all places are taken: then it is False."""
        if self._free == 0:
            await websocket.send_denial_response(PlainTextResponse("Too many clients are connected.\n", 503))
            yield False
            return
        self._free -= 1
        try:
            await websocket.accept()
            yield True
        finally:
            self._free += 1


async def heard(websocket: WebSocket) -> AsyncIterator[bytes]:
    """What the client sends, text or binary, until it is gone."""
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        yield message["bytes"] if text is None else text.encode()


async def until_either_ends(reading: Direction, writing: Direction) -> None:
    """Run a connection's two directions; the end of one is the end of the other."""
    directions = [asyncio.ensure_future(_quietly(direction)) for direction in (reading, writing)]
    try:
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for direction in directions:
            direction.cancel()
        results = await asyncio.gather(*directions, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _quietly(direction: Direction) -> None:
    with suppress(WebSocketDisconnect):  # the client is gone, which is no fault
        await direction


async def close(websocket: WebSocket) -> None:
    """Say goodbye, if somebody is still there."""
    with suppress(WebSocketDisconnect, RuntimeError):
        await websocket.close(GOING_AWAY)


def on_loop(act: Callable[[], object]) -> Callable[[], None]:
    """The same, to be called from any thread; nothing once the server is gone."""
    loop = asyncio.get_running_loop()

    def call() -> None:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(act)

    return call
