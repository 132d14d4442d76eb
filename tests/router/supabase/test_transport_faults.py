"""The other end hangs, is away, refuses, comes back; and what all that leaves behind here: nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from queue import Queue

import pytest
from postgres import Database
from supabase_standin import Fault, Standin, standin_on
from supabase_world import (
    WITHIN_S,
    App,
    Inbox,
    push,
    reply,
    row_in,
    transport_on,
    until,
)


@pytest.fixture
def app(standin: Standin) -> App:
    return App(standin)


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """The transport's threads end with it."""
    yield
    until(lambda: not any(one.name.startswith(("supabase", "asyncio")) for one in threading.enumerate()))


# ── answers that do not come ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_poll_that_hangs_is_given_up_and_costs_no_row(app: App, when: str) -> None:
    inbox, where = Inbox(), app.conversation()
    app.standin.faults.add(Fault("nanie_inbox", times=2, how="hang", when=when))  # type: ignore[arg-type]
    with transport_on(app.standin, inbox, request_timeout_s=0.2):
        app.say(where, "here")
        assert inbox.next().content == "here"
    assert inbox.rows.empty()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_reply_whose_answer_does_not_come_is_written_once(app: App, when: str) -> None:
    where, accepted = app.conversation(), Queue[bool]()
    app.standin.faults.add(Fault("messages", times=2, how="hang", when=when))  # type: ignore[arg-type]
    with transport_on(app.standin, Inbox(), request_timeout_s=0.2) as transport:
        transport.deliver(reply(row_in(where)), accepted.put)
        assert accepted.get(timeout=WITHIN_S) is True
    assert len(app.replies(where)) == 1


def test_a_broadcast_that_hangs_is_tried_again(app: App) -> None:
    where, accepted = app.conversation(), Queue[bool]()
    app.standin.faults.add(Fault("broadcast", times=2, how="hang"))
    with transport_on(app.standin, Inbox(), request_timeout_s=0.2) as transport:
        transport.deliver(push(where, {"n": 1}), accepted.put)
        assert accepted.get(timeout=WITHIN_S) is True
    assert app.heard(where) == [{"n": 1}]


def test_one_conversations_broadcast_that_hangs_holds_no_other_up(app: App) -> None:
    where = [app.conversation() for _ in range(2)]
    told: list[Queue[bool]] = [Queue(), Queue()]
    app.standin.faults.add(Fault("broadcast", times=1, how="hang"))
    with transport_on(app.standin, Inbox(), request_timeout_s=1000.0) as transport:
        transport.deliver(push(where[0], {"n": 1}), told[0].put)
        until(lambda: "POST broadcast" in app.standin.rest.requests)
        transport.deliver(push(where[1], {"n": 2}), told[1].put)
        assert told[1].get(timeout=WITHIN_S) is True
        assert told[0].empty()
    assert app.heard(where[0]) == []


@pytest.mark.usefixtures("nothing_left")
def test_a_server_that_accepts_and_says_nothing_is_told_and_does_not_keep_the_stop(standin: Standin) -> None:
    """Half open: the connection is made by the system's kernel, and nobody is behind it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        standin.url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with transport_on(standin, Inbox(), request_timeout_s=0.2, realtime=True) as transport:
            until(lambda: transport.status.facts().get("reading the table") == "ReadTimeout")


# ── away for a while ────────────────────────────────────────────────────────────────────────────────────


def test_the_network_goes_away_and_comes_back(database: Database) -> None:
    """Rows written meanwhile come in, replies and pushes given meanwhile go out, in order and once."""
    inbox, told = Inbox(), Queue[bool]()
    with standin_on(database) as standin:
        app = App(standin)
        where = app.conversation()
        running = transport_on(standin, inbox, realtime=True)
        transport = running.__enter__()
        app.say(where, "before")
        first = inbox.next()
    app.say(where, "meanwhile")
    until(lambda: "reading the table" in transport.status.facts(), "the outage")
    for number in range(3):
        transport.deliver(reply(first, {"n": number}), told.put)
    transport.deliver(push(where, {"update": 1}), told.put)
    until(lambda: "writing replies" in transport.status.facts(), "the outage of replies")
    with standin_on(database, standin.port) as again:
        assert inbox.next().content == "meanwhile"
        assert [told.get(timeout=WITHIN_S) for _ in range(4)] == [True] * 4
        assert App(again).replies(where) == [{"n": 0}, {"n": 1}, {"n": 2}]
        assert App(again).heard(where)[-1] == {"update": 1}
        until(lambda: transport.status.facts() == {}, "everything works again")
        running.__exit__(None, None, None)
    assert inbox.rows.empty()


@pytest.mark.usefixtures("nothing_left")
def test_a_stop_during_an_outage_ends_in_time(database: Database) -> None:
    with standin_on(database) as standin:
        where = App(standin).conversation()
        running = transport_on(standin, Inbox(), realtime=True)
        transport = running.__enter__()
        until(lambda: standin.realtime.listening == 1)
    transport.deliver(push(where, {}), lambda _: None)
    running.__exit__(None, None, None)
    assert "supabase" not in {thread.name for thread in threading.enumerate()}
