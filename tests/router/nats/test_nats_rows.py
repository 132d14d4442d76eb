"""Rows over a real server: each comes in, once, in order, and again after a crash if it was not settled."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import orjson
import pytest
from nats_app import App
from nats_server import NatsServer
from nats_world import Inbox, Kept, reply, settle, transport_on, until

from nanie_actors.router.edge import InboxClosed, RouterRow
from nanie_actors.router.nats.transport import NatsTransport


@contextmanager
def started(app: App, shared: NatsServer, inbox: Inbox, kept: Kept | None = None) -> Iterator[NatsTransport]:
    """A transport that has its streams and reads."""
    known = kept or Kept()
    with transport_on(shared.url, inbox, known, prefix=app.names.prefix) as transport:
        until(lambda: known.value is not None, "the first look")
        yield transport


def test_rows_of_a_conversation_come_in_order(app: App, shared: NatsServer) -> None:
    inbox = Inbox()
    with started(app, shared, inbox):
        app.say_all([("c1", str(number)) for number in range(1_000)])
        assert [inbox.next().content for _ in range(1_000)] == [str(number) for number in range(1_000)]


def test_what_was_said_before_the_worker_came_is_read(app: App, shared: NatsServer) -> None:
    kept = Kept()
    with started(app, shared, Inbox(), kept):
        pass
    app.say("c1", "while it was away")
    inbox = Inbox()
    with started(app, shared, inbox, kept):
        assert inbox.next().content == "while it was away"


def test_the_very_first_start_leaves_history_alone(app: App, shared: NatsServer) -> None:
    """Streams may be older than the worker's state: what is in them was meant for somebody else."""
    with started(app, shared, Inbox()):
        app.say("c1", "old")
    inbox, kept = Inbox(), Kept()
    with transport_on(shared.url, inbox, kept, prefix=app.names.prefix, first_look_back_s=0):
        until(lambda: kept.value is not None)
        app.say("c1", "new")
        assert inbox.next().content == "new"
    again = Inbox()
    with started(app, shared, again):
        assert [again.next().content for _ in range(2)] == ["old", "new"]


def test_what_was_not_settled_comes_again_and_in_order(app: App, shared: NatsServer) -> None:
    kept, first = Kept(), Inbox()
    with started(app, shared, first, kept) as transport:
        for number in range(6):
            app.say("c1", str(number))
        rows = [first.next() for _ in range(6)]
        for done in (0, 1, 4):
            transport.settled(rows[done].row_id, keep=False)
        until(lambda: kept.value is not None and kept.value["after"] == 2)
    second = Inbox()
    with started(app, shared, second, kept):
        assert [second.next() for _ in range(4)] == rows[2:]


def test_all_settled_nothing_comes_again(app: App, shared: NatsServer) -> None:
    kept, first, second = Kept(), Inbox(), Inbox()
    with started(app, shared, first, kept) as transport:
        for _ in range(3):
            app.say("c1", "x")
            row = first.next()
            transport.deliver(reply(row), settle(transport, row.row_id))
        until(lambda: kept.value is not None and kept.value["after"] == 3)
    with started(app, shared, second, kept):
        app.say("c1", "new")
        assert second.next().content == "new"


def test_a_row_published_again_under_way_comes_in_once_and_holds_the_cursor(
    app: App, shared: NatsServer
) -> None:
    kept, inbox = Kept(), Inbox()
    with started(app, shared, inbox, kept) as transport:
        for _ in range(2):
            app.say("c1", "x", row="r1")
        app.say("c1", "y", row="r2")
        rows = [inbox.next() for _ in range(2)]
        assert [row.row_id for row in rows] == ["c1/r1", "c1/r2"]
        transport.settled(rows[1].row_id, keep=True)
        assert kept.value is not None
        assert kept.value["after"] == 0
        transport.settled(rows[0].row_id, keep=True)
        until(lambda: kept.value is not None and kept.value["after"] == 3)


def test_another_conversations_id_is_another_row(app: App, shared: NatsServer) -> None:
    inbox = Inbox()
    with started(app, shared, inbox) as transport:
        app.say("c1", "x", row="1")
        app.say("c2", "y", row="1")
        one, other = inbox.next(), inbox.next()
        for row in (one, other):
            transport.deliver(reply(row, {"to": row.conversation}), settle(transport, row.row_id))
        until(lambda: app.replies("c2") != [])
    assert (app.replies("c1"), app.replies("c2")) == ([{"to": "c1"}], [{"to": "c2"}])


