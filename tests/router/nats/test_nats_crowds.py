"""Crowds; and what a transport leaves behind: no thread, no connection, no reader, no secret."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from queue import Queue

import psutil  # type: ignore[import-untyped]
import pytest
from nats_app import App, app_on
from nats_server import NatsServer, nats_server
from nats_world import WITHIN_S, Inbox, Kept, push, reply, settle, transport_on, until


def test_a_thousand_conversations_at_once(app: App, shared: NatsServer) -> None:
    """Each has its rows, answers and updates in order; nothing is lost, doubled or mixed up."""
    kept, inbox = Kept(), Inbox()
    names = [f"family {number}" for number in range(1_000)]
    with transport_on(shared.url, inbox, kept, prefix=app.names.prefix) as transport:
        until(lambda: kept.value is not None)
        app.say_all([(name, str(turn)) for turn in (1, 2) for name in names])
        said: dict[str, list[str]] = {}
        for _ in range(2_000):
            row = inbox.next()
            said.setdefault(row.conversation, []).append(row.content)
            transport.deliver(reply(row, {"n": int(row.content)}), settle(transport, row.row_id))
            transport.deliver(push(row.conversation, {"u": int(row.content)}), lambda _: None)
        until(lambda: kept.value is not None and kept.value["after"] == 2_000, "every answer")
        until(lambda: not len(transport._lanes), "every update")
    assert said == {name: ["1", "2"] for name in names}
    told: dict[str, list[int]] = {}
    for one in app.stored(app.names.replies):
        told.setdefault(one.body["conversation_id"], []).append(one.body["reply"]["n"])
    assert told == {name: [1, 2] for name in names}
    newest = {one.body["conversation_id"]: one.body["reply"] for one in app.stored(app.names.pushes)}
    assert newest == {name: {"u": 2} for name in names}


def test_restarted_in_the_middle_of_a_burst_every_row_comes(app: App, shared: NatsServer) -> None:
    kept, seen = Kept(), Counter[str]()
    with transport_on(shared.url, Inbox(), kept, prefix=app.names.prefix):
        until(lambda: kept.value is not None)
    app.say_all([("c1", str(number)) for number in range(1_000)])
    for stop_after in (1, 300, 450, 1_000):
        inbox, order = Inbox(), list[int]()
        with transport_on(shared.url, inbox, kept, prefix=app.names.prefix) as transport:
            while len(seen) < stop_after:
                row = inbox.next()
                seen[row.content] += 1
                order.append(int(row.content))
                # Every other one is answered; the rest is under way when the worker ends.
                if int(row.content) % 2 or stop_after == 1_000:
                    transport.settled(row.row_id, keep=True)
        assert order == sorted(order)
    assert set(seen) == {str(number) for number in range(1_000)}


def connections(port: int) -> int:
    """From this process to the server."""
    found = psutil.Process().net_connections(kind="tcp")
    return sum(1 for one in found if one.raddr and one.raddr.port == port and one.status == "ESTABLISHED")


def test_a_stop_leaves_no_thread_and_no_connection() -> None:
    kept, inbox = Kept(), Inbox()
    with nats_server() as server:
        with transport_on(server.url, inbox, kept) as transport:
            until(lambda: kept.value is not None)
            assert connections(server.port) == 1
            with app_on(server.url) as app:
                app.say("c1", "x")
            row = inbox.next()
            transport.deliver(reply(row), settle(transport, row.row_id))
        until(lambda: connections(server.port) == 0, "the end of every connection")
    ours = ("nats", "asyncio")
    until(lambda: not any(one.name.startswith(ours) for one in threading.enumerate()), "the threads")


def test_neither_secrets_nor_texts_are_logged_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    inbox, kept, told = Inbox(), Kept(), Queue[bool]()
    config = 'authorization { user: worker, password: "key-secret" }\nmax_payload: 8192\n'
    who = {"user": "worker", "password": "key-secret"}
    with (
        nats_server(config) as server,
        app_on(server.url, **who) as app,
        transport_on(server.url, inbox, kept, **who) as transport,
    ):
        until(lambda: kept.value is not None)
        app.say("named-secret", "said-secret")
        app.publish("nanie.rows.named-secret", b'{"said-secret')
        row = inbox.next()
        transport.deliver(reply(row, {"told": "told-secret" * 900}), told.put)
        transport.deliver(push("named-secret", {"told": "pushed-secret" * 900}), told.put)
        server.kill()
        until(lambda: transport.status.facts() != {})
        server.start()
        assert {told.get(timeout=WITHIN_S) for _ in range(2)} == {True, False}
        parts = (transport, transport._settings, transport._credentials, transport.status.facts(), kept.value)
        shown = [repr(part) for part in parts]
    assert any("more than the server lets through" in record.getMessage() for record in caplog.records)
    mine = [record for record in caplog.records if not record.name.startswith("asyncio")]
    for text in [*(record.getMessage() + str(record.exc_info or "") for record in mine), *shown]:
        assert "secret" not in text
