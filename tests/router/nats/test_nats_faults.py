"""What fails between worker and server: nothing is lost, everything works again by itself, and is told."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Iterator
from queue import Queue
from threading import Event

import pytest
from nats.aio.msg import Msg
from nats.js.api import RetentionPolicy
from nats_app import App, app_on
from nats_server import NatsServer, nats_server
from nats_world import WITHIN_S, Inbox, Kept, push, reply, settle, transport_on, until

from nanie_actors.control import troubles_of
from nanie_actors.model import RowId
from nanie_actors.router.edge import RouterRow
from nanie_actors.router.memory import MemoryTransport
from nanie_actors.router.nats.connection import Link
from nanie_actors.router.nats.courier import PUBLISHING
from nanie_actors.router.nats.feed import PAGE, Feed
from nanie_actors.router.nats.inbox import READING
from nanie_actors.router.nats.transport import CONNECTION
from nanie_actors.value import with_changes


@pytest.fixture
def server() -> Iterator[NatsServer]:
    """A server that may be killed."""
    with nats_server() as alone:
        yield alone


def test_the_server_is_killed_again_and_again_and_nothing_is_lost_or_doubled(server: NatsServer) -> None:
    kept, inbox = Kept(), Inbox()
    with app_on(server.url) as app, transport_on(server.url, inbox, kept) as transport:
        until(app.has_streams)
        expected: list[str] = []
        for generation in range(3):
            for number in range(40):
                expected.append(f"{generation}-{number}")
                app.say("c1", expected[-1])
                if number == 20:
                    server.kill()
                    server.start()
                    # What the killed server did not take is the app's to send again: nobody told it "stored".
                    until(lambda: app.client.is_connected)
        found = [inbox.next() for _ in expected]
        assert [row.content for row in found] == expected
        for row in found:
            transport.deliver(reply(row, {"to": row.content}), settle(transport, row.row_id))
            transport.deliver(push("c1", {"u": row.content}), lambda _: None)
        server.kill()
        server.start()
        until(lambda: kept.value is not None and kept.value["after"] == len(expected), "every answer")
        until(lambda: app.client.is_connected)
        assert app.replies("c1") == [{"to": text} for text in expected]
        until(lambda: app.newest("c1") == {"conversation_id": "c1", "reply": {"u": expected[-1]}})
        assert inbox.rows.empty()


def test_a_server_that_comes_later_is_found(server: NatsServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    server.kill()
    told, inbox, kept = Queue[bool](), Inbox(), Kept()
    with transport_on(server.url, inbox, kept) as transport:
        transport.deliver(push("c1", {"u": 1}), told.put)
        until(lambda: CONNECTION in transport.status.facts())
        assert list(troubles_of([MemoryTransport(), transport])) == ["nats"]
        server.start()
        assert told.get(timeout=WITHIN_S)
        with app_on(server.url) as app:
            app.say("c1", "x")
            assert inbox.next().content == "x"
        until(lambda: transport.status.facts() == {})
        assert troubles_of([transport]) == {}
    assert "the connection works again" in caplog.text


def test_a_server_that_hangs_delays_and_loses_nothing(server: NatsServer) -> None:
    """Publishes have a time-out; what it hides is sent again, and stored once."""
    told, inbox, kept = Queue[bool](), Inbox(), Kept()
    with app_on(server.url) as app, transport_on(server.url, inbox, kept, request_timeout_s=0.2) as transport:
        until(lambda: kept.value is not None)
        app.say("c1", "x", row="r1")
        row = inbox.next()
        with server.hanging():
            transport.deliver(reply(row, {"n": 1}), told.put)
            until(lambda: PUBLISHING in transport.status.facts(), "the time-out")
            assert told.empty()
        assert told.get(timeout=WITHIN_S)
        assert app.replies("c1") == [{"n": 1}]


def test_a_stop_while_the_server_is_away_ends(server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nanie_actors.router.nats.transport.FLUSH_S", 0.05)
    told, kept = Queue[bool](), Kept()
    with transport_on(server.url, Inbox(), kept) as transport:
        until(lambda: kept.value is not None)
        server.kill()
        until(lambda: CONNECTION in transport.status.facts())
        transport.deliver(push("c1", {"u": 1}), told.put)
    assert told.empty()  # it is still owed
    assert "nats" not in {thread.name for thread in threading.enumerate()}


def test_without_jetstream_it_says_so() -> None:
    with nats_server(jetstream=False) as server, transport_on(server.url, Inbox()) as transport:
        until(lambda: CONNECTION in transport.status.facts())
        assert "JetStream" in transport.status.facts()[CONNECTION]


def test_a_stream_that_was_made_otherwise_is_not_used(app: App, shared: NatsServer) -> None:
    """A work queue would forget a row that another one reads; nobody but its owner may delete it."""
    making = app.client.jetstream().add_stream(
        name=app.names.rows, subjects=[app.names.subject("rows")], retention=RetentionPolicy.WORK_QUEUE
    )
    app.do(making)
    with transport_on(shared.url, Inbox(), prefix=app.names.prefix) as transport:
        until(lambda: "nats stream add" in transport.status.facts().get(CONNECTION, ""))
        app.do(app.client.jetstream().delete_stream(app.names.rows))
        until(lambda: app.has_streams() and transport.status.facts() == {}, "the repair")


@pytest.mark.parametrize("kind", ["replies", "pushes"])
def test_a_stream_that_is_deleted_under_way_is_made_anew(app: App, shared: NatsServer, kind: str) -> None:
    told, kept = Queue[bool](), Kept()
    with transport_on(shared.url, Inbox(), kept, prefix=app.names.prefix) as transport:
        until(lambda: kept.value is not None)
        name = app.names.replies if kind == "replies" else app.names.pushes
        app.do(app.client.jetstream().delete_stream(name))
        asked = RowId("c1/r1") if kind == "replies" else None
        transport.deliver(with_changes(push("c1", {"n": 1}), in_reply_to=asked), told.put)
        assert told.get(timeout=WITHIN_S)
        assert [one.body["reply"] for one in app.stored(name)] == [{"n": 1}]
        until(lambda: transport.status.facts() == {})


def test_rows_are_read_again_when_their_stream_comes_back(app: App, shared: NatsServer) -> None:
    inbox, kept = Inbox(), Kept()
    with transport_on(shared.url, inbox, kept, prefix=app.names.prefix) as transport:
        until(lambda: kept.value is not None)
        app.do(app.client.jetstream().delete_stream(app.names.rows))
        until(lambda: READING in transport.status.facts(), "the loss")
        making = app.client.jetstream().add_stream(name=app.names.rows, subjects=[app.names.subject("rows")])
        app.do(making)
        app.say("c1", "x")
        assert inbox.next().content == "x"


@pytest.mark.parametrize("lost", [{1}, {7}, {3, 4, 9}])
def test_a_message_that_is_lost_on_the_way_is_read_again_in_its_place(
    app: App, shared: NatsServer, lost: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, kept, heard = Inbox(), Kept(), itertools.count(1)
    hear = Feed._hear

    async def hear_most(feed: Feed, message: Msg) -> None:
        if not message.reply or next(heard) not in lost:
            await hear(feed, message)

    monkeypatch.setattr(Feed, "_hear", hear_most)
    with transport_on(shared.url, inbox, kept, prefix=app.names.prefix):
        until(lambda: kept.value is not None)
        app.say_all([("c1", str(number)) for number in range(20)])
        assert [inbox.next().content for _ in range(20)] == [str(number) for number in range(20)]
        assert inbox.rows.empty()


def test_a_server_that_falls_silent_is_asked_anew(
    app: App, shared: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked for may get lost as well; without heartbeats nobody would know."""
    inbox, kept = Inbox(), Kept()
    monkeypatch.setattr("nanie_actors.router.nats.feed.SILENCE_S", 0.2)
    tell, asked = Link.tell, itertools.count(1)

    async def tell_mostly(link: Link, subject: str, body: bytes, reply: str = "") -> None:
        if "MSG.NEXT" not in subject or next(asked) > 2:
            await tell(link, subject, body, reply)

    monkeypatch.setattr(Link, "tell", tell_mostly)
    with transport_on(shared.url, inbox, kept, prefix=app.names.prefix):
        until(lambda: kept.value is not None)
        app.say("c1", "x")
        assert inbox.next().content == "x"


