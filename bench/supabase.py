"""The Supabase transport against the stand-in over a real PostgreSQL, all on this machine.

Nothing here knows the network and the hosted service: the figures tell what the worker's side costs.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import psycopg

from bench.gauges import Latch, beat, percentile, resident_bytes
from bench.sample import Metrics
from bench.supabase_project import ProjectAt, project
from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import Outgoing, RouterRow, RowInbox
from nanie_actors.router.envelope import RowRules
from nanie_actors.settings import SupabaseSettings

if TYPE_CHECKING:
    from nanie_actors.router.supabase.project import Project
    from nanie_actors.router.supabase.transport import SupabaseTransport

BODY = orjson.dumps({"type": "DATA", "update": "TIMELINE", "data": {"text": "x" * 1_000}, "ephemeral": True})
AGENT = "nanie-agent"
RAW_WORKERS = 4
"""As many as the transport has couriers."""


class Forgets:
    """A cursor that is kept nowhere."""

    def load(self) -> Mapping[str, Any] | None:
        return None

    def save(self, value: Mapping[str, Any]) -> None:
        """Not measured."""


class Echo:
    """A core that answers every row at once."""

    def __init__(self, answers: int) -> None:
        self.transport: SupabaseTransport | None = None
        self.settled = Latch(answers)

    def put(self, row: RouterRow) -> None:
        transport = self.transport
        assert transport is not None

        def accepted(_: bool) -> None:
            transport.settled(row.row_id, keep=False)
            self.settled.count_down()

        transport.deliver(Outgoing(row.conversation, BODY, row.row_id), accepted)


def pushes(_folder: Path, *, conversations: int, pushes: int) -> Metrics:
    """Updates to all conversations in turn, until the last was accepted."""
    return _delivered(conversations, pushes, lambda where, _: Outgoing(where, BODY))


def replies(_folder: Path, *, conversations: int, replies: int) -> Metrics:
    """Replies to all conversations in turn, until the last was accepted: a row and a broadcast each."""
    return _delivered(
        conversations, replies, lambda where, number: Outgoing(where, BODY, RowId(f"asked-{number}"))
    )


def raw_pushes(_folder: Path, *, conversations: int, pushes: int) -> Metrics:
    """The same, one request each."""

    async def push(client: Project, where: str, _: int) -> None:
        await client.broadcast(_broadcast_of(where))

    return _raw(conversations, pushes, push)


def raw_replies(_folder: Path, *, conversations: int, replies: int) -> Metrics:
    """The same, two requests each."""

    async def reply(client: Project, where: str, number: int) -> None:
        row = {"conversation_id": where, "content": BODY.decode(), "sender_id": AGENT, "is_bot": True}
        await client.store([row | {"nanie_key": f"asked-{number}/0"}])
        await client.broadcast(_broadcast_of(where))

    return _raw(conversations, replies, reply)


def latency(_folder: Path, *, conversations: int, inserts: int, per_second: int, realtime: int) -> Metrics:
    """From the due time of an app's insert until its reply is a committed row; as they are by default."""
    told: dict[str, float] = {}
    with project(conversations) as at, psycopg.connect(at.database, autocommit=True) as app:
        where = _conversations(app)
        echo = Echo(inserts)
        with _transport(at, echo, realtime=bool(realtime)) as transport:
            echo.transport = transport
            listening = threading.Thread(target=_listen, args=(at, told, inserts), daemon=True)
            listening.start()
            # The subscription says nowhere here that it is ready: the stand-in is at once, after the join.
            time.sleep(2)
            due: dict[str, float] = {}
            for number, moment in enumerate(beat(inserts, per_second)):
                found = app.execute(
                    "insert into messages (conversation_id, content, sender_id) values (%s, 'x', 'anna')"
                    " returning id::text",
                    (where[number % len(where)],),
                ).fetchone()
                assert found is not None
                due[found[0]] = moment
            echo.settled.wait()
            listening.join()
    waits = [told[row] - moment for row, moment in due.items()]
    return {"p50_s": percentile(waits, 50), "p99_s": percentile(waits, 99)}


def memory(_folder: Path, *, conversations: int) -> Metrics:
    """What the process grows by: the client library alone, then the transport that has served everybody."""
    before = resident_bytes()
    with project(conversations) as at:
        asyncio.run(_open_and_close(at))
        client = resident_bytes()
        echo = Echo(conversations)
        with _transport(at, echo) as transport:
            echo.transport = transport
            with psycopg.connect(at.database, autocommit=True) as app:
                app.execute(
                    "insert into messages (conversation_id, content, sender_id)"
                    " select id, 'x', 'anna' from conversations"
                )
            echo.settled.wait()
            served = resident_bytes()
    return {"client_bytes": client - before, "bytes": served - before}


def _delivered(conversations: int, count: int, out: Callable[[ConversationId, int], Outgoing]) -> Metrics:
    with project(conversations) as at:
        where = [ConversationId(name) for name in _conversations_at(at)]
        latch = Latch(count)
        with _transport(at, Echo(1)) as transport:
            begin = time.perf_counter()
            for number in range(count):
                transport.deliver(out(where[number % len(where)], number), lambda _: latch.count_down())
            latch.wait()
            return {"per_s": count / (time.perf_counter() - begin)}


def _raw(conversations: int, count: int, send: Callable[[Project, str, int], Awaitable[None]]) -> Metrics:
    async def worker(client: Project, where: list[str], numbers: Iterator[int]) -> None:
        for number in numbers:
            await send(client, where[number % len(where)], number)

    async def main(at: ProjectAt) -> float:
        from nanie_actors.router.supabase.project import Project

        client, where = await Project.open(_settings(), at.url, at.key), _conversations_at(at)
        numbers = iter(range(count))
        begin = time.perf_counter()
        await asyncio.gather(*(worker(client, where, numbers) for _ in range(RAW_WORKERS)))
        took = time.perf_counter() - begin
        await client.close()
        return took

    with project(conversations) as at:
        return {"per_s": count / asyncio.run(main(at))}


async def _open_and_close(at: ProjectAt) -> None:
    from nanie_actors.router.supabase.project import Project

    client = await Project.open(_settings(), at.url, at.key)
    await client.check()
    await client.close()


@contextmanager
def _transport(at: ProjectAt, inbox: RowInbox, *, realtime: bool = True) -> Iterator[SupabaseTransport]:
    from nanie_actors.router.supabase.credentials import Credentials
    from nanie_actors.router.supabase.transport import SupabaseTransport

    rules = RowRules(agent_id=AGENT, room_id="", row_bytes=1_000_000)
    made = SupabaseTransport(_settings(realtime=realtime), Credentials(at.url, at.key), rules, Forgets())
    made.start(inbox)
    try:
        yield made
    finally:
        made.stop()


def _settings(**given: Any) -> SupabaseSettings:
    return SupabaseSettings.model_validate(given)


def _broadcast_of(where: str) -> bytes:
    message = {"topic": f"nanie_sync_{where}", "event": "sync", "payload": orjson.Fragment(BODY)}
    return orjson.dumps({"messages": [message]})


def _conversations_at(at: ProjectAt) -> list[str]:
    with psycopg.connect(at.database) as app:
        return _conversations(app)


def _conversations(app: psycopg.Connection[Any]) -> list[str]:
    return [row[0] for row in app.execute("select id::text from conversations").fetchall()]


def _listen(at: ProjectAt, told: dict[str, float], count: int) -> None:
    with psycopg.connect(at.database, autocommit=True) as app:
        app.execute("listen bench")
        for note in app.notifies():
            told[note.payload] = time.perf_counter()
            if len(told) == count:
                return
