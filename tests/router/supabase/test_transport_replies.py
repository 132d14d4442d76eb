"""Replies and pushes out: each reply one row, each push taken, whatever goes wrong on the way."""

from __future__ import annotations

from queue import Queue

import pytest
from supabase_standin import Fault, Standin
from supabase_world import WITHIN_S, App, Inbox, push, reply, row_in, transport_on, until

from nanie_actors.model import ConversationId
from nanie_actors.router.edge import Outgoing


@pytest.fixture
def app(standin: Standin) -> App:
    return App(standin)


def test_a_reply_is_a_row_and_a_broadcast(app: App) -> None:
    where, accepted = app.conversation(), Queue[bool]()
    with transport_on(app.standin, Inbox()) as transport:
        transport.deliver(reply(row_in(where), {"type": "STATUS", "text": "LINKED"}), accepted.put)
        assert accepted.get(timeout=WITHIN_S) is True
    assert app.replies(where) == [{"type": "STATUS", "text": "LINKED"}]
    assert app.heard(where) == [{"type": "STATUS", "text": "LINKED"}]
    (row,) = app.standin.database.rows("select * from messages")
    assert (row["is_bot"], row["sender_id"]) == (True, "nanie-agent")


def test_a_push_is_a_broadcast_alone(app: App) -> None:
    where, accepted = app.conversation(), Queue[bool]()
    with transport_on(app.standin, Inbox()) as transport:
        transport.deliver(push(where, {"type": "DATA", "update": "TIMELINE"}), accepted.put)
        assert accepted.get(timeout=WITHIN_S) is True
    assert app.replies(where) == []
    assert app.heard(where) == [{"type": "DATA", "update": "TIMELINE"}]


def test_what_goes_to_a_conversation_arrives_in_order(app: App) -> None:
    where = [app.conversation() for _ in range(4)]
    with transport_on(app.standin, Inbox()) as transport:
        app.standin.faults.add(Fault("messages", times=2, when="after", how="cut"))
        app.standin.faults.add(Fault("broadcast", times=1, how="status"))
        for number in range(40):
            conversation = where[number % 4]
            transport.deliver(reply(row_in(conversation, number), {"n": number}), lambda _: None)
        until(lambda: sum(len(app.replies(conversation)) for conversation in where) == 40, "the rows")
    for lane, conversation in enumerate(where):
        assert [told["n"] for told in app.replies(conversation)] == list(range(lane, 40, 4))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("how", ["status", "html", "cut"])
def test_a_reply_whose_answer_is_lost_is_written_once(app: App, how: str, when: str) -> None:
    where, accepted = app.conversation(), Queue[bool]()
    app.standin.faults.add(Fault("messages", times=2, how=how, when=when))  # type: ignore[arg-type]
    with transport_on(app.standin, Inbox()) as transport:
        transport.deliver(reply(row_in(where)), accepted.put)
        assert accepted.get(timeout=WITHIN_S) is True
    assert len(app.replies(where)) == 1


def test_a_row_answered_twice_with_the_same_reply_is_answered_once(app: App) -> None:
    """After a crash the core answers again: the first reply of a row is the first reply of that row."""
    where = app.conversation()
    for _ in range(2):
        accepted = Queue[bool]()
        with transport_on(app.standin, Inbox()) as transport:
            transport.deliver(reply(row_in(where), {"n": 1}), accepted.put)
            transport.deliver(reply(row_in(where), {"n": 2}), accepted.put)
            assert [accepted.get(timeout=WITHIN_S) for _ in range(2)] == [True, True]
    assert app.replies(where) == [{"n": 1}, {"n": 2}]


def test_a_reply_to_a_conversation_that_is_gone_is_given_up_and_delays_nobody(app: App) -> None:
    where, gone = app.conversation(), "00000000-0000-0000-0000-000000000000"
    told: dict[str, bool] = {}
    with transport_on(app.standin, Inbox()) as transport:
        for conversation in (gone, where, "no uuid at all"):
            transport.deliver(
                reply(row_in(conversation)),
                lambda accepted, name=conversation: told.__setitem__(name, accepted),  # type: ignore[misc]
            )
        until(lambda: len(told) == 3)
    assert told == {gone: False, where: True, "no uuid at all": False}


