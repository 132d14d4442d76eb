"""The stand-in as a server on the loopback, on a thread of the test's own process."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from postgres import Database
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from supabase_standin import answers, keys
from supabase_standin.acting import Acting
from supabase_standin.broadcasts import Broadcasts
from supabase_standin.faults import Fault, Faults
from supabase_standin.realtime import Realtime
from supabase_standin.rest import Rest
from supabase_standin.rights import Rights

WITHIN_S = 20.0

TELL = """
create or replace function standin_tell() returns trigger language plpgsql as $$
begin perform pg_notify('standin', new.id::text); return new; end $$;
create or replace trigger standin_tell after insert on messages for each row execute function standin_tell();
"""

Work = Callable[[Request, bytes], Awaitable[Response]]


class Standin:
    """A running stand-in. Everything may be called from the test's thread."""

    def __init__(self, database: Database, port: int = 0) -> None:
        self.database = database
        self.faults = Faults()
        self._acting = Acting(database)
        rights = Rights(self._acting)
        self.rest = Rest(self._acting)
        self.realtime = Realtime(self.faults, rights)
        self._broadcasts = Broadcasts(self.realtime, rights)
        self.broadcasts = self._broadcasts.accepted
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
        self.thaw()
        self.run(self.realtime.drop(1001))
        self._server.should_exit = True
        serving.join(WITHIN_S)
        self._acting.close()
        self._socket.close()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something on the stand-in's loop: drop, kick, broadcast."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work, self._loop).result(WITHIN_S)

    # ── the wire ────────────────────────────────────────────────────────────────────────────────────────

    def cut(self) -> None:
        """Every connection of now ends at once, without a word."""
        self.run(self._for_each_wire(_reset))

    def freeze(self) -> None:
        """Half open: every websocket of now is neither read nor written any more, and stays open."""
        self.run(self.realtime.silence())
        self.run(self._for_each_wire(lambda wire: wire.pause_reading()))

    def thaw(self) -> None:
        """What was frozen is read again; what was not told is not told now."""
        self.run(self._for_each_wire(lambda wire: wire.resume_reading()))

    async def _for_each_wire(self, do: Callable[[asyncio.Transport], None]) -> None:
        for protocol in tuple(self._server.server_state.connections):
            wire = getattr(protocol, "transport", None)
            if isinstance(wire, asyncio.Transport) and not wire.is_closing():
                do(wire)

    # ── the server ──────────────────────────────────────────────────────────────────────────────────────

    def _app(self) -> Starlette:
        one = "/realtime/v1/api/broadcast/{topic}/events/{event}"
        return Starlette(
            routes=[
                Route("/rest/v1/{path:path}", self._rest, methods=["GET", "HEAD", "POST", "PATCH", "DELETE"]),
                Route("/realtime/v1/api/broadcast", self._broadcast, methods=["POST"]),
                Route(one, self._broadcast, methods=["POST"]),
                WebSocketRoute("/realtime/v1/websocket", self._websocket),
            ]
        )

    async def _websocket(self, peer: WebSocket) -> None:
        await self.realtime.serve(peer)

    async def _rest(self, request: Request) -> Response:
        async def work(request: Request, body: bytes) -> Response:
            return await run_in_threadpool(self.rest.answer, request, body)

        return await self._answer(request, f"{request.method} {request.url.path}", work)

    async def _broadcast(self, request: Request) -> Response:
        return await self._answer(request, "POST broadcast", self._broadcasts.answer)

    async def _answer(self, request: Request, name: str, work: Work) -> Response:
        """What the request asks for, unless a test wants it otherwise."""
        body = await request.body()
        self.rest.requests.append(name)
        fault = self.faults.take(name)
        if fault is not None and fault.how == "slow":
            await asyncio.sleep(fault.seconds)
            fault = None
        if fault is not None and fault.when == "before":
            return await self._fail(request, fault)
        answer = await work(request, body)
        if fault is not None and answer.status_code < 400:
            return await self._fail(request, fault)
        return answer

    async def _fail(self, request: Request, fault: Fault) -> Response:
        match fault.how:
            case "cut":
                return answers.NoAnswer()
            case "reset":
                await self._for_each_wire(lambda wire: _reset_if(wire, request.client))
                return answers.NoAnswer()
            case "hang":
                while not (self._ended.is_set() or await request.is_disconnected()):
                    await asyncio.sleep(0.01)
                return answers.NoAnswer()
            case _:
                return answers.of_fault(fault)

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


def _reset(wire: asyncio.Transport) -> None:
    """Not even a farewell of TCP's own."""
    lingering = struct.pack("ii", 1, 0)
    wire.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
    wire.abort()


def _reset_if(wire: asyncio.Transport, client: Any) -> None:
    if client is not None and wire.get_extra_info("peername")[:2] == tuple(client):
        _reset(wire)


@contextmanager
def standin_on(database: Database, port: int = 0) -> Iterator[Standin]:
    """A stand-in over this database, for as long as needed; on any free port, or on this one."""
    standin = Standin(database, port)
    standin.start()
    try:
        yield standin
    finally:
        standin.stop()
