"""Router rows that took effect are known again, also after a restart, and take little room."""

from __future__ import annotations

import tracemalloc

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import GROUP

from nanie_actors.model import RowId
from nanie_actors.timeline.handled_rows import REMEMBERED_ROWS, HandledRows, stored_rows
from nanie_actors.timeline.state import GroupState
from nanie_actors.timeline.stored import meta_bytes, restore_state


def row(number: int) -> RowId:
    return RowId(f"b7c1e0d2-0000-4000-8000-{number:012}")


def again(rows: HandledRows) -> HandledRows:
    """As the group's files bring them back."""
    state = GroupState(GROUP, recent_messages=0)
    state.rows = rows
    meta = orjson.loads(meta_bytes(state))
    return restore_state(GROUP, meta, (), (), recent_messages=0).rows


@given(st.lists(st.integers(0, 30)), st.lists(st.integers(0, 30)))
def test_a_row_is_known_once_it_was_remembered(before: list[int], after: list[int]) -> None:
    rows = HandledRows()
    for number in before:
        rows.remember(row(number))
    rows = again(rows)
    for number in after:
        rows.remember(row(number))
    assert {n for n in range(31) if row(n) in rows} == {*before, *after}


@given(st.integers(0, 3 * REMEMBERED_ROWS))
def test_the_newest_are_always_known_and_never_more_than_twice_as_many(count: int) -> None:
    rows = HandledRows()
    for number in range(count):
        rows.remember(row(number))
    known = [number for number in range(count) if row(number) in rows]
    newest = list(range(max(0, count - REMEMBERED_ROWS), count))
    assert known[-len(newest) :] == newest if newest else known == []
    assert len(known) < 2 * REMEMBERED_ROWS


def test_those_of_an_older_version_are_known() -> None:
    """It kept their ids, and up to 2,048 of them."""
    rows = stored_rows({"rows": [row(number) for number in range(2_048)]})
    assert all(row(number) in rows for number in range(2_048))


@pytest.mark.parametrize("keys", [["x", ""], ["", "AAAA"], [""], "no list"])
def test_what_no_version_wrote_is_refused(keys: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        stored_rows({"rowKeys": keys})


def test_all_of_them_take_no_more_room_than_a_short_text_each() -> None:
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    rows = HandledRows()
    for number in range(2 * REMEMBERED_ROWS - 1):
        rows.remember(row(number))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 24 * 2 * REMEMBERED_ROWS
    assert row(0) in rows
