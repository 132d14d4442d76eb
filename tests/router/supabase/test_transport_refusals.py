"""What the database refuses, for good or for now: it harms nothing else, and is told once."""

from __future__ import annotations

from collections import Counter

import pytest
from supabase_standin import Fault, Standin
from supabase_world import (
    REFUSE,
    App,
    Inbox,
    Kept,
    left_in,
    push,
    reply,
    row_in,
    transport_on,
    until,
)


@pytest.fixture
def app(standin: Standin) -> App:
    return App(standin)


def test_of_fifty_replies_the_one_that_is_refused_harms_no_other(app: App) -> None:
    """For a reason of the project's own: it is tried some times, alone, then given up and told once."""
    app.standin.database.run(REFUSE)
    where = [app.conversation() for _ in range(50)]
    told: list[tuple[int, bool]] = []
    with transport_on(app.standin, Inbox(), connections=1) as transport:
        for number, conversation in enumerate(where):
            body = {"poison" if number == 25 else "n": number}
            transport.deliver(
                reply(row_in(conversation, number), body),
                lambda ok, n=number: told.append((n, ok)),  # type: ignore[misc]
            )
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
        # Not at once: any older transaction of the whole server holds the horizon back.
        until(lambda: kept.value is not None and int(kept.value["since"]) > int(last), "the cursor")
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
