"""A browser that shows one conversation: it writes as its user, and records what it is told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from realtime import RealtimePostgresChangesListenEvent
from realtime.types import RealtimeChannelOptions
from supabase import AsyncClient, AsyncClientOptions, acreate_client

from supabase_standin import keys
from supabase_standin.server import Standin

WITHIN_S = 20.0
T = TypeVar("T")
INSERT = RealtimePostgresChangesListenEvent.Insert


class WebApp:
    """The real client, with a user's token, on a loop of its own. May be used from any thread."""

    def __init__(self, standin: Standin, user: str, *, private: bool = False) -> None:
        self._standin = standin
        self._token = keys.key("authenticated", user)
        self._private = private
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="web app")
        self._told = threading.Condition()
        self.user = user
        self.pushes: list[Any] = []
        """Broadcasts, as their payloads."""
        self.rows: list[Any] = []
        """Rows that Realtime told of."""
        self.states: list[str] = []
        """What became of the subscriptions."""

    def start(self) -> None:
        """Be ready for what is done by `do`."""
        self._thread.start()
        self._http, self.client = self.do(self._open())

    def stop(self) -> None:
        """Close everything."""
        self.do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN_S)
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Let the client do something, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WITHIN_S)

    def show(self, conversation: str) -> None:
        """Listen to a conversation; returns when changes flow, or when it was refused."""
        self.do(self._subscribe(conversation))
        self.wait(lambda: "Subscribed to PostgreSQL" in self.states or "CHANNEL_ERROR" in self.states)

    def say(self, conversation: str, content: str) -> None:
        """Write a message, as the user."""
        row = {"conversation_id": conversation, "content": content, "sender_id": self.user}
        self.do(self.client.table("messages").insert(row).execute())

    def wait(self, holds: Any) -> None:
        """Until what was told makes this true; the deadline is reached only on failure."""
        with self._told:
            assert self._told.wait_for(holds, WITHIN_S), (self.pushes, self.rows, self.states)

    async def _open(self) -> tuple[httpx.AsyncClient, AsyncClient]:
        http = httpx.AsyncClient(http2=False)
        options = AsyncClientOptions(
            httpx_client=http,
            auto_refresh_token=False,
            persist_session=False,
            headers={"Authorization": f"Bearer {self._token}"},
        )
        client = await acreate_client(self._standin.url, self._standin.anon_key, options)
        await client.realtime.set_auth(self._token)
        return http, client

    async def _subscribe(self, conversation: str) -> None:
        options: RealtimeChannelOptions = {
            "config": {"broadcast": None, "presence": None, "private": self._private}
        }
        channel = self.client.channel(f"nanie_sync_{conversation}", options)
        channel.on_broadcast("sync", lambda message: self._heard(self.pushes, message["payload"]))
        channel.on_postgres_changes(
            INSERT,
            lambda change: self._heard(self.rows, change["data"]["record"]),
            schema="public",
            table="messages",
            filter=f"conversation_id=eq.{conversation}",
        )
        channel.on_system(lambda system: self._heard(self.states, system.message))
        await channel.subscribe(lambda state, _error: self._heard(self.states, state.value))

    def _heard(self, where: list[Any], what: Any) -> None:
        with self._told:
            where.append(what)
            self._told.notify_all()

    async def _close(self) -> None:
        await self.client.realtime.close()
        await self._http.aclose()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


@contextmanager
def web_app(standin: Standin, user: str, *, private: bool = False) -> Iterator[WebApp]:
    """A browser, for as long as needed."""
    app = WebApp(standin, user, private=private)
    app.start()
    try:
        yield app
    finally:
        app.stop()
