"""One agent-router row as it comes in."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import json_values

from nanie_actors.router.edge import RouterRow
from nanie_actors.router.envelope import Ignored, Refused, RowRules, parse_row
from nanie_actors.router.line_reader import LineReader, TooLong

RULES = RowRules(agent_id="agent", room_id="room", row_bytes=10_000)
GOOD = {
    "id": "r",
    "conversation_id": "c",
    "content": "x",
    "room_id": "room",
    "sender_id": "u",
    "is_bot": False,
}


def parse(**changes: object) -> RouterRow | Ignored | Refused:
    return parse_row(orjson.dumps({**GOOD, **changes}), transport="t", rules=RULES)


def test_a_good_row_is_understood() -> None:
    row = parse()
    assert isinstance(row, RouterRow)
    assert (row.row_id, row.conversation, row.content, row.transport) == ("r", "c", "x", "t")


def test_ids_of_a_bigint_column_are_texts_to_us() -> None:
    row = parse(id=12, conversation_id=34)
    assert isinstance(row, RouterRow)
    assert (row.row_id, row.conversation) == ("12", "34")


@pytest.mark.parametrize(
    "change", [{"is_bot": True}, {"sender_id": "agent"}, {"room_id": "other"}, {"room_id": None}]
)
def test_rows_that_are_not_for_us_are_ignored(change: dict[str, object]) -> None:
    assert isinstance(parse(**change), Ignored)


@pytest.mark.parametrize(
    "change",
    [
        {"content": 5},
        {"content": None},
        {"content": [1]},
        {"id": None},
        {"id": True},
        {"id": ""},
        {"id": "x" * 600},
    ],
)
def test_a_wrong_row_is_refused_in_its_conversation(change: dict[str, object]) -> None:
    refused = parse(**change)
    assert isinstance(refused, Refused)
    assert refused.conversation == "c"


@pytest.mark.parametrize("conversation", [None, "", 1.5, "x" * 600, {}, []])
def test_a_row_without_a_usable_conversation_has_nobody_to_answer(conversation: object) -> None:
    refused = parse(conversation_id=conversation)
    assert isinstance(refused, Refused)
    assert refused.conversation is None


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_understood(line: bytes) -> None:
    assert isinstance(parse_row(line, transport="t", rules=RULES), RouterRow | Ignored | Refused)


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), json_values))
def test_any_object_is_refused_ignored_or_understood(change: dict[str, object]) -> None:
    assert isinstance(parse(**change), RouterRow | Ignored | Refused)


@pytest.mark.parametrize("levels", [200, 300, 1_000, 5_000])
@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_no_way_in(levels: int, brackets: tuple[bytes, bytes]) -> None:
    """More can be read than can be written again: both limits have to be met."""
    opening, closing = brackets
    nested = opening * levels + b"1" + closing * levels
    line = b'{"id":"r","room_id":"room","conversation_id":"c","content":{"x":' + nested + b"}}"
    understood = parse_row(line, transport="t", rules=RULES)
    assert isinstance(understood, RouterRow if levels == 200 else Refused)


@pytest.mark.parametrize(
    "line",
    [
        b'{"id":1e400}',
        b'{"id":"\\ud800"}',
        b'{"id":NaN}',
        b'\xef\xbb\xbf{"id":"r"}',
        b'{"id":"\xff"}',
        b"\x00",
        b"",
    ],
)
def test_what_is_no_json_has_nobody_to_answer(line: bytes) -> None:
    refused = parse_row(line, transport="t", rules=RULES)
    assert isinstance(refused, Refused)
    assert refused.conversation is None


def test_of_two_equal_keys_the_last_counts() -> None:
    line = b'{"id":"a","id":"r","conversation_id":"c","room_id":"room","content":"x"}'
    row = parse_row(line, transport="t", rules=RULES)
    assert isinstance(row, RouterRow)
    assert row.row_id == "r"


def test_an_id_that_no_column_holds_is_refused() -> None:
    line = b'{"id":' + b"9" * 50 + b',"conversation_id":"c","room_id":"room","content":"x"}'
    refused = parse_row(line, transport="t", rules=RULES)
    assert isinstance(refused, Refused)
    assert (refused.conversation, refused.row_id) == ("c", None)


@pytest.mark.parametrize("wrong", [{"content": None}, {"id": None}, {"content": "x" * 20_000}])
@pytest.mark.parametrize("change", [{"is_bot": True}, {"sender_id": "agent"}, {"room_id": "other"}])
def test_what_is_not_for_us_is_not_answered_even_if_it_is_wrong(
    change: dict[str, object], wrong: dict[str, object]
) -> None:
    """Two agents that answer each other's faults would never end."""
    assert isinstance(parse(**change, **wrong), Ignored)


@given(st.lists(st.binary(max_size=30).filter(lambda b: b"\n" not in b), max_size=10), st.integers(1, 7))
def test_lines_are_the_same_however_the_stream_is_cut(lines: list[bytes], size: int) -> None:
    reader, stream = LineReader(20), b"".join(line + b"\n" for line in lines)
    found = [
        got for start in range(0, len(stream), size) for got in reader.feed(stream[start : start + size])
    ]
    assert found == [line if len(line) <= 20 else TooLong(len(line)) for line in lines]


def test_a_line_without_end_takes_no_more_memory_than_is_allowed() -> None:
    reader = LineReader(1_000)
    for _ in range(100):
        assert list(reader.feed(b"x" * 300)) == []
        assert sum(map(len, reader._parts)) <= 1_000
    assert list(reader.feed(b"\nnext\n")) == [TooLong(30_000), b"next"]