def test_what_was_taken_goes_in_though_connections_break_meanwhile(server: NatsServer) -> None:
    """Rows that wait for a place are not lost, not overtaken by a new connection's, and do not pile up."""
    inbox, kept, gate = Inbox(), Kept(), Event()

    def put(row: RouterRow) -> None:
        inbox.rows.put(row)
        gate.wait()

    inbox.put = put
    with app_on(server.url) as app, transport_on(server.url, inbox, kept) as transport:
        until(lambda: kept.value is not None)
        app.say_all([("c1", str(number)) for number in range(600)])
        first = inbox.next()
        for _ in range(2):
            link = transport._reading
            server.kill()
            server.start()
            until(lambda: transport._reading is not link and transport.status.facts() == {})  # noqa: B023
        assert transport._cursor.after is not None
        assert transport._cursor.after.sequence <= PAGE
        gate.set()
        rest = [inbox.next() for _ in range(599)]
        assert [row.content for row in (first, *rest)] == [str(number) for number in range(600)]
        assert inbox.rows.empty()


def test_a_reader_that_was_removed_reads_on(app: App, shared: NatsServer) -> None:
    """The server forgets readers: of one who was away too long, or in a restart."""
    inbox, kept = Inbox(), Kept()
    with transport_on(shared.url, inbox, kept, prefix=app.names.prefix):
        until(lambda: kept.value is not None)
        for number in range(3):
            known = app.client.jetstream()
            until(lambda: bool(app.do(known.consumers_info(app.names.rows))))  # noqa: B023
            for consumer in app.do(known.consumers_info(app.names.rows)):
                app.do(known.delete_consumer(app.names.rows, consumer.name))
            app.say("c1", str(number))
            assert inbox.next().content == str(number)
