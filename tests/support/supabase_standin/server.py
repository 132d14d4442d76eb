"""The stand-in as a server on the loopback, on a thread of the test's own process."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import uvicorn
from postgres import Database
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from supabase_standin import keys
from supabase_standin.faults import Faults
from supabase_standin.realtime import Realtime
from supabase_standin.rest import Cut, Hang, Rest

WITHIN_S = 20.0

TELL = """
create or replace function standin_tell() returns trigger language plpgsql as $$
begin perform pg_notify('standin', new.id::text); return new; end $$;
create or replace trigger standin_tell after insert on messages for each row execute function standin_tell();
"""


class Standin:
    """A running stand-in. Everything may be called from the test's thread."""

    def __init__(self, database: Database, port: int = 0) -> None:
        self.database = database
        self.faults = Faults()
        self.rest = Rest(database, self.faults)
        self.realtime = Realtime(self.faults)
        self.broadcasts: list[dict[str, Any]] = []
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = int(self._socket.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.service_key = keys.key("service_role")
        self.anon_key = keys.key("anon")
        config = uvicorn.Config(self._app(), log_level="critical", lifespan="off", ws="websockets-sansio")
        self._server = uvicorn.Server(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._serve, name="stand-in"),
            threading.Thread(target=self._listen, name="stand-in listen"),
        ]

    def start(self) -> None:
        """Serve from now on."""
        self.database.run(TELL)
        for thread in self._threads:
            thread.start()
        assert self._started.wait(WITHIN_S)

    def stop(self) -> None:
        """End everything."""
        serving, listening = self._threads
        self._ended.set()
        listening.join(WITHIN_S)
        self.run(self.realtime.drop(1001))
        self._server.should_exit = True
        serving.join(WITHIN_S)
        self.rest.close()
        self._socket.close()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something on the stand-in's loop: drop, kick, broadcast."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work, self._loop).result(WITHIN_S)

    # ── the server ──────────────────────────────────────────────────────────────────────────────────────

    def _app(self) -> Starlette:
        methods = ["GET", "POST", "PATCH", "DELETE"]
        return Starlette(
            routes=[
                Route("/rest/v1/{path:path}", self._rest, methods=methods),
                Route("/realtime/v1/api/broadcast", self._broadcast, methods=["POST"]),
                WebSocketRoute("/realtime/v1/websocket", self._websocket),
            ]
        )

    async def _websocket(self, peer: WebSocket) -> None:
        await self.realtime.serve(peer)

    async def _rest(self, request: Request) -> Response:
        body = await request.body()
        try:
            return await run_in_threadpool(self.rest.answer, request, body)
        except Cut:
            return _NoAnswer()
        except Hang:
            return await self._hang(request)

    async def _hang(self, request: Request) -> Response:
        while not (self._ended.is_set() or await request.is_disconnected()):
            await asyncio.sleep(0.01)
        return _NoAnswer()

    async def _broadcast(self, request: Request) -> Response:
        self.rest.requests.append("POST broadcast")
        fault = self.faults.take("broadcast")
        if fault is not None and fault.when == "before":
            if fault.how == "cut":
                return _NoAnswer()
            if fault.how == "hang":
                return await self._hang(request)
            return JSONResponse({"message": "a fault of the test's"}, fault.status)
        if keys.read(request.headers.get("apikey", "")) is None:
            return JSONResponse({"message": "Unauthorized"}, 401)
        messages = orjson.loads(await request.body())["messages"]
        if not all(isinstance(message["payload"], dict) for message in messages):
            return JSONResponse({"errors": "payload must be an object"}, 422)
        for message in messages:
            self.broadcasts.append(message)
            await self.realtime.broadcast(message["topic"], message["event"], message["payload"])
        if fault is not None:
            return _NoAnswer()
        return Response(status_code=202)

    def _serve(self) -> None:
        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            self._loop.call_soon(self._started.set)
            await self._server.serve(sockets=[self._socket])

        asyncio.run(main())

    def _listen(self) -> None:
        """Tell Realtime of every committed row, whoever wrote it."""
        with self.database.connect() as listening, self.database.connect() as reading:
            listening.execute("listen standin")
            while not self._ended.is_set():
                for note in listening.notifies(timeout=0.05):
                    found = reading.execute(
                        "select * from messages where id::text = %s", (note.payload,)
                    ).fetchone()
                    if found is not None:
                        self.run(self.realtime.changed(found))


class _NoAnswer(Response):
    """Ends the connection in the middle of the answer's head."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Uvicorn closes the connection of an application that returns without an answer it promised."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10")]})


@contextmanager
def standin_on(database: Database, port: int = 0) -> Iterator[Standin]:
    """A stand-in over this database, for as long as needed; on any free port, or on this one."""
    standin = Standin(database, port)
    standin.start()
    try:
        yield standin
    finally:
        standin.stop()
