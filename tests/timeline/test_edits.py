"""Messages that are edited and deleted, in whatever order WhatsApp tells of it."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import orjson
import pytest
from deciding import Group, edited, revoked
from hypothesis import given
from hypothesis import strategies as st
from making import GROUP, NOON, event, message

from nanie_actors.model import EpochMs, MessageArrived, MessageEdited, MessageRevoked, RowId
from nanie_actors.timeline.codec import event_from_json, event_to_json
from nanie_actors.timeline.event import PastVersion
from nanie_actors.timeline.message_log import fold
from nanie_actors.timeline.records import EventsDeleted, MessageCompleted
from nanie_actors.timeline.stored import meta_bytes, restore_state
from nanie_actors.timeline.versions import KEPT_VERSIONS, newer

FIRST = MessageArrived(message(1, "fed"))
EARLIER = edited(1, "slept well", at=NOON + 300_000)
LATER = edited(1, "bathed", at=NOON + 600_000)
GONE = revoked(1)


def told(*events: MessageArrived | MessageEdited | MessageRevoked) -> Group:
    group = Group()
    for told_now in events:
        group.tell(told_now)
    return group


def faces(group: Group) -> list[tuple[str, int, int | None]]:
    return [(e.label, e.timestamp, e.edited_at) for e in group.state.timeline]


def test_an_edited_event_keeps_what_it_said_before() -> None:
    group = told(FIRST, EARLIER, LATER)
    (bathed,) = group.state.timeline
    sent = NOON + 60_000
    assert bathed.history == (
        PastVersion("fed", "fed", "other", EpochMs(sent), EARLIER.at),
        PastVersion("slept", "slept", "other", EpochMs(sent), LATER.at),
    )
    assert event_from_json(orjson.loads(orjson.dumps(event_to_json(bathed)))) == bathed


def test_what_an_edit_takes_away_stands_in_the_message_log() -> None:
    group = told(FIRST, EARLIER, LATER)
    assert [gone["label"] for line in group.log for gone in line.get("removed", ())] == ["well"]


def test_what_a_deletion_takes_away_stands_in_the_message_log_with_its_history() -> None:
    group = told(FIRST, LATER, GONE)
    assert faces(group) == []
    (removed,) = group.log[-1]["removed"]
    assert (group.log[-1]["deletedAt"], removed["label"]) == (GONE.at, "bathed")
    assert [past["label"] for past in removed["history"]] == ["fed"]


def test_an_event_keeps_so_many_past_versions_and_no_more() -> None:
    now = event(1, label="0")
    for number in range(1, 20):
        now = newer(now, event(1, label=str(number), edited_at=EpochMs(number)))
    assert [past.label for past in now.history] == [str(n) for n in range(9, 19)]
    assert len(now.history) == KEPT_VERSIONS


@pytest.mark.parametrize("order", list(permutations([FIRST, EARLIER, LATER])))
def test_in_whatever_order_edits_come_the_newest_stands_at_the_messages_time(order: tuple[Any, ...]) -> None:
    group = told(*order)
    assert faces(group) == [("bathed", NOON + 60_000, LATER.at)]
    assert [(m.text, m.edited, m.at) for m in group.state.recent] == [("bathed", True, NOON + 60_000)]
    assert [m.message.at for m in fold(GROUP, group.log)] == [NOON + 60_000]


@given(
    st.lists(st.sampled_from([FIRST, EARLIER, LATER, GONE, "restart"]), max_size=12),
    st.booleans(),
)
def test_order_repetition_restarts_and_listeners_change_nothing_in_the_end(
    past: list[Any], active: bool
) -> None:
    """Whatever was told of a message, and however often: what is shown depends on what is known alone."""
    group = Group(active=active)
    for now in past:
        if now == "restart":
            group.begin()
        else:
            group.tell(now)
    if not active:
        group.listen()
    if GONE in past:
        expected = []
    elif LATER in past:
        expected = ["bathed"]
    elif EARLIER in past:
        expected = ["slept", "well"]
    else:
        expected = ["fed"] if FIRST in past else []
    assert sorted(group.labels) == expected
    if FIRST in past:
        assert {e.timestamp for e in group.state.timeline} <= {FIRST.message.at}
    assert sum(m.message.text != "" for m in fold(GROUP, group.log)) == bool(expected)


def test_an_older_edit_changes_nothing_even_when_the_newer_one_is_no_longer_remembered() -> None:
    newest = edited(1, "bathed dried", at=NOON + 600_000)
    group = told(FIRST, newest)
    before = list(group.state.timeline)
    group.state.recent.edits.clear()
    group.tell(edited(1, "slept", at=NOON + 300_000))
    assert list(group.state.timeline) == before
    assert [m.message.text for m in fold(GROUP, group.log)] == ["bathed dried"]


def test_a_message_that_comes_after_its_edit_brings_its_time_and_its_past() -> None:
    group = told(LATER)
    assert faces(group) == [("bathed", LATER.at, LATER.at)]
    assert isinstance(group.tell(FIRST), MessageCompleted)
    (bathed,) = group.state.timeline
    assert [(past.label, past.until) for past in bathed.history] == [("fed", LATER.at)]
    assert group.tell(FIRST) is None


def test_an_edit_of_a_message_that_is_long_gone_from_memory_finds_its_time_in_the_log() -> None:
    group = told(FIRST)
    for number in range(2, 40):
        group.tell(MessageArrived(message(number, "")))
    group.tell(LATER)
    assert faces(group) == [("bathed", NOON + 60_000, LATER.at)]


def test_an_edit_after_a_deletion_brings_nothing_back() -> None:
    group = told(FIRST, GONE)
    assert group.tell(edited(1, "bathed", at=GONE.at + 1)) is None
    assert faces(group) == []


def test_an_edit_brings_back_no_event_that_somebody_deleted() -> None:
    group = told(FIRST)
    group.apply(EventsDeleted(RowId("r"), NOON, tuple(e.id for e in group.state.timeline)))
    group.tell(LATER)
    assert faces(group) == []


def test_reading_the_log_again_keeps_edits_and_their_past() -> None:
    group = told(FIRST, LATER)
    before = list(group.state.timeline)
    group.listen()
    assert list(group.state.timeline) == before


def test_an_edit_while_nobody_listens_changes_what_was_shown_before() -> None:
    group = told(FIRST)
    group.state.active = False
    group.tell(LATER)
    assert faces(group) == [("bathed", NOON + 60_000, LATER.at)]


def test_what_is_known_of_edits_survives_a_restart() -> None:
    group = told(LATER)
    meta, timeline = orjson.loads(meta_bytes(group.state)), orjson.loads(group.state.timeline.to_json())
    group.state = restore_state(GROUP, meta, timeline, group.log, recent_messages=10)
    group.begin()
    group.tell(EARLIER)
    group.tell(FIRST)
    assert faces(group) == [("bathed", NOON + 60_000, LATER.at)]


def test_a_log_with_lines_twice_reads_as_if_they_were_there_once() -> None:
    """A snapshot that is under way when the log is read gives its lines again."""
    lines = told(FIRST, EARLIER, LATER, MessageArrived(message(2, "ate"))).log
    assert fold(GROUP, [*lines, *lines]) == fold(GROUP, lines)
    assert fold(GROUP, [*lines[:1], *lines[1:], *lines[1:]]) == fold(GROUP, lines)


def test_what_another_program_calls_history_is_left_alone() -> None:
    foreign = {"id": "a", "timestamp": 1, "type": "other", "label": "x", "details": "", "history": "long"}
    assert event_to_json(event_from_json(foreign)) == foreign


def test_files_without_the_newer_fields_are_read() -> None:
    state = restore_state(GROUP, {"format": 1, "seq": 3, "name": "Family"}, [], [], recent_messages=10)
    assert (state.described.joined, state.described.topic, state.described.name) == (True, "", "Family")
