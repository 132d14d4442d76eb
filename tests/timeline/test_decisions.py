"""What a group makes of what it is told."""

from __future__ import annotations

import pytest
from deciding import Group, edited, revoked
from making import GROUP, NOON, event, message

from nanie_actors.model import (
    EpochMs,
    GroupId,
    GroupSeen,
    MessageArrived,
    MessageId,
    RowId,
)
from nanie_actors.protocol.commands import EventData
from nanie_actors.timeline.context import context_of
from nanie_actors.timeline.description import Description
from nanie_actors.timeline.records import (
    GroupDescribed,
    MessageLogged,
    MessageRewritten,
    MessageWithdrawn,
    OutboxMoved,
)
from nanie_actors.timeline.state import GroupState


def test_a_message_takes_effect_once() -> None:
    group = Group()
    assert isinstance(group.tell(MessageArrived(message(1, "fed"))), MessageLogged)
    assert group.tell(MessageArrived(message(1, "fed"))) is None
    assert group.labels == ["fed"]


def test_two_senders_may_use_the_same_message_id() -> None:
    group = Group()
    group.tell(MessageArrived(message(1, "one", sender="alice")))
    group.tell(MessageArrived(message(1, "two", sender="bob")))
    assert sorted(group.labels) == ["one", "two"]


def test_a_group_nobody_listens_to_only_logs() -> None:
    group = Group(active=False)
    group.tell(MessageArrived(message(1, "fed")))
    assert group.labels == []
    assert group.state.messages == 1


def test_the_same_message_always_gives_the_same_event_ids() -> None:
    one, two = Group(), Group()
    one.tell(MessageArrived(message(1, "fed slept")))
    two.tell(MessageArrived(message(2, "before")))
    two.tell(MessageArrived(message(1, "fed slept")))
    assert {e.id for e in one.state.timeline} < {e.id for e in two.state.timeline}


def test_an_edit_replaces_the_events_of_its_message_at_the_messages_time() -> None:
    group = Group()
    group.tell(MessageArrived(message(1, "fed slept")))
    assert isinstance(group.tell(edited(1, "bathed")), MessageRewritten)
    (left,) = group.state.timeline
    assert (left.label, left.timestamp, left.edited_at) == ("bathed", NOON + 60_000, NOON + 3_600_000)


def test_the_same_edit_takes_effect_once() -> None:
    group = Group()
    group.tell(MessageArrived(message(1, "fed")))
    group.tell(edited(1, "bathed"))
    assert group.tell(edited(1, "bathed")) is None


def test_an_edit_that_overtakes_its_message_stands_for_it() -> None:
    group = Group()
    assert isinstance(group.tell(edited(1, "bathed")), MessageLogged)
    assert group.labels == ["bathed"]


def test_a_revoked_message_takes_its_events_along() -> None:
    group = Group()
    group.tell(MessageArrived(message(1, "fed")))
    group.tell(MessageArrived(message(2, "slept")))
    assert isinstance(group.tell(revoked(1)), MessageWithdrawn)
    assert group.labels == ["slept"]
    assert [m.text for m in group.state.recent] == ["", "slept"]


def test_a_message_revoked_before_it_came_never_brings_events() -> None:
    group = Group()
    group.tell(revoked(1))
    assert group.tell(MessageArrived(message(1, "fed"))) is None
    assert group.labels == []


def test_a_message_without_text_is_logged_without_events() -> None:
    group = Group()
    group.tell(MessageArrived(message(1, "", kind="image")))
    group.tell(MessageArrived(message(2, "ghost", kind="deleted")))
    assert group.labels == []
    assert group.state.messages == 2


def test_a_group_is_described_only_when_something_is_new() -> None:
    group = Group()
    assert isinstance(group.tell(GroupSeen(GROUP, NOON, "Family", 3)), GroupDescribed)
    assert group.tell(GroupSeen(GROUP, NOON, "Family", 3)) is None
    assert group.tell(GroupSeen(GROUP, NOON, "", None)) is None
    assert group.state.described == Description("Family", 3)


def test_an_added_event_waits_to_be_sent() -> None:
    group = Group()
    group.add("r1", "fed")
    (added,) = group.state.timeline
    assert added.synced is False
    (entry,) = group.state.outbox.values()
    assert (entry.text, entry.state) == ("fed", "queued")
    group.state.apply(99, OutboxMoved(entry.id, NOON, "sent", MessageId("W1")))
    assert [e.synced for e in group.state.timeline] == [True]
    assert not group.state.outbox


def test_a_standalone_timeline_sends_nothing() -> None:
    group = Group(GroupId("00000000-0000-4000-8000-000000000000"), active=False)
    group.add("r1", "fed")
    assert [e.synced for e in group.state.timeline] == [True]
    assert not group.state.outbox


def test_event_data_is_taken_as_the_app_says() -> None:
    group = Group()
    group.add("r1", "gave 120", EventData(timestamp=NOON - 5, type="feeding", details={"ml": 120}))
    (added,) = group.state.timeline
    assert (added.timestamp, added.type, added.details) == (NOON - 5, "feeding", {"ml": 120})


def test_deleting_the_event_of_an_unsent_text_takes_the_text_back() -> None:
    from nanie_actors.timeline.records import EventsDeleted

    group = Group()
    group.add("r1", "fed")
    (entry,) = group.state.outbox.values()
    group.state.apply(9, EventsDeleted(RowId("r2"), NOON, entry.events))
    assert not group.state.outbox


@pytest.mark.parametrize(("last", "asleep"), [("sleeping", True), ("waking_up", False)])
def test_the_context_tells_who_is_asleep_and_how_long_ago_things_were(last: str, asleep: bool) -> None:
    state = GroupState(GROUP, recent_messages=10)
    state.timeline.put(event(1, type="feeding"))
    state.timeline.put(event(2, type=last))
    state.timeline.put(event(900, type="feeding"))
    snapshot = context_of(state, EpochMs(NOON + 180_000), None)["snapshot"]
    assert snapshot["is_sleeping"] is asleep
    assert snapshot["lastFeeding"]["ageMs"] == 120_000
    assert snapshot["lastDiaper"] is None


def test_the_context_is_as_long_as_asked_for() -> None:
    state = GroupState(GROUP, recent_messages=10)
    for number in range(9):
        state.timeline.put(event(number))
    assert [e["id"] for e in context_of(state, NOON, 2)["events"]] == ["e7", "e8"]
