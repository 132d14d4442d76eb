"""The frames of the router's websocket, whatever a client sends."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st
from making import json_values

from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import RouterRow
from nanie_actors.router.envelope import Ignored, Refused, RowRules
from nanie_actors.router.websocket.frames import MOST_WATCHED, Watch, read_frame, refused

RULES = RowRules(agent_id="agent", room_id="room", row_bytes=10_000)
ROW: dict[str, Any] = {"id": "r1", "conversation_id": "c1", "content": "x"}


def read(said: object) -> object:
    frame = said if isinstance(said, bytes) else orjson.dumps(said)
    return read_frame(frame, transport="websocket", rules=RULES)


@given(st.one_of(st.binary(max_size=200), json_values.map(orjson.dumps)))
def test_whatever_is_sent_is_understood_or_refused_and_the_refusal_can_be_told(frame: bytes) -> None:
    understood = read(frame)
    assert isinstance(understood, (Watch, RouterRow, Ignored, Refused))
    if isinstance(understood, Refused):
        told = orjson.loads(refused(understood.conversation, understood.row_id, understood.error))
        assert told["reply"]["code"] == "INVALID_MESSAGE"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40), max_size=20))
def test_a_watch_is_a_set(conversations: list[str]) -> None:
    assert read({"watch": conversations}) == Watch(frozenset(map(ConversationId, conversations)))


def test_a_row_is_in_the_workers_room_unless_it_names_another() -> None:
    understood = RouterRow(RowId("r1"), ConversationId("c1"), "x", "websocket")
    assert read(ROW) == understood
    assert read({**ROW, "room_id": "room"}) == understood
    assert isinstance(read({**ROW, "room_id": "another"}), Ignored)


def test_a_row_that_also_has_a_watch_is_a_row() -> None:
    assert isinstance(read({**ROW, "watch": ["c2"]}), RouterRow)


def test_more_conversations_than_may_be_watched_are_refused() -> None:
    names = [f"c{number}" for number in range(MOST_WATCHED + 1)]
    assert isinstance(read({"watch": names[1:]}), Watch)
    assert isinstance(read({"watch": names}), Refused)


def test_a_row_that_is_nested_too_deeply_is_refused() -> None:
    deep = b'{"id":"r1","conversation_id":"c1","content":' + b'{"a":' * 500 + b"1" + b"}" * 501
    understood = read(deep)
    assert isinstance(understood, Refused)
    assert understood.conversation == "c1"
