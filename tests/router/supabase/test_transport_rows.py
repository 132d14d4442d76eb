"""Rows in: every row once, in order, whatever goes wrong between the table and the worker."""

from __future__ import annotations

import threading
from collections import defaultdict

import pytest
from supabase_standin import Fault, Standin
from supabase_world import WITHIN_S, App, Inbox, Kept, reply, settle, transport_on, until

from nanie_actors.router.edge import InboxClosed, RouterRow


@pytest.fixture
def app(standin: Standin) -> App:
    return App(standin)


def test_a_row_comes_in_as_it_was_written(app: App) -> None:
    inbox = Inbox()
    where = app.conversation()
    with transport_on(app.standin, inbox):
        row_id = app.say(where, {"action": "LIST_GROUPS"}, sender="anna")
        row = inbox.next()
    assert (row.row_id, row.conversation, row.transport, row.sender) == (row_id, where, "supabase", "anna")
    assert row.content == '{"action":"LIST_GROUPS"}'


def test_rows_of_a_conversation_come_in_in_order(app: App) -> None:
    inbox = Inbox()
    where = [app.conversation() for _ in range(3)]
    with transport_on(app.standin, inbox):
        for number in range(60):
            app.say(where[number % 3], str(number))
        told: dict[str, list[int]] = defaultdict(list)
        for _ in range(60):
            row = inbox.next()
            told[row.conversation].append(int(row.content))
    assert [told[conversation] for conversation in where] == [list(range(n, 60, 3)) for n in range(3)]


def test_a_burst_of_thousands_is_read_page_by_page_and_each_row_once(app: App) -> None:
    inbox = Inbox()
    where = app.conversation()
    with transport_on(app.standin, inbox):
        app.standin.database.run(
            "insert into messages (conversation_id, content, sender_id)"
            f" select '{where}', n::text, 'anna' from generate_series(1, 10000) n"
        )
        seen = [int(inbox.next().content) for _ in range(10_000)]
        app.say(where, "0")
        assert inbox.next().content == "0"
    assert seen == list(range(1, 10_001))


def test_history_is_not_replayed_on_the_first_start(app: App) -> None:
    inbox = Inbox()
    where = app.conversation()
    app.say(where, "yesterday")
    app.standin.database.run("update messages set created_at = now() - interval '1 day'")
    app.say(where, "just now")
    with transport_on(app.standin, inbox):
        assert inbox.next().content == "just now"
    assert inbox.rows.empty()


def test_what_was_written_while_nobody_ran_is_read_at_the_next_start(app: App) -> None:
    inbox, kept = Inbox(), Kept()
    where = app.conversation()
    with transport_on(app.standin, inbox, kept) as transport:
        app.say(where, "first")
        row = inbox.next()
        transport.deliver(reply(row), settle(transport, row.row_id))
        until(lambda: app.replies(where) != [])
    app.say(where, "long ago")
    app.standin.database.run("update messages set created_at = now() - interval '1 day'")
    with transport_on(app.standin, inbox, kept):
        assert inbox.next().content == "long ago"
    assert inbox.rows.empty()


def test_a_row_that_was_not_settled_comes_again_after_a_restart(app: App) -> None:
    inbox, kept = Inbox(), Kept()
    where = app.conversation()
    with transport_on(app.standin, inbox, kept):
        app.say(where, "asked")
        first = inbox.next()
    with transport_on(app.standin, inbox, kept):
        assert inbox.next() == first


def test_a_late_commit_is_not_missed(app: App) -> None:
    """A row written by a transaction that began long before others, and ended after them."""
    inbox = Inbox()
    where = app.conversation()
    with transport_on(app.standin, inbox), app.standin.database.connect() as late:
        late.execute("begin")
        late.execute(
            "insert into messages (conversation_id, content, sender_id) values (%s, 'late', 'anna')", (where,)
        )
        app.say(where, "early")
        assert inbox.next().content == "early"
        late.execute("commit")
        assert inbox.next().content == "late"
    assert inbox.rows.empty()


@pytest.mark.parametrize("how", ["status", "html", "cut"])
@pytest.mark.parametrize("status", [500, 503, 429])
def test_polls_that_fail_cost_no_row(app: App, how: str, status: int) -> None:
    inbox = Inbox()
    where = app.conversation()
    app.standin.faults.add(Fault("nanie_inbox", times=2, how=how, status=status, when="after"))  # type: ignore[arg-type]
    with transport_on(app.standin, inbox):
        app.say(where, "here")
        assert inbox.next().content == "here"
    assert inbox.rows.empty()


