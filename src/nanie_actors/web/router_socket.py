"""`/router`: the router's protocol over a websocket."""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.websockets import WebSocket

from nanie_actors.router.websocket.outbox import Outbox
from nanie_actors.router.websocket.transport import WebSocketTransport
from nanie_actors.web.aside import aside
from nanie_actors.web.connections import Places, close, heard, on_loop, until_either_ends


class RouterSocket:
    """Carries frames between clients and the transport, which knows what they mean."""

    def __init__(self, transport: WebSocketTransport, places: Places) -> None:
        self._transport = transport
        self._places = places

    async def serve(self, websocket: WebSocket) -> None:
        """One client, from its coming to its going."""
        async with self._places.for_one(websocket) as admitted:
            if admitted:
                await self._serve(websocket)

    async def _serve(self, websocket: WebSocket) -> None:
        news = asyncio.Event()
        client = Outbox(on_loop(news.set), on_loop(websocket.scope["state"]["cut"]))
        self._transport.join(client)
        try:
            await until_either_ends(self._read(websocket, client), _write(websocket, client, news))
        finally:
            self._transport.leave(client)

    async def _read(self, websocket: WebSocket, client: Outbox) -> None:
        async for frame in heard(websocket):
            # Aside: it waits while the worker has enough to do, and so does this client, but nobody else.
            await aside(partial(self._transport.take, client, frame))


async def _write(websocket: WebSocket, client: Outbox, news: asyncio.Event) -> None:
    while not client.over:
        await news.wait()
        news.clear()
        while (frame := client.take()) is not None:
            await websocket.send_text(frame.decode())
    await close(websocket)
