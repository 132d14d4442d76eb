"""Journal records: their JSON form, and what applying them means."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import GROUP, NOON, event, events, message, records

from nanie_actors.timeline.awaiting import AWAITED_AT_MOST, Awaited
from nanie_actors.timeline.codec import BadEvent, encode_event, event_from_json
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.timeline.record_codec import decode_record, encode_record, message_to_json
from nanie_actors.timeline.records import (
    LogExtracted,
    MessageCompleted,
    MessageLogged,
    MessageRewritten,
    Record,
)
from nanie_actors.timeline.state import GroupState
from nanie_actors.timeline.stored import meta_bytes, restore_state


def fresh() -> GroupState:
    return GroupState(GROUP, recent_messages=10)


def apply_all(state: GroupState, run: list[Record], first: int = 1) -> GroupState:
    for seq, record in enumerate(run, first):
        state.apply(seq, record)
    return state


def stored(state: GroupState) -> tuple[bytes, bytes]:
    return meta_bytes(state), state.timeline.to_json()


@given(events)
def test_an_event_survives_its_json_form(event: TimelineEvent) -> None:
    assert event_from_json(orjson.loads(encode_event(event))) == event


@given(records)
def test_a_record_survives_its_json_form(record: Record) -> None:
    kind, at, data = encode_record(record)
    assert decode_record(GROUP, kind, at, orjson.loads(orjson.dumps(data))) == record


@settings(max_examples=300)
@given(st.lists(records, max_size=20), st.data())
def test_applying_the_newest_records_again_changes_no_event_and_no_link(
    run: list[Record], data: st.DataObject
) -> None:
    """A crash between the two files of a snapshot replays a run of records over a newer timeline."""
    whole = apply_all(fresh(), run)
    since = data.draw(st.integers(0, len(run)))
    older = apply_all(fresh(), run[:since])
    mixed = restore_state(
        GROUP,
        orjson.loads(meta_bytes(older)),
        orjson.loads(whole.timeline.to_json()),
        [],
        recent_messages=10,
    )
    apply_all(mixed, run[since:], since + 1)
    assert mixed.timeline.to_json() == whole.timeline.to_json()
    assert mixed.seq == whole.seq


@given(st.lists(records, max_size=20))
def test_a_state_survives_its_stored_form(run: list[Record]) -> None:
    state = apply_all(fresh(), run)
    meta, timeline = stored(state)
    again = restore_state(GROUP, orjson.loads(meta), orjson.loads(timeline), [], recent_messages=10)
    assert stored(again) == (meta, timeline)


@given(st.lists(records, max_size=20))
def test_the_revision_grows_whenever_the_timeline_or_its_name_changed(run: list[Record]) -> None:
    state = fresh()
    for seq, record in enumerate(run, 1):
        before = (state.timeline.to_json(), state.name)
        revision = state.revision
        state.apply(seq, record)
        changed = (state.timeline.to_json(), state.name) != before
        assert (state.revision > revision) >= changed


@given(st.lists(records, max_size=20))
def test_events_are_ascending_by_time_whatever_happened(run: list[Record]) -> None:
    times = [event.timestamp for event in apply_all(fresh(), run).timeline]
    assert times == sorted(times)


def test_without_a_model_nothing_is_written_that_older_versions_do_not_know() -> None:
    plain: list[Record] = [
        MessageLogged(message(), (event(),)),
        MessageCompleted(message(), (event(),)),
        MessageRewritten(message().message_id, message().sender, "Alice", NOON, "text", (event(),)),
        LogExtracted(NOON, (event(),)),
    ]
    assert [set(encode_record(record)[2]) for record in plain] == [
        {"message", "events"},
        {"message", "events"},
        {"id", "sender", "senderName", "text", "events"},
        {"events"},
    ]
    assert b"awaiting" not in meta_bytes(apply_all(fresh(), plain))


def test_a_group_as_older_versions_stored_it_waits_for_nothing() -> None:
    data = {"message": message_to_json(message())}
    assert decode_record(GROUP, "message", NOON, data) == MessageLogged(message(), ())
    meta = {"format": 1, "seq": 3}
    assert len(restore_state(GROUP, meta, [], [], recent_messages=10).awaiting) == 0


def test_of_too_many_messages_that_wait_the_oldest_wait_no_more() -> None:
    state = fresh()
    for number in range(AWAITED_AT_MOST + 1):
        state.apply(number + 1, MessageLogged(message(number), (event(number),), asks=True))
    assert len(state.awaiting) == AWAITED_AT_MOST
    first, second = message(0), message(1)
    assert (first.sender, first.message_id) not in state.awaiting
    assert state.awaiting.get((second.sender, second.message_id)) == Awaited(2, None)


@pytest.mark.parametrize(
    "raw",
    [
        [],
        {"id": 1, "timestamp": 1, "type": "other"},
        {"id": "a", "timestamp": "1", "type": "other"},
        {"id": "a", "timestamp": True, "type": "other"},
        {"id": "a", "timestamp": 1},
        {"id": "a", "timestamp": 1, "type": "other", "source": "x"},
        {"id": "a", "timestamp": 1, "type": "other", "editedAt": "now"},
    ],
)
def test_what_is_no_event_is_refused(raw: object) -> None:
    with pytest.raises(BadEvent):
        event_from_json(raw)
