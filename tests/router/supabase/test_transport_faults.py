"""The other end hangs, is away, refuses, comes back; and what all that leaves behind here: nothing."""

from __future__ import annotations

import logging
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from queue import Queue

import psutil
import pytest
from postgres import Database
from supabase_standin import Fault, Standin, standin_on
from supabase_world import WITHIN_S, App, Inbox, Kept, push, reply, settle, transport_on, until

from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import RouterRow


@pytest.fixture
def app(standin: Standin) -> App:
    return App(standin)


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """The transport's threads and sockets end with it."""
    before = set(threading.enumerate())
    yield
    until(lambda: set(threading.enumerate()) <= before, "the end of every thread")


def row_in(conversation: str, number: int = 1) -> RouterRow:
    return RouterRow(RowId(f"row-{number}"), ConversationId(conversation), "", "supabase")


def left_in(database: Database) -> list[str]:
    return [row["id"] for row in database.rows("select id::text from messages where not is_bot")]


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


def test_a_server_that_accepts_and_says_nothing_is_told_and_does_not_keep_the_stop(
    standin: Standin, nothing_left: None
) -> None:
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


def test_a_stop_during_an_outage_ends_in_time(database: Database, nothing_left: None) -> None:
    with standin_on(database) as standin:
        where = App(standin).conversation()
        running = transport_on(standin, Inbox(), realtime=True)
        transport = running.__enter__()
        until(lambda: standin.realtime.listening == 1)
    transport.deliver(push(where, {}), lambda _: None)
    running.__exit__(None, None, None)
    assert transport._thread is not None
    assert not transport._thread.is_alive()


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────────

REFUSE = """
create function refuse() returns trigger language plpgsql as $$
begin
    if new.content like '%poison%' then raise exception 'not this one'; end if;
    return new;
end $$;
create trigger refuse before insert on messages for each row execute function refuse();
"""


def test_of_fifty_replies_the_one_that_is_refused_harms_no_other(app: App) -> None:
    """For a reason of the project's own: it is tried some times, alone, then given up and told once."""
    app.standin.database.run(REFUSE)
    where = [app.conversation() for _ in range(50)]
    told: list[tuple[int, bool]] = []
    with transport_on(app.standin, Inbox(), connections=1) as transport:
        for number, conversation in enumerate(where):
            body = {"poison" if number == 25 else "n": number}
            transport.deliver(
                reply(row_in(conversation, number), body), lambda ok, n=number: told.append((n, ok))
            )  # type: ignore[misc]
        transport.deliver(push(where[25], {"after": 1}), lambda ok: told.append((50, ok)))
        until(lambda: len(told) == 51)
    assert dict(told) == {number: number != 25 for number in range(51)}
    assert len(told) == 51, "everybody is told once"
    assert sum(len(app.replies(conversation)) for conversation in where) == 49
    assert app.heard(where[25]) == [{"after": 1}]


def test_a_gone_conversation_among_failing_ones_is_told_once(app: App) -> None:
    """The others fail for now, in the very request that finds out which of them is gone."""
    gone, where = "00000000-0000-0000-0000-000000000000", app.conversation()
    told = Counter[tuple[str, bool]]()
    with transport_on(app.standin, Inbox(), connections=1) as transport:
        app.standin.faults.add(Fault("messages", times=1, status=400, code="22P02"))
        for number, conversation in enumerate((gone, where)):
            transport.deliver(
                reply(row_in(conversation, number)),
                lambda ok, name=conversation: told.update([(name, ok)]),  # type: ignore[misc]
            )
        until(lambda: told.total() == 2)
    assert told == {(gone, False): 1, (where, True): 1}


def test_updates_keep_their_order_when_one_is_too_long_or_refused(app: App) -> None:
    """A long one becomes a row: what comes after it does not overtake it."""
    where = app.conversation()
    order: list[str] = []
    app.standin.faults.add(Fault("broadcast", times=1, status=503))
    app.standin.faults.add(Fault("messages", times=1, status=503))
    with transport_on(app.standin, Inbox(), broadcast_bytes=1024, connections=1) as transport:
        transport.deliver(push(where, {"long": "x" * 2000}), lambda _: order.append("long"))
        transport.deliver(push(where, {"short": 1}), lambda _: order.append("short"))
        until(lambda: len(order) == 2)
    assert order == ["long", "short"]
    assert (len(app.replies(where)), app.heard(where)) == (1, [{"short": 1}])


def test_an_answered_row_that_may_not_be_deleted_keeps_no_other(app: App) -> None:
    app.standin.database.run(
        "create function keep() returns trigger language plpgsql as $$"
        " begin if old.content = 'kept' then raise exception 'never'; end if; return old; end $$;"
        "create trigger keep before delete on messages for each row execute function keep();"
    )
    inbox, where = Inbox(), app.conversation()
    with transport_on(app.standin, inbox) as transport:
        kept = app.say(where, "kept")
        for number in range(4):
            app.say(where, str(number))
        for _ in range(5):
            transport.settled(inbox.next().row_id, keep=False)
        until(lambda: left_in(app.standin.database) == [kept])


def test_a_malformed_row_that_cannot_be_answered_holds_the_cursor_not_back(app: App) -> None:
    inbox, kept = Inbox(), Kept()
    app.standin.database.run(
        "alter table messages alter column conversation_id drop not null;"
        "insert into messages (content, sender_id) values ('to nobody', 'anna')"
    )
    with transport_on(app.standin, inbox, kept) as transport:
        app.say(app.conversation(), "good")
        transport.settled(inbox.next().row_id, keep=True)
    last = app.standin.database.rows("select max(nanie_xid)::text as xid from messages")[0]["xid"]
    assert kept.value is not None
    assert int(kept.value["since"]) > int(last)
    assert len(left_in(app.standin.database)) == 2


def test_an_answered_row_whose_deletion_did_not_come_through_comes_again_and_goes_then(app: App) -> None:
    """A worker that is killed between the answer and the deletion leaves no row behind for ever."""
    inbox, kept, where = Inbox(), Kept(), app.conversation()
    app.say(where, "asked")
    with transport_on(app.standin, inbox, kept) as transport:
        first = inbox.next()
        app.standin.faults.add(Fault("messages", times=10_000))
        transport.settled(first.row_id, keep=False)
        until(lambda: "deleting answered rows" in transport.status.facts())
    app.standin.faults.clear()
    with transport_on(app.standin, inbox, kept) as transport:
        assert inbox.next() == first
        transport.settled(first.row_id, keep=False)
        until(lambda: left_in(app.standin.database) == [])


# ── restarts and crowds ─────────────────────────────────────────────────────────────────────────────────


def test_restarted_in_the_middle_of_a_burst_every_row_comes_and_has_one_effect(app: App) -> None:
    kept, where = Kept(), app.conversation()
    app.standin.database.run(
        "insert into messages (conversation_id, content, sender_id)"
        f" select '{where}', n::text, 'anna' from generate_series(1, 1000) n"
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
    with transport_on(app.standin, Inbox(), kept) as transport:
        until(lambda: transport._loop is not None)
    assert kept.value is not None


def test_a_thousand_conversations_at_once(app: App, nothing_left: None) -> None:
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


@pytest.mark.parametrize("realtime", [True, False])
def test_a_stop_leaves_no_thread_and_no_connection(app: App, nothing_left: None, realtime: bool) -> None:
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
