"""Faults that `python -m chaos` found, each in its smallest form."""

from __future__ import annotations

from errno import EIO
from random import Random

import orjson
import pytest
from household import Household
from making import GROUP, NOON, OTHER_GROUP, message

from nanie_actors.messages import WriteBehind
from nanie_actors.model import EpochMs, GroupSeen, MessageArrived, MessageEdited, MessageId, SenderId


def test_a_group_that_nobody_wakes_has_its_timeline_in_its_file_after_a_clean_stop() -> None:
    """timeline.json equals the live timeline after a clean stop, also of a group that slept all the time."""
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    house.tell(MessageArrived(message(1, "before the kill")))
    house.run()
    house.tree.registry.tell(WriteBehind((GROUP,)))
    house.run()
    for _ in range(2):  # the second time the shared log has nothing of it any more
        house.crash()
        house.run()
    assert house.stop()
    assert [event["label"] for event in house.file(GROUP)] == ["before the kill"]


def test_a_row_that_comes_again_after_its_conversation_was_linked_elsewhere_has_no_second_effect() -> None:
    """Law 3 and law 5: the text was meant for the group that the conversation was linked to when it came."""
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), GroupSeen(OTHER_GROUP, NOON, "Club", 3))
    house.run()
    house.link("one", GROUP)
    house.say("one", "ADD_EVENT", row="added", text="for the family only")
    house.say("one", "SELECT_GROUP", row="moved", groupId=OTHER_GROUP)
    house.crash()
    house.run()
    answers = house.say("one", "ADD_EVENT", row="added", text="for the family only")
    house.say("one", "SELECT_GROUP", row="moved", groupId=OTHER_GROUP)
    assert [answer.get("text") for answer in answers] == ["Event added"]
    assert "for the family only" not in house.shown("one")
    assert house.stop()
    assert [event["label"] for event in house.file(GROUP)] == ["for the family only"]
    assert house.file(OTHER_GROUP) == []


@pytest.mark.parametrize("seed", range(40))
def test_who_joins_a_group_that_only_logged_is_never_shown_a_part_of_its_log(seed: int) -> None:
    """What was logged meanwhile and what is edited now are shown together, once the log is read."""
    house = Household(schedule=Random(seed))
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    house.tell(MessageArrived(message(1, "first")))
    house.run()
    house.say("one", "UNLINK_GROUP")
    house.tell(MessageArrived(message(2, "logged only")))
    house.put("two", {"action": "SELECT_GROUP", "groupId": GROUP})
    for _ in range(seed):
        house.dispatcher.run_one()
    edit = MessageEdited(
        GROUP, MessageId("M1"), SenderId("alice"), "Alice", EpochMs(NOON + 9_000_000), "edited"
    )
    house.tell(edit)
    house.run()
    shown = [
        {event["label"] for event in body["data"]["events"]}
        for out, _ in house.transport.out
        if out.conversation == "two" and "events" in (body := orjson.loads(out.body)).get("data", {})
    ]
    assert shown[-1] == {"edited", "logged only"}
    assert {"edited"} not in shown


def test_who_joins_while_the_disk_refuses_is_shown_the_timeline_once_its_log_was_read() -> None:
    """An edit changes what is there already; without what was only logged that is half a timeline."""
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    house.tell(MessageArrived(message(1, "first")))
    house.run()
    house.say("one", "UNLINK_GROUP")
    house.tell(MessageArrived(message(2, "logged only")))
    house.tell(
        MessageEdited(GROUP, MessageId("M1"), SenderId("alice"), "Alice", EpochMs(NOON + 9_000_000), "edited")
    )
    house.run()
    house.disk.files.fail("write", EIO, name=".log", count=10_000)
    house.disk.files.fail("open_append", EIO, name=".log", count=10_000)
    house.tell(MessageArrived(message(3, "refused")))
    house.run()
    answers = house.say("two", "SELECT_GROUP", groupId=GROUP)
    assert [answer.get("text") or answer["code"] for answer in answers] == ["LINKED", "UNAVAILABLE"]
    assert [answer["code"] for answer in house.say("two", "GET_CONTEXT")] == ["UNAVAILABLE"]
    assert house.pushes("two") == []
    house.disk.files.heal()
    house.wait(5)
    assert sorted(house.shown("two")) == ["edited", "logged only", "refused"]
