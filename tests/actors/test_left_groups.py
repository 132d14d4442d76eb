"""Groups that the account has left, and what is told of a group beside its messages."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from household import Household
from making import GROUP, NOON, OTHER_GROUP, message

from nanie_actors.actors.directory import GroupDirectory
from nanie_actors.model import ConversationId, EpochMs, GroupSeen, MessageArrived

LEFT = GroupSeen(GROUP, EpochMs(NOON + 1), joined=False)
BACK = GroupSeen(GROUP, EpochMs(NOON + 2), joined=True)


@pytest.fixture
def house() -> Household:
    """One conversation linked to a group with a message; the account leaves that group."""
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), MessageArrived(message(1, "fed")))
    house.tell(GroupSeen(OTHER_GROUP, NOON, "Club", 9))
    house.run()
    house.link("one", GROUP)
    house.tell(LEFT)
    house.run()
    return house


def listed(house: Household, conversation: str) -> set[str]:
    return {group["id"] for group in house.say(conversation, "LIST_GROUPS")[0]["data"]["groups"]}


def unsent(house: Household) -> list[dict[str, Any]]:
    return list(house.own_words(f"group/{GROUP}")["unsent"])


def check_left(house: Household) -> None:
    assert listed(house, "two") == {OTHER_GROUP}
    assert house.say("two", "SELECT_GROUP", groupId=GROUP)[0]["code"] == "FORBIDDEN_GROUP"


def test_a_group_that_was_left_is_there_for_those_only_who_are_linked(house: Household) -> None:
    check_left(house)
    assert listed(house, "one") == {GROUP, OTHER_GROUP}
    assert [e["label"] for e in house.say("one", "GET_STATUS")[0]["data"]["events"]] == ["fed"]
    assert house.say("one", "SELECT_GROUP", groupId=GROUP)[0]["text"] == "LINKED"


@pytest.mark.parametrize("saved", [False, True])
def test_that_it_was_left_is_durable(house: Household, saved: bool) -> None:
    """The directory is saved some seconds later; what a group's own record says is not lost with it."""
    if saved:
        house.wait(3)
        directory = orjson.loads(house.disk.read(house.layout.directory) or b"{}")
        assert directory[GROUP]["joined"] is False
    house.crash(power_loss=True)
    house.run()
    check_left(house)
    house.stop()
    house.crash()
    house.run()
    check_left(house)


def test_texts_for_it_fail_with_a_reason_and_go_out_when_it_is_joined_again(house: Household) -> None:
    house.say("one", "ADD_EVENT", text="bath")
    house.wait(60)
    (entry,) = unsent(house)
    assert (entry["state"], entry["reason"]) == (
        "failed",
        "the WhatsApp account is not a member of this group any more",
    )
    assert house.phone.sent == []
    house.tell(BACK)
    house.run()
    assert [text.text for text, _ in house.phone.sent] == ["bath"]
    assert (unsent(house), listed(house, "two")) == ([], {GROUP, OTHER_GROUP})


def test_leaving_and_joining_in_one_breath_ends_as_it_was_told_last(house: Household) -> None:
    for last, visible in ((BACK, True), (LEFT, False)):
        house.tell(LEFT, BACK, LEFT, BACK, last)
        house.run()
        assert house.own_words(f"group/{GROUP}")["joined"] is visible
        assert (GROUP in listed(house, "two")) is visible


def test_names_that_change_back_at_once_end_as_told_last(house: Household) -> None:
    house.tell(GroupSeen(GROUP, NOON, "Tribe"), GroupSeen(GROUP, NOON, "Family"))
    house.run()
    assert house.say("one", "GET_STATUS")[0]["data"]["groupName"] == "Family"
    assert house.mappings()[ConversationId("one")]["groupName"] == "Family"


def test_a_topic_is_part_of_the_context_and_durable(house: Household) -> None:
    house.tell(GroupSeen(GROUP, NOON, topic="Night shifts"))
    house.run()
    house.stop()
    house.crash()
    house.run()
    context = house.say("one", "GET_CONTEXT")[0]["data"]["context"]
    assert (context["groupName"], context["groupTopic"]) == ("Family", "Night shifts")
    house.tell(GroupSeen(GROUP, NOON, topic=""))
    house.run()
    assert house.say("one", "GET_CONTEXT")[0]["data"]["context"]["groupTopic"] == ""


def test_a_directory_written_by_an_older_version_is_read() -> None:
    directory = GroupDirectory({GROUP: {"name": "Family", "participants": 3, "at": NOON}})
    (known,) = directory.all()
    assert known.joined
    assert GroupDirectory(directory.to_json()).get(GROUP) == known
