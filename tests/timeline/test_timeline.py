"""The ordered events of one group."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import GROUP, NOON, event

from nanie_actors.model import EventId, MessageId, SenderId
from nanie_actors.timeline.codec import encode_event
from nanie_actors.timeline.event import EventSource
from nanie_actors.timeline.stored import FORMAT, restore_state
from nanie_actors.timeline.timeline import Timeline
from nanie_actors.timeline.view import TimelineView


@given(st.permutations(range(6)))
def test_events_come_in_the_order_of_time_however_they_were_put(order: list[int]) -> None:
    timeline = Timeline()
    for number in order:
        timeline.put(event(number))
    assert [e.id for e in timeline] == [f"e{n}" for n in range(6)]


def test_putting_an_event_again_changes_nothing() -> None:
    timeline = Timeline([event(1)])
    assert not timeline.put(event(1))
    assert len(timeline) == 1


def test_an_event_that_moves_in_time_is_there_once() -> None:
    timeline = Timeline([event(1), event(2)])
    assert timeline.put(event(1, timestamp=NOON + 10 * 60_000))
    assert [e.id for e in timeline] == ["e2", "e1"]


def test_a_deleted_event_does_not_come_back() -> None:
    timeline = Timeline([event(1)])
    assert timeline.delete([EventId("e1")])
    assert not timeline.put(event(1))
    assert not timeline.delete([EventId("e1")])
    assert len(timeline) == 0


def test_a_withdrawn_event_may_come_back() -> None:
    timeline = Timeline([event(1)])
    assert timeline.withdraw(EventId("e1"))
    assert timeline.put(event(1))


def test_the_events_of_a_message_are_found_by_it() -> None:
    source = EventSource(MessageId("M1"), "alice", "text")
    timeline = Timeline([event(1, source=source), event(2, source=source), event(3)])
    timeline.withdraw(EventId("e1"))
    assert timeline.of_message((SenderId("alice"), MessageId("M1"))) == ("e2",)
    assert timeline.of_message((SenderId("bob"), MessageId("M1"))) == ()


def test_the_last_events_are_the_newest_oldest_first() -> None:
    timeline = Timeline([event(n) for n in range(5)])
    assert timeline.last(2) == (encode_event(event(3)), encode_event(event(4)))


def test_a_kept_event_takes_no_more_memory_than_it_is_long() -> None:
    """orjson's own result keeps its whole buffer: 4 kB an event, 40 MB a timeline of 10,000."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept = [encode_event(event(n)) for n in range(1_000)]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 2 * sum(map(len, kept)) + 200_000


def test_the_file_form_is_one_json_array() -> None:
    timeline = Timeline([event(1), event(2)])
    assert [e["id"] for e in orjson.loads(timeline.to_json())] == ["e1", "e2"]
    assert orjson.loads(Timeline().to_json()) == []


def restored(stored: bytes) -> Timeline:
    meta = {"format": FORMAT}
    return restore_state(GROUP, meta, stored, (), recent_messages=0).timeline


STEPS: list[Callable[[Timeline, int], object]] = [
    lambda timeline, n: timeline.put(event(n, label="other, \n, words")),
    lambda timeline, n: timeline.put(event(n, timestamp=NOON + (n * 7 % 5) * 60_000)),
    lambda timeline, n: timeline.delete([EventId(f"e{n}")]),
    lambda timeline, n: timeline.withdraw(EventId(f"e{n}")),
    lambda timeline, n: timeline.get(EventId(f"e{n}")),
    lambda timeline, n: EventId(f"e{n}") in timeline,
    lambda timeline, _: timeline.of_message((SenderId("alice"), MessageId("M1"))),
    lambda timeline, n: timeline.last(n + 1),
    lambda timeline, _: len(timeline),
    lambda timeline, _: timeline.to_json(),
    lambda timeline, _: list(timeline),
    lambda timeline, _: list(timeline.newest()),
]
"""Everything that can be done with a timeline, with a number of an event that may be in it."""


@given(
    st.lists(st.integers(0, 9), unique=True),
    st.sampled_from(["", 'an "id" ', "שם", "line\n,\n"]),
    st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9))),
)
def test_a_timeline_from_disk_does_what_the_one_that_was_stored_does(
    numbers: list[int], prefix: str, steps: list[tuple[Callable[[Timeline, int], object], int]]
) -> None:
    """It is taken apart late, and nobody can tell when: not even by ids that JSON writes in its own way."""
    source = EventSource(MessageId("M1"), "alice", "text")
    first = Timeline([event(n, id=EventId(f"{prefix}e{n}"), source=source) for n in numbers])
    again = restored(first.to_json())
    for step, number in steps:
        assert step(again, number) == step(first, number)
    assert again.to_json() == first.to_json()


@pytest.mark.parametrize("option", [None, orjson.OPT_INDENT_2, orjson.OPT_APPEND_NEWLINE])
def test_a_timeline_that_another_program_laid_out_is_the_same(option: int | None) -> None:
    """`nanie import` writes it like this, and so may people."""
    first = Timeline([event(1), event(2, label="[\n{")])
    again = restored(orjson.dumps(orjson.loads(first.to_json()), option=option))
    assert again.last(5) == first.last(5)
    assert again.to_json() == first.to_json()


def test_a_view_is_json_with_name_id_and_revision() -> None:
    view = TimelineView(GROUP, 'a "quoted" שם', 7, Timeline([event(1)]).last(500))
    data = orjson.loads(view.data_json())
    assert data["groupName"] == 'a "quoted" שם'
    assert (data["groupId"], data["revision"], [e["id"] for e in data["events"]]) == (GROUP, 7, ["e1"])
