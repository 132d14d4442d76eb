"""`/router`: rows in, replies and pushes out, each to whom it is meant for."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from control_sockets import RULES
from waiting import until
from web_pages import WITHIN_S, FakeSite, hear, say, site
from websockets.exceptions import ConnectionClosed, InvalidStatus

from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import Outgoing
from nanie_actors.router.websocket.frames import MOST_WATCHED
from nanie_actors.router.websocket.outbox import UNREAD_BYTES
from nanie_actors.web.connections import MOST_CLIENTS

ROW = {"id": "r1", "conversation_id": "c1", "content": "x"}


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeSite]:
    with site() as made:
        yield made


@pytest.fixture
def own() -> Iterator[FakeSite]:
    with site() as made:
        yield made


def in_step(client: Any) -> None:
    """Everything that was sent so far has been taken in."""
    say(client, {"watch": "nothing"})
    assert hear(client)["reply"]["code"] == "INVALID_MESSAGE"


# ── who hears what ──────────────────────────────────────────────────────────────────────────────────────


def test_a_row_is_answered_as_on_stdio_and_then_it_is_done(own: FakeSite) -> None:
    own.replies = [b'{"a":1}', b'{"b":2}']
    with own.websocket() as client:
        say(client, ROW)
        assert hear(client) == {"conversation_id": "c1", "reply": {"a": 1}, "in_reply_to": "r1"}
        assert hear(client) == {"conversation_id": "c1", "reply": {"b": 2}, "in_reply_to": "r1"}
        assert hear(client) == {"done": "r1"}
    assert own.rows[0].transport == "websocket"


def test_a_push_reaches_only_those_who_watch_its_conversation(own: FakeSite) -> None:
    with own.websocket() as one, own.websocket() as other, own.websocket() as silent:
        say(one, {"watch": ["c1", "c3"]})
        say(other, {"watch": ["c2", "c3"]})
        for client in (one, other, silent):
            in_step(client)
        assert all(own.push(name, orjson.dumps(name)) for name in ("c1", "c2", "c3", "c4"))
        assert [hear(one)["reply"] for _ in range(2)] == ["c1", "c3"]
        assert [hear(other)["reply"] for _ in range(2)] == ["c2", "c3"]
        for client in (one, other, silent):
            in_step(client)  # nothing else came before this answer


def test_a_reply_reaches_only_who_asked(own: FakeSite) -> None:
    own.replies = [b'{"a":1}']
    with own.websocket() as asking, own.websocket() as watching:
        say(watching, {"watch": ["c1"]})
        in_step(watching)
        say(asking, ROW)
        assert hear(asking)["in_reply_to"] == "r1"
        assert hear(asking) == {"done": "r1"}
        in_step(watching)


def test_who_sends_a_row_watches_its_conversation(own: FakeSite) -> None:
    own.replies = []
    with own.websocket() as client:
        say(client, ROW)
        assert hear(client) == {"done": "r1"}
        own.push("c1", b"1")
        assert hear(client) == {"conversation_id": "c1", "reply": 1}


def test_another_watch_replaces_the_one_before(own: FakeSite) -> None:
    with own.websocket() as client:
        say(client, {"watch": ["c1", "c2"]})
        say(client, {"watch": ["c2"]})
        in_step(client)
        own.push("c1", b"1")
        own.push("c2", b"2")
        assert hear(client)["reply"] == 2


def test_a_push_counts_as_taken_though_nobody_watches(shared: FakeSite) -> None:
    """Who comes back asks with GET_STATUS; nothing may wait for somebody who may never come."""
    assert shared.push("nobody's", b"1")


def test_who_is_gone_is_forgotten(own: FakeSite) -> None:
    with own.websocket() as client:
        say(client, ROW)
        assert own.arrived.wait(WITHIN_S)
    until(lambda: not own.transport._clients)  # the server's own thread sees the end
    assert (own.transport._watchers, own.transport._senders) == ({}, {})
    own.transport.deliver(Outgoing(ConversationId("c1"), b"1", RowId("r1")), lambda _: None)
    own.transport.settled(RowId("r1"), False)


def test_a_row_may_be_sent_again_by_who_comes_back(own: FakeSite) -> None:
    with own.websocket() as client:
        say(client, ROW)
        assert own.arrived.wait(WITHIN_S)
    until(lambda: not own.transport._clients)
    with own.websocket() as client:
        own.replies = [b"1"]
        say(client, ROW)
        assert hear(client)["reply"] == 1


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("frame", "conversation", "row", "problem"),
    [
        (b"garbage", None, None, "no JSON"),
        (b"[1]", None, None, "no object"),
        (b'{"conversation_id":"c1","content":"x"}', "c1", None, '"id"'),
        (b'{"id":"r1","content":"x"}', None, "r1", '"conversation_id"'),
        (b'{"watch":"c1"}', None, None, '"watch"'),
        (b'{"watch":[1]}', None, None, '"watch"'),
        (b'{"watch":[""]}', None, None, '"watch"'),
        (orjson.dumps({"watch": ["c"] * (MOST_WATCHED + 1)}), None, None, '"watch"'),
        (orjson.dumps({**ROW, "content": "x" * RULES.row_bytes}), "c1", "r1", "bytes"),
    ],
)
def test_what_is_no_well_formed_frame_is_answered_with_an_error(
    shared: FakeSite, frame: bytes, conversation: str | None, row: str | None, problem: str
) -> None:
    with shared.websocket() as client:
        client.send(frame.decode())
        told = hear(client)
        assert (told["conversation_id"], told.get("in_reply_to")) == (conversation, row)
        assert told["reply"]["code"] == "INVALID_MESSAGE"
        assert problem in told["reply"]["error"]
        in_step(client)


def test_an_id_that_is_under_way_is_refused_to_another_client(own: FakeSite) -> None:
    with own.websocket() as first, own.websocket() as second:
        say(first, ROW)
        assert own.arrived.wait(WITHIN_S)
        say(second, ROW)
        assert "under way" in hear(second)["reply"]["error"]
        own.push("c1", b"1")
        in_step(second)  # and it watches nothing by that
    assert len(own.rows) == 1


def test_rows_of_bots_and_of_other_rooms_are_never_answered(shared: FakeSite) -> None:
    with shared.websocket() as client:
        say(client, {**ROW, "is_bot": True})
        say(client, {**ROW, "room_id": "another"})
        in_step(client)


def test_a_stopping_worker_says_that_it_takes_nothing(own: FakeSite) -> None:
    own.transport.stop_intake()
    with own.websocket() as client:
        say(client, ROW)
        assert hear(client)["reply"]["code"] == "UNAVAILABLE"


# ── limits ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_frame_that_is_much_too_long_ends_the_connection(shared: FakeSite) -> None:
    with shared.websocket() as client:
        client.send("x" * (2 * RULES.row_bytes + 1))
        with pytest.raises(ConnectionClosed) as ended:
            client.recv(timeout=WITHIN_S)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1009


def test_more_clients_than_there_are_places_are_turned_away(own: FakeSite) -> None:
    clients = [own.websocket() for _ in range(MOST_CLIENTS)]
    try:
        with pytest.raises(InvalidStatus) as refused, own.websocket():
            pass
        assert refused.value.response.status_code == 503
    finally:
        for client in clients:
            client.close()


def test_a_client_that_does_not_read_is_hung_up_on_and_the_others_are_not(own: FakeSite) -> None:
    """Its connection is cut: closing it politely would wait for what it never reads."""
    body = orjson.dumps("x" * (1 << 20))
    with own.websocket() as reading, socket.create_connection(("127.0.0.1", own.port)) as deaf:
        say(reading, {"watch": ["c2"]})
        in_step(reading)
        deaf.sendall(handshake(own.port))
        assert deaf.recv(12) == b"HTTP/1.1 101"
        deaf.sendall(masked(b'{"watch":["c1"]}'))
        until(lambda: len(own.transport._watchers) == 2)
        for _ in range(UNREAD_BYTES // len(body) + 64):
            own.push("c1", body)
        until(lambda: "c1" not in own.transport._watchers)
        own.push("c2", b"2")
        assert hear(reading)["reply"] == 2


def handshake(port: int) -> bytes:
    lines = (
        "GET /router HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
    )
    return "\r\n".join((*lines, "", "")).encode()


def masked(text: bytes) -> bytes:
    """A short text frame, with a mask that changes nothing."""
    return bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text


# ── the end ─────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_owed_still_goes_out_when_the_worker_stops_and_then_it_hangs_up(own: FakeSite) -> None:
    with own.websocket() as client:
        say(client, ROW)
        assert own.arrived.wait(WITHIN_S)
        own.transport.stop_intake()
        own.transport.deliver(Outgoing(ConversationId("c1"), b"1", RowId("r1")), lambda _: None)
        own.transport.settled(RowId("r1"), False)
        own.transport.stop()
        assert (hear(client)["reply"], hear(client)) == (1, {"done": "r1"})
        with pytest.raises(ConnectionClosed) as ended:
            client.recv(timeout=WITHIN_S)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1001


def test_a_closed_inbox_ends_the_connection(own: FakeSite) -> None:
    own.closed = True
    with own.websocket() as client:
        say(client, ROW)
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=WITHIN_S)
