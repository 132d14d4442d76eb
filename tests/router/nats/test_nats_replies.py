"""Replies and updates over a real server: in order, once, to whom they belong, and short enough."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from queue import Queue
from typing import Any

import orjson
import pytest
from nats.aio.msg import Msg
from nats_app import App, app_on
from nats_server import NatsServer, nats_server
from nats_world import WITHIN_S, Inbox, Kept, push, reply, settle, transport_on, until

from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import Outgoing, RouterRow
from nanie_actors.router.nats.names import token_of
from nanie_actors.router.nats.parcel import HEADERS, Parcel
from nanie_actors.value import with_changes


def row_in(conversation: str, row: str) -> RouterRow:
    return RouterRow(RowId(f"{conversation}/{row}"), ConversationId(conversation), "", "nats")


def test_replies_and_updates_of_a_conversation_go_out_in_order(app: App, shared: NatsServer) -> None:
    told = Queue[bool]()
    with transport_on(shared.url, Inbox(), prefix=app.names.prefix) as transport:
        for number in range(50):
            transport.deliver(reply(row_in("c1", f"r{number}"), {"n": number}), told.put)
            transport.deliver(push("c1", {"u": number}), told.put)
        assert all(told.get(timeout=WITHIN_S) for _ in range(100))
    assert app.replies("c1") == [{"n": number} for number in range(50)]
    assert app.newest("c1") == {"conversation_id": "c1", "reply": {"u": 49}}


def test_of_each_conversation_the_newest_update_is_kept(app: App, shared: NatsServer) -> None:
    """Who connects late sees the newest state, and nothing older."""
    told = Queue[bool]()
    with transport_on(shared.url, Inbox(), prefix=app.names.prefix) as transport:
        for number in range(5):
            for conversation in ("c1", "c.2", "long" * 100):
                transport.deliver(push(conversation, {"u": number}), told.put)
        assert all(told.get(timeout=WITHIN_S) for _ in range(15))
    kept = app.stored(app.names.pushes)
    assert sorted(one.body["conversation_id"] for one in kept) == ["c.2", "c1", "long" * 100]
    assert {one.body["reply"]["u"] for one in kept} == {4}


def test_a_reply_that_is_sent_again_after_a_crash_is_stored_once(app: App, shared: NatsServer) -> None:
    """A command that is answered again is answered with the same replies in the same order."""
    told = Queue[bool]()
    for _ in range(2):
        with transport_on(shared.url, Inbox(), prefix=app.names.prefix) as transport:
            for body in ({"type": "STATUS", "text": "LINKED"}, {"type": "DATA"}):
                transport.deliver(reply(row_in("c1", "r1"), body), told.put)
            assert told.get(timeout=WITHIN_S)
            assert told.get(timeout=WITHIN_S)
    assert [told["type"] for told in app.replies("c1")] == ["STATUS", "DATA"]


def test_the_same_id_in_another_conversation_is_another_reply(app: App, shared: NatsServer) -> None:
    told = Queue[bool]()
    with transport_on(shared.url, Inbox(), prefix=app.names.prefix) as transport:
        for conversation in ("c1", "c2"):
            transport.deliver(reply(row_in(conversation, "r1"), {"to": conversation}), told.put)
            assert told.get(timeout=WITHIN_S)
    assert (app.replies("c1"), app.replies("c2")) == ([{"to": "c1"}], [{"to": "c2"}])


@pytest.mark.parametrize("own", [True, False])
def test_who_asks_with_an_inbox_is_answered_there_as_well(app: App, shared: NatsServer, own: bool) -> None:
    heard, inbox, kept = Queue[Any](), Inbox(), Kept()
    where = f"{app.names.prefix}.inbox.c1.abc" if own else "_INBOX.abc"

    async def hear(message: Msg) -> None:
        heard.put(orjson.loads(message.data))

    with transport_on(shared.url, inbox, kept, prefix=app.names.prefix) as transport:
        until(lambda: kept.value is not None)
        app.do(app.client.subscribe(where, cb=hear))
        body = {"id": "r1", "conversation_id": "c1", "content": "x"}
        app.publish(app.names.subject("rows", "c1"), orjson.dumps(body), {"Reply-To": where})
        row = inbox.next()
        transport.deliver(reply(row, {"n": 1}), settle(transport, row.row_id))
        assert heard.get(timeout=WITHIN_S) == app.answers("c1")[0]
        app.publish(app.names.subject("rows", "c1"), b"no json", {"Reply-To": where})
        assert heard.get(timeout=WITHIN_S)["reply"]["code"] == "INVALID_MESSAGE"


def test_nobody_has_the_worker_publish_where_they_may_not(app: App, shared: NatsServer) -> None:
    inbox, kept = Inbox(), Kept()
    with transport_on(shared.url, inbox, kept, prefix=app.names.prefix) as transport:
        until(lambda: kept.value is not None)
        body = orjson.dumps({"id": "r1", "conversation_id": "c1", "content": "x"})
        wish = {"Reply-To": app.names.subject("pushes", "c2")}
        app.publish(app.names.subject("rows", "c1"), body, wish)
        row, told = inbox.next(), Queue[bool]()
        transport.deliver(reply(row), told.put)
        transport.deliver(push("c1", {}), told.put)
        assert told.get(timeout=WITHIN_S)
        assert told.get(timeout=WITHIN_S)
    assert app.newest("c2") is None


def test_what_is_too_long_for_the_server_is_shortened_or_told(prefix: str) -> None:
    told = Queue[bool]()
    events = [{"id": str(number), "details": "x" * 100} for number in range(500)]
    update = {"type": "DATA", "update": "TIMELINE", "data": {"events": events, "revision": 3}}
    with (
        nats_server("max_payload: 16384\n") as server,
        app_on(server.url, prefix=prefix) as app,
        transport_on(server.url, Inbox(), prefix=prefix) as transport,
    ):
        transport.deliver(push("c1", update), told.put)
        transport.deliver(reply(row_in("c1", "r1"), update), told.put)
        transport.deliver(reply(row_in("c1", "r2"), {"text": "x" * 20_000}), told.put)
        transport.deliver(push("c1", {"text": "x" * 20_000}), told.put)
        assert [told.get(timeout=WITHIN_S) for _ in range(4)] == [True, True, True, False]
        newest, answers = app.newest("c1"), app.answers("c1")
    assert newest["reply"] == answers[0]["reply"]
    assert newest["omitted"] > 350
    assert newest["reply"]["data"]["events"] == events[newest["omitted"] :]
    assert answers[1]["reply"]["code"] == "INTERNAL"


@pytest.mark.parametrize("sign", ["x", "\U0001f37c", "\x01"])
def test_the_longest_message_with_the_longest_ids_is_taken(prefix: str, sign: str) -> None:
    """A server counts headers, too, and ends the connection of who sends a byte too much."""
    told, conversation = Queue[bool](), sign * 512
    row = row_in(token_of(conversation), sign * 512)
    row = replace(row, conversation=ConversationId(conversation))
    with (
        nats_server("max_payload: 8192\n") as server,
        app_on(server.url, prefix=prefix) as app,
        transport_on(server.url, Inbox(), prefix=prefix) as transport,
    ):
        around = len(Parcel("", conversation, b"", "", False, told.put, sign * 512).payload(1 << 20) or b"")
        for extra in range(-5, 5):
            room = 8192 - HEADERS - around + extra
            body = orjson.dumps("x" * max(0, room - len(b'""')))
            transport.deliver(with_changes(reply(row), body=body), told.put)
        assert all(told.get(timeout=WITHIN_S) for _ in range(10))
        assert transport.status.facts() == {}
        kinds = [type(answer).__name__ for answer in app.replies(conversation)]
    assert kinds == ["str"] * 6 + ["dict"] * 4


def test_a_server_that_takes_next_to_nothing_is_told() -> None:
    with nats_server("max_payload: 4096\n") as server, transport_on(server.url, Inbox()) as transport:
        until(lambda: "max_payload" in transport.status.facts().get("the connection", ""))


def test_what_is_no_text_is_given_up(app: App, shared: NatsServer) -> None:
    told = Queue[bool]()
    with transport_on(shared.url, Inbox(), prefix=app.names.prefix) as transport:
        transport.deliver(Outgoing(ConversationId("\ud800"), b"{}"), told.put)
        assert told.get(timeout=WITHIN_S) is False


def test_a_slow_reader_of_the_apps_costs_us_nothing(app: App, shared: NatsServer) -> None:
    """A client that does not read what comes is the server's concern: streams keep it, we go on."""
    stuck, told = asyncio.Event(), Queue[bool]()

    async def hear(_: Msg) -> None:
        await stuck.wait()

    with transport_on(shared.url, Inbox(), prefix=app.names.prefix) as transport:
        subject = app.names.subject("pushes", "c1")
        app.do(app.client.subscribe(subject, cb=hear, pending_msgs_limit=1))
        for number in range(200):
            transport.deliver(push("c1", {"u": number}), told.put)
        assert all(told.get(timeout=WITHIN_S) for _ in range(200))
        assert app.newest("c1")["reply"] == {"u": 199}
        app._loop.call_soon_threadsafe(stuck.set)