def test_a_malformed_row_is_answered_and_passed(app: App, shared: NatsServer) -> None:
    kept, inbox = Kept(), Inbox()
    with started(app, shared, inbox, kept):
        app.publish(app.names.subject("rows", "c1"), b"no json")
        app.say("c1", "x" * 20_000, row="long")
        app.publish(app.names.subject("rows", "c1"), b'{"id":"1","conversation_id":"c2","content":"x"}')
        until(lambda: len(app.answers("c1")) == 3, "the answers")
        until(lambda: kept.value is not None and kept.value["after"] == 3, "the cursor")
    told = app.answers("c1")
    assert [one["reply"]["code"] for one in told] == ["INVALID_MESSAGE"] * 3
    assert [one.get("in_reply_to") for one in told] == [None, "long", "1"]
    assert (app.answers("c2"), inbox.rows.qsize()) == ([], 0)


def test_our_own_messages_and_bots_are_passed(app: App, shared: NatsServer) -> None:
    kept, inbox = Kept(), Inbox()
    with started(app, shared, inbox, kept):
        app.say("c1", "x", is_bot=True)
        app.say("c1", "x", sender_id="nanie-agent")
        until(lambda: kept.value is not None and kept.value["after"] == 2)
        assert inbox.rows.empty()


def test_while_the_inbox_is_full_no_more_than_a_page_is_taken(app: App, shared: NatsServer) -> None:
    """Law 7: what nobody takes waits in the stream, not in memory; and a stop need not wait for it."""
    inbox, gate, stopped = Inbox(), Event(), Event()

    def put(row: RouterRow) -> None:
        inbox.rows.put(row)
        gate.wait()
        if stopped.is_set():
            raise InboxClosed

    inbox.put = put
    kept = Kept()
    with started(app, shared, inbox, kept) as transport:
        app.say_all([(f"c{number}", "x") for number in range(2_000)])
        inbox.next()
        assert transport._cursor.after is not None
        assert transport._cursor.after.sequence <= 512
        transport.stop_intake()
        stopped.set()
        gate.set()
    assert kept.value is not None
    assert kept.value["after"] == 0


def test_a_stream_that_is_made_anew_is_read_from_its_beginning(
    app: App, shared: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Its numbers are smaller than those that were passed: a cursor of numbers alone would wait for ever."""
    kept, inbox = Kept(), Inbox()
    with started(app, shared, inbox, kept) as transport:
        for _ in range(5):
            app.say("c1", "x")
            transport.settled(inbox.next().row_id, keep=True)
        until(lambda: kept.value is not None and kept.value["after"] == 5)
        app.do(app.client.jetstream().delete_stream(app.names.rows))
        until(lambda: "reading the rows" in transport.status.facts() or app.has_streams(), "the loss")
    with started(app, shared, inbox, kept):
        until(app.has_streams)
        app.say("c1", "new")
        assert inbox.next().content == "new"
    assert "another one" in caplog.text


@pytest.mark.parametrize("at", [1, 3])
def test_an_older_copy_that_is_put_back_is_read_from_its_newer_rows_on(
    app: App, shared: NatsServer, at: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    kept, inbox = Kept(), Inbox()
    with started(app, shared, inbox, kept) as transport:
        app.say("c1", "x")
        row = inbox.next()
        transport.settled(row.row_id, keep=True)
        until(lambda: kept.value is not None and kept.value["after"] == 1)
    assert kept.value is not None
    # As if more had been read than the stream has: that is how a copy from before looks.
    kept.value = dict(kept.value) | {"after": 1 + at}
    again = Inbox()
    with started(app, shared, again, kept):
        app.say("c1", "after it was put back")
        contents = [again.next().content]
        if contents == ["x"]:  # within the overlap of the clocks
            contents.append(again.next().content)
    assert contents[-1] == "after it was put back"
    assert orjson.loads(orjson.dumps(kept.value))["after"] <= 2
    assert "restored copy" in caplog.text
