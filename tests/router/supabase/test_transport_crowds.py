"""Bursts, crowds and restarts; and what a transport leaves behind: no thread, no connection, no secret."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from queue import Queue

import psutil  # type: ignore[import-untyped]
import pytest
from supabase_standin import Fault, Standin
from supabase_world import (
    REFUSE,
    WITHIN_S,
    App,
    Inbox,
    Kept,
    left_in,
    push,
    reply,
    settle,
    transport_on,
    until,
)

from nanie_actors.model import ConversationId


@pytest.fixture
def app(standin: Standin) -> App:
    return App(standin)


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """The transport's threads end with it."""
    yield
    until(lambda: not any(one.name.startswith(("supabase", "asyncio")) for one in threading.enumerate()))


# ── restarts and crowds ─────────────────────────────────────────────────────────────────────────────────


def test_restarted_in_the_middle_of_a_burst_every_row_comes_and_has_one_effect(app: App) -> None:
    kept, where = Kept(), app.conversation()
    for first in range(1, 1000, 50):
        app.standin.database.run(
            "insert into messages (conversation_id, content, sender_id)"
            f" select '{where}', n::text, 'anna' from generate_series({first}, {first + 49}) n"
        )
    seen = Counter[str]()
    for stop_after in (1, 300, 450, 1000):
        inbox = Inbox()
        with transport_on(app.standin, inbox, kept) as transport:
            while len(seen) < stop_after:
                row = inbox.next()
                seen[row.content] += 1
                # Every other one is answered; the rest is under way when the worker ends.
                if int(row.content) % 2 or stop_after == 1000:
                    transport.settled(row.row_id, keep=True)
    assert set(seen) == {str(number) for number in range(1, 1001)}


@pytest.mark.usefixtures("nothing_left")
def test_a_thousand_conversations_at_once(app: App) -> None:
    database = app.standin.database
    database.run("insert into conversations (title) select 't' from generate_series(1, 1000)")
    database.run(
        "insert into messages (conversation_id, content, sender_id)"
        " select c.id, n::text, 'anna' from generate_series(1, 2) n, conversations c order by n"
    )
    inbox = Inbox()
    with transport_on(app.standin, inbox) as transport:
        said: dict[str, list[str]] = {}
        for _ in range(2_000):
            row = inbox.next()
            said.setdefault(row.conversation, []).append(row.content)
            transport.deliver(reply(row, {"n": int(row.content)}), settle(transport, row.row_id))
            transport.deliver(push(row.conversation, {"u": int(row.content)}), lambda _: None)
        until(lambda: left_in(database) == [], "every answer")
    assert list(said.values()) == [["1", "2"]] * 1_000
    heard: dict[str, list[dict[str, int]]] = {}
    for message in app.standin.broadcasts:
        heard.setdefault(message["topic"], []).append(message["payload"])
    assert list(heard.values()) == [[{"n": 1}, {"u": 1}, {"n": 2}, {"u": 2}]] * 1_000
    written = database.rows("select conversation_id, count(*) from messages where is_bot group by 1")
    assert [row["count"] for row in written] == [2] * 1_000


# ── what is left behind ─────────────────────────────────────────────────────────────────────────────────


def test_neither_keys_nor_texts_are_logged_or_shown(app: App, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    inbox, where, key = Inbox(), app.conversation("titled-secret"), app.standin.service_key
    app.standin.database.run(REFUSE)
    for path, how in (("nanie_inbox", "html"), ("broadcast", "cut"), ("messages", "status")):
        app.standin.faults.add(Fault(path, times=2, how=how))  # type: ignore[arg-type]
    with transport_on(app.standin, inbox, realtime=True) as transport:
        until(lambda: app.standin.realtime.listening == 1)
        app.say(where, "said-secret")
        app.say(where, "said-secret" * 2_000)
        row = inbox.next()
        told = Queue[bool]()
        transport.deliver(reply(row, {"told": "replied-secret poison"}), told.put)
        transport.deliver(push("no uuid, secret", {"a": "pushed-secret"}), told.put)
        transport.rename(ConversationId("no-uuid-secret"), "named-secret")
        assert {told.get(timeout=WITHIN_S) for _ in range(2)} == {True, False}
        shown = [repr(transport), repr(vars(transport)), repr(transport.status.facts()), str(transport)]
    assert any("given up" in record.getMessage() for record in caplog.records)
    mine = [record for record in caplog.records if not record.name.startswith(("asyncio", "uvicorn"))]
    texts = [record.getMessage() + str(record.exc_info or "") for record in mine]
    for text in [*texts, *shown]:
        assert key not in text
        assert "secret" not in text


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("realtime", [True, False])
def test_a_stop_leaves_no_thread_and_no_connection(app: App, realtime: bool) -> None:
    def connections() -> int:
        """From this process to the stand-in, as its client."""
        found = psutil.Process().net_connections(kind="tcp")
        return sum(1 for one in found if one.raddr and one.raddr.port == app.standin.port)

    inbox, where = Inbox(), app.conversation()
    with transport_on(app.standin, inbox, realtime=realtime) as transport:
        app.say(where, "x")
        row = inbox.next()
        transport.deliver(reply(row), settle(transport, row.row_id))
        until(lambda: left_in(app.standin.database) == [])
        assert connections() > 0
    until(lambda: connections() == 0, "the end of every connection")