def test_realtime_rings_so_that_a_slow_poll_is_not_waited_for(app: App) -> None:
    inbox = Inbox()
    where = app.conversation()
    with transport_on(app.standin, inbox, realtime=True, poll_interval_s=1000.0):
        until(lambda: app.standin.realtime.listening == 1, "the subscription")
        app.say(where, "now")
        assert inbox.next().content == "now"


def test_realtime_that_is_silent_or_refused_changes_nothing_but_the_speed(app: App) -> None:
    app.standin.faults.realtime_muted = True
    inbox = Inbox()
    where = app.conversation()
    with transport_on(app.standin, inbox, realtime=True):
        app.say(where, "muted")
        assert inbox.next().content == "muted"
        app.standin.faults.realtime_refused = True
        app.standin.run(app.standin.realtime.drop(1012))
        app.say(where, "refused")
        assert inbox.next().content == "refused"


@pytest.mark.parametrize("trouble", ["drop", "kick"])
def test_a_subscription_that_dies_is_built_anew(app: App, trouble: str) -> None:
    inbox = Inbox()
    where = app.conversation()
    realtime = app.standin.realtime
    with transport_on(app.standin, inbox, realtime=True, poll_interval_s=1000.0):
        until(lambda: realtime.listening == 1, "the subscription")
        joins = realtime.joins
        app.standin.run(realtime.drop(1011) if trouble == "drop" else realtime.kick())
        until(lambda: realtime.joins > joins and realtime.listening == 1, "the new subscription")
        app.say(where, "again")
        assert inbox.next().content == "again"


def test_a_row_written_while_the_subscription_gets_ready_is_read_when_it_is(app: App) -> None:
    app.standin.faults.ready_after_s = 0.5
    inbox = Inbox()
    where = app.conversation()
    with transport_on(app.standin, inbox, realtime=True, poll_interval_s=1000.0):
        until(lambda: app.standin.realtime.joins == 1, "the join")
        app.say(where, "in between")
        assert inbox.next().content == "in between"


def test_changes_told_many_times_bring_a_row_once(app: App) -> None:
    app.standin.faults.duplicates = 4
    inbox = Inbox()
    where = app.conversation()
    with transport_on(app.standin, inbox, realtime=True):
        until(lambda: app.standin.realtime.listening == 1, "the subscription")
        for number in range(5):
            app.say(where, str(number))
        assert [inbox.next().content for _ in range(5)] == [str(number) for number in range(5)]
    assert inbox.rows.empty()


def test_a_malformed_row_is_answered_and_removed_and_holds_nothing_up(app: App) -> None:
    inbox = Inbox()
    where = app.conversation()
    with transport_on(app.standin, inbox):
        bad = app.say(where, "x" * 20_000)
        app.say(where, "good")
        assert inbox.next().content == "good"
        until(lambda: app.replies(where) != [], "the answer")
        until(lambda: app.standin.database.rows("select from messages where id::text = %s", bad) == [])
    assert app.replies(where)[0]["code"] == "INVALID_MESSAGE"


def test_a_full_inbox_is_waited_for_while_replies_go_on(app: App) -> None:
    inbox = Inbox()
    place = threading.Semaphore(1)

    def put(row: RouterRow) -> None:
        place.acquire()
        inbox.rows.put(row)

    inbox.put = put
    where = app.conversation()
    with transport_on(app.standin, inbox) as transport:
        for number in range(3):
            app.say(where, str(number))
        for number in range(3):
            row = inbox.next()
            assert row.content == str(number)
            transport.deliver(reply(row), lambda _: place.release())
        until(lambda: len(app.replies(where)) == 3, "the replies")


def test_a_worker_that_takes_no_more_rows_ends_the_reading(app: App) -> None:
    inbox = Inbox()
    asked = threading.Event()

    def closed(_: RouterRow) -> None:
        asked.set()
        raise InboxClosed

    inbox.put = closed
    with transport_on(app.standin, inbox):
        app.say(app.conversation(), "x")
        assert asked.wait(WITHIN_S)