def test_a_stored_reply_is_not_held_back_by_broadcasts_that_fail(app: App) -> None:
    where, accepted = app.conversation(), Queue[bool]()
    app.standin.faults.add(Fault("broadcast", times=100))
    with transport_on(app.standin, Inbox()) as transport:
        transport.deliver(reply(row_in(where)), accepted.put)
        assert accepted.get(timeout=WITHIN_S) is True
    assert len(app.replies(where)) == 1


def test_a_push_is_tried_until_it_is_taken(app: App) -> None:
    where, accepted = app.conversation(), Queue[bool]()
    app.standin.faults.add(Fault("broadcast", times=4, how="cut"))
    with transport_on(app.standin, Inbox()) as transport:
        transport.deliver(push(where, {"n": 1}), accepted.put)
        assert accepted.get(timeout=WITHIN_S) is True
    assert app.heard(where) == [{"n": 1}]


def test_a_push_too_long_for_a_broadcast_becomes_a_row(app: App) -> None:
    where, accepted = app.conversation(), Queue[bool]()
    with transport_on(app.standin, Inbox(), broadcast_bytes=1024) as transport:
        transport.deliver(push(where, {"text": "x" * 2000}), accepted.put)
        assert accepted.get(timeout=WITHIN_S) is True
    assert app.replies(where) == [{"text": "x" * 2000}]
    assert app.heard(where) == []


def test_an_answered_row_is_deleted_and_one_to_be_kept_is_not(app: App) -> None:
    inbox, where = Inbox(), app.conversation()
    with transport_on(app.standin, inbox) as transport:
        gone, kept = app.say(where, "gone"), app.say(where, "kept")
        rows = {inbox.next().row_id: keep for keep in (False, True)}
        app.standin.faults.add(Fault("messages", times=1, when="after", how="cut"))
        for row_id, keep in rows.items():
            transport.settled(row_id, keep)
        until(lambda: app.standin.database.rows("select from messages where id::text = %s", gone) == [])
    left = app.standin.database.rows("select id::text from messages")
    assert [row["id"] for row in left] == [kept]


def test_old_replies_are_swept(app: App) -> None:
    where = app.conversation()
    app.standin.database.run(
        "insert into messages (conversation_id, content, sender_id, is_bot, nanie_key)"
        f" values ('{where}', '{{\"ephemeral\": true}}', 'nanie-agent', true, 'old');"
        "update messages set created_at = now() - interval '1 hour'"
    )
    with transport_on(app.standin, Inbox(), sweep_after_s=300):
        until(lambda: app.replies(where) == [], "the sweep")


def test_a_conversation_is_called_what_it_was_called_last(app: App) -> None:
    where = app.conversation("old")
    with transport_on(app.standin, Inbox()) as transport:
        app.standin.faults.add(Fault("conversations", times=1))
        for title in ("one", "two"):
            transport.rename(ConversationId(where), title)
        until(lambda: app.standin.database.rows("select title from conversations")[0]["title"] == "two")


def test_a_stop_delivers_what_is_queued(app: App) -> None:
    where = app.conversation()
    with transport_on(app.standin, Inbox()) as transport:
        for number in range(120):
            transport.deliver(reply(row_in(where, number), {"n": number}), lambda _: None)
    assert [told["n"] for told in app.replies(where)] == list(range(120))


def test_what_is_delivered_before_the_start_goes_out_after_it(app: App) -> None:
    where, accepted = app.conversation(), Queue[bool]()
    with transport_on(app.standin, Inbox()) as transport:
        transport.deliver(Outgoing(ConversationId(where), b'{"early":true}'), accepted.put)
        assert accepted.get(timeout=WITHIN_S) is True
    assert app.heard(where) == [{"early": True}]


def test_a_wrong_key_is_said_once_and_the_right_one_would_do(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    app.standin.service_key = "not a key"
    with transport_on(app.standin, Inbox()) as transport:
        until(lambda: "reading the table" in transport.status.facts())
        until(lambda: app.standin.rest.requests.count("POST /rest/v1/rpc/nanie_inbox") >= 2)
    told = [record for record in caplog.records if "reading the table" in record.message]
    assert len(told) == 1
    assert "supabase.key" in told[0].message
    assert "not a key" not in caplog.text
