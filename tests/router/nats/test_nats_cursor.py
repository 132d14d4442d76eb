"""The cursor: what a restart would read again is never less than what is not settled."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.router.nats.cursor import Place, RowCursor

MADE = "2026-01-01 00:00:00+00:00"


def place(sequence: int) -> Place:
    return Place(sequence, sequence * 1_000)


def started(after: int = 0) -> RowCursor:
    cursor = RowCursor()
    cursor.begin(MADE, place(after))
    return cursor


def test_before_the_first_start_there_is_nothing_to_keep() -> None:
    assert RowCursor().stored is None
    assert not RowCursor().belongs_to(MADE, 0, None)


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 3)), max_size=30),
    st.data(),
)
def test_no_row_is_passed_before_it_is_settled(arrivals: list[tuple[str, int]], data: st.DataObject) -> None:
    """Numbers have holes between them, some rows repeat one under way, any are settled at any time."""
    cursor, number = started(), 0
    open_rows: dict[str, int] = {}
    for row, step in arrivals:
        number += step
        assert cursor.take(row, place(number)) is (row not in open_rows)
        open_rows.setdefault(row, number)
        for done in data.draw(st.sets(st.sampled_from("abcdef"))):
            cursor.settle(done)
            open_rows.pop(done, None)
        durable = cursor.durable
        assert durable is not None
        assert durable.sequence == min(open_rows.values(), default=number + 1) - 1
        again = RowCursor.load(cursor.stored)
        assert again.after == durable
        assert again.belongs_to(MADE, number, None)


def test_what_is_not_for_us_is_passed() -> None:
    cursor = started()
    cursor.pass_by(place(7))
    assert cursor.durable == place(7)


def test_a_row_that_repeats_one_under_way_is_settled_with_it() -> None:
    cursor = started()
    assert cursor.take("a", place(1))
    assert not cursor.take("a", place(2))
    cursor.settle("a")
    assert cursor.durable == place(2)
    assert cursor.take("a", place(3))


def test_another_stream_or_an_older_copy_is_told_apart() -> None:
    cursor = started(after=5)
    assert cursor.belongs_to(MADE, 5, 5_000)
    assert cursor.belongs_to(MADE, 9, None)
    assert not cursor.belongs_to("2026-02-02 00:00:00+00:00", 5, 5_000)
    assert not cursor.belongs_to(MADE, 4, None)


def test_an_older_copy_that_has_gone_on_is_told_by_the_time_of_what_has_our_number() -> None:
    """Numbers that we have passed were given out again, to rows that we have not seen."""
    assert not started(after=5).belongs_to(MADE, 9, 5_000_000)


def test_what_was_taken_from_another_stream_does_not_count() -> None:
    cursor = started()
    cursor.take("a", place(3))
    cursor.begin("another", place(10))
    assert cursor.durable == place(10)
    cursor.settle("a")


def test_a_file_that_makes_no_sense_is_the_first_start() -> None:
    for stored in (None, {}, {"stream": 1, "after": 2, "at": 3}, {"stream": MADE, "after": "2", "at": 3}):
        assert RowCursor.load(stored).after is None
