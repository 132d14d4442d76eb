"""`/inspect`: the operator's view, put together once for all who look, and only while somebody does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from starlette.websockets import WebSocket

from nanie_actors.errors import NanieError
from nanie_actors.inspection.dump import DumpRequest
from nanie_actors.inspection.requests import GROUPS_WITHIN_S
from nanie_actors.web.aside import aside
from nanie_actors.web.connections import Places, heard, until_either_ends
from nanie_actors.web.following import Following
from nanie_actors.web.newest import Newest, encoded
from nanie_actors.web.pairing import shown
from nanie_actors.web.views import Views

logger = logging.getLogger(__name__)

DUMP_EVERY_S: Final = 1.0
GROUPS_EVERY_S: Final = 2.0
PAIRING_EVERY_S: Final = 0.5
"""How often each is looked at; of the pairing only what has changed is shown."""

COLLECTING: Final = "web-inspect"
"""What the tasks are called that do so."""

REST: Final = 4
"""What takes long (a dump of very many actors) is followed by a rest of so many times as long: the view may
cost a fifth of a processor at most."""


class InspectSocket:
    """For the server's thread only; what it shows is collected aside."""

    def __init__(self, views: Views, places: Places) -> None:
        self._views = views
        self._places = places
        self._clients: set[Newest] = set()
        self._last: dict[str, bytes] = {}
        self._collecting: list[asyncio.Task[None]] = []

    async def serve(self, websocket: WebSocket) -> None:
        """One client, from its coming to its going."""
        async with self._places.for_one(websocket) as admitted:
            if admitted:
                await self._serve(websocket)

    async def _serve(self, websocket: WebSocket) -> None:
        client = Newest()
        for kind, frame in self._last.items():
            client.put(kind, frame)
        self._clients.add(client)
        if len(self._clients) == 1:
            self._begin()
        following = Following(self._views.control, client)
        try:
            await until_either_ends(_read(websocket, following), _write(websocket, client))
        finally:
            following.stop()
            self._clients.discard(client)
            if not self._clients:
                self._end()

    def _begin(self) -> None:
        views = self._views
        repeated = (
            self._repeat("dump", DUMP_EVERY_S, lambda: views.take_dump(DumpRequest())),
            self._repeat("groups", GROUPS_EVERY_S, self._groups),
            self._repeat("pairing", PAIRING_EVERY_S, lambda: shown(views.pairing)),
        )
        self._collecting = [asyncio.create_task(each, name=COLLECTING) for each in repeated]

    def _end(self) -> None:
        for task in self._collecting:
            task.cancel()
        self._collecting = []
        self._last.clear()

    def _groups(self) -> list[dict[str, Any]]:
        return [asdict(group) for group in self._views.control.groups(GROUPS_WITHIN_S)]

    async def _repeat(self, kind: str, every_s: float, collect: Callable[[], Any]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                self._show(kind, await aside(lambda: encoded(kind, collect())))
            except NanieError as error:
                logger.debug("%s cannot be shown now: %s", kind, error)
            except Exception:
                logger.exception("%s cannot be shown", kind)
            took = loop.time() - began
            await asyncio.sleep(max(every_s - took, REST * took))

    def _show(self, kind: str, frame: bytes) -> None:
        if kind == "pairing" and self._last.get(kind) == frame:
            return
        self._last[kind] = frame
        for client in self._clients:
            client.put(kind, frame)


async def _read(websocket: WebSocket, following: Following) -> None:
    async for frame in heard(websocket):
        following.take(frame)


async def _write(websocket: WebSocket, client: Newest) -> None:
    while True:
        await websocket.send_text((await client.take()).decode())
