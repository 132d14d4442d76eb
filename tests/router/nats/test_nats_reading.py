"""A message as a row: who speaks for a conversation speaks for no other, whatever the message says."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import RouterRow
from nanie_actors.router.envelope import Ignored, RowRules
from nanie_actors.router.nats.cursor import Place
from nanie_actors.router.nats.feed import Message
from nanie_actors.router.nats.names import Names, token_of
from nanie_actors.router.nats.rows import Accepted, Rejected, read_row, scoped, unscoped

NAMES = Names("nanie")
RULES = RowRules(agent_id="nanie-agent", room_id="", row_bytes=10_000)
LONG = "x" * 300


def read(body: object, conversation: str = "c1", **headers: str) -> Accepted | Rejected | Ignored:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    message = Message(Place(7, 9), NAMES.subject("rows", token_of(conversation)), raw, named)
    return read_row(message, names=NAMES, transport="nats", rules=RULES)


def accepted(body: object, conversation: str = "c1", **headers: str) -> Accepted:
    found = read(body, conversation, **headers)
    assert isinstance(found, Accepted)
    return found


def rejected(body: object, conversation: str = "c1", **headers: str) -> Rejected:
    found = read(body, conversation, **headers)
    assert isinstance(found, Rejected)
    return found


def test_a_rows_id_counts_in_its_conversation_only() -> None:
    row = {"id": "1", "conversation_id": "c1", "content": "hello", "sender_id": "anna"}
    assert accepted(row).row == RouterRow(RowId("c1/1"), ConversationId("c1"), "hello", "nats", "anna")
    assert accepted(row | {"conversation_id": "c2"}, "c2").row.row_id == "c2/1"


@given(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1), st.text(min_size=1))
def test_no_two_conversations_share_an_id(one: str, row: str, other: str, another: str) -> None:
    same = scoped(token_of(one), row) == scoped(token_of(other), another)
    assert same == ((one, row) == (other, another))
    assert unscoped(token_of(one), scoped(token_of(one), row)) == row


def test_the_header_knows_the_id_and_the_subject_the_conversation() -> None:
    row = accepted({"content": {"action": "LIST_GROUPS"}}, "a.b", Nats_Msg_Id="r1").row
    assert (row.row_id, row.conversation) == ("a%2Eb/r1", "a.b")
    assert orjson.loads(row.content) == {"action": "LIST_GROUPS"}


def test_the_body_goes_before_the_header() -> None:
    row = {"id": "body", "conversation_id": "c1", "content": "x"}
    assert accepted(row, Nats_Msg_Id="header").row.row_id == "c1/body"


def test_a_long_id_is_known_by_the_body_alone() -> None:
    """Its token is a hash, which tells nobody the id."""
    assert accepted({"id": "1", "conversation_id": LONG, "content": "x"}, LONG).row.conversation == LONG
    assert rejected({"id": "1", "content": "x"}, LONG).conversation is None


@pytest.mark.parametrize("other", ["c2", "C1", "c1 ", LONG])
def test_a_message_that_names_another_conversation_is_refused_where_its_subject_says(other: str) -> None:
    found = rejected({"id": "1", "conversation_id": other, "content": "x"})
    assert (found.token, found.conversation, found.row_id) == ("c1", "c1", "1")
    assert "another conversation" in str(found.error)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"",
        b"[1]",
        b"null",
        b'"text"',
        b"{}",
        b'{"id":"1","conversation_id":"c2"}',
        b'{"id":"1","conversation_id":["c2"],"content":"x"}',
        orjson.dumps({"id": "1", "conversation_id": "c2", "content": "x" * 20_000}),
        b'{"content":' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    ],
)
def test_what_is_malformed_is_answered_where_its_subject_says(body: bytes) -> None:
    found = rejected(body, Nats_Msg_Id="r1")
    assert (found.token, found.conversation) == ("c1", "c1")
    assert found.key.startswith("c1#")


@given(
    st.binary(max_size=200),
    st.dictionaries(st.sampled_from(["Nats-Msg-Id", "Reply-To"]), st.text(max_size=20)),
)
def test_no_bytes_make_it_raise(body: bytes, headers: dict[str, str]) -> None:
    message = Message(Place(1, 1), NAMES.subject("rows", "c1"), body, headers)
    read_row(message, names=NAMES, transport="nats", rules=RULES)


def test_a_subject_that_is_nobodys_is_refused() -> None:
    """`%2d` is another way to write a dash: a second subject for the same conversation."""
    message = Message(
        Place(1, 1), "nanie.rows.a%2db", b'{"id":"1","conversation_id":"a-b","content":"x"}', {}
    )
    assert isinstance(read_row(message, names=NAMES, transport="nats", rules=RULES), Rejected)


def test_bots_and_ourselves_are_ignored() -> None:
    row: dict[str, Any] = {"id": "1", "conversation_id": "c1", "content": "x"}
    assert isinstance(read(row | {"is_bot": True}), Ignored)
    assert isinstance(read(row | {"sender_id": "nanie-agent"}), Ignored)


def test_an_inbox_is_kept_if_it_may_be_answered_to() -> None:
    row = {"id": "1", "conversation_id": "c1", "content": "x"}
    assert accepted(row, Reply_To="_INBOX.abc").reply_to == "_INBOX.abc"
    assert accepted(row, Reply_To="nanie.pushes.c2").reply_to == ""
    assert rejected({}, Reply_To="_INBOX.abc").reply_to == "_INBOX.abc"
