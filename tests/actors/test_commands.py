"""Every action of the router's contract, by the whole tree of actors, run by hand."""

from __future__ import annotations

from typing import Any

import pytest
from household import Household
from making import GROUP, NOON, OTHER_GROUP, message

from nanie_actors.model import GroupSeen, MessageArrived


@pytest.fixture
def house() -> Household:
    """Two groups that the account has, one message each."""
    house = Household()
    house.tell(
        GroupSeen(GROUP, NOON, "Family", 3),
        MessageArrived(message(1, "fed")),
        GroupSeen(OTHER_GROUP, NOON, "Club", 9),
        MessageArrived(message(2, "ran", group=OTHER_GROUP)),
    )
    house.run()
    return house


def code(answers: list[dict[str, Any]]) -> str:
    (answer,) = answers
    assert answer["type"] == "ERROR"
    assert answer["error"].endswith((".", "?"))
    return str(answer["code"])


def test_groups_are_listed_newest_activity_first(house: Household) -> None:
    (answer,) = house.say("one", "LIST_GROUPS")
    assert answer["data"]["groups"] == [
        {"id": OTHER_GROUP, "name": "Club", "participants": 9, "lastActivity": NOON + 120_000},
        {"id": GROUP, "name": "Family", "participants": 3, "lastActivity": NOON + 60_000},
    ]


def test_linking_is_durable_before_it_is_answered(house: Household) -> None:
    house.put("one", {"action": "SELECT_GROUP", "groupId": GROUP})
    house.dispatcher.run_until_idle()
    assert house.transport.out == []
    house.run()
    house.crash(power_loss=True)
    house.run()
    assert house.mappings()["one"] == {"groupId": GROUP, "groupName": "Family", "mappedAt": 1_764_000_000_000}
    assert house.say("one", "GET_STATUS")[0]["data"]["groupId"] == GROUP


def test_linking_answers_with_the_timeline_of_what_was_logged_before(house: Household) -> None:
    linked, timeline = house.say("one", "SELECT_GROUP", groupId=GROUP)
    assert linked == {"type": "STATUS", "text": "LINKED", "ephemeral": True}
    assert [event["label"] for event in timeline["data"]["events"]] == ["fed"]
    assert timeline["data"]["groupName"] == "Family"
    assert house.transport.titles == {"one": "Family"}
    assert house.pushes("one") == []


def test_linking_to_another_group_unlinks_the_first(house: Household) -> None:
    house.link("one", GROUP)
    house.link("one", OTHER_GROUP)
    house.tell(MessageArrived(message(3, "secret")), MessageArrived(message(4, "won", group=OTHER_GROUP)))
    house.run()
    assert house.shown("one") == ["ran", "won"]
    assert house.mappings()["one"]["groupId"] == OTHER_GROUP


@pytest.mark.parametrize("group", ["../x", "x" * 9_999, "1@s.whatsapp.net", "١٢٣@g.us", "", "120363\n@g.us"])
def test_a_hostile_group_id_is_refused(house: Household, group: str) -> None:
    assert code(house.say("one", "SELECT_GROUP", groupId=group)) in ("INVALID_GROUP", "INVALID_MESSAGE")


def test_a_group_that_does_not_exist_and_one_that_is_not_allowed_look_the_same() -> None:
    rules = {"policy": "allowlist", "allow": [{"conversation": "one", "group": GROUP}]}
    house = Household(access=rules)
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), GroupSeen(OTHER_GROUP, NOON, "Club", 9))
    house.run()
    absent = house.say("one", "SELECT_GROUP", groupId="999@g.us")
    forbidden = house.say("one", "SELECT_GROUP", groupId=OTHER_GROUP)
    assert absent == forbidden
    assert code(forbidden) == "FORBIDDEN_GROUP"
    assert [g["id"] for g in house.say("one", "LIST_GROUPS")[0]["data"]["groups"]] == [GROUP]
    assert house.say("two", "LIST_GROUPS")[0]["data"]["groups"] == []


ACTIONS_THAT_NEED_A_GROUP: list[dict[str, Any]] = [
    {"action": "GET_STATUS"},
    {"action": "GET_CONTEXT"},
    {"action": "ADD_EVENT", "text": "fed"},
    {"action": "RETRY_SYNC", "eventId": "e"},
    {"action": "DELETE_EVENTS", "eventIds": ["e"]},
    {"action": "RESYNC_HISTORY"},
]


@pytest.mark.parametrize("command", ACTIONS_THAT_NEED_A_GROUP, ids=lambda command: str(command["action"]))
def test_an_action_that_needs_a_group_asks_for_one(house: Household, command: dict[str, Any]) -> None:
    (answer,) = house.say("one", **command)
    assert answer["code"] == "GROUP_SELECTION_REQUIRED"


def test_free_text_while_unlinked_asks_for_a_group(house: Household) -> None:
    house.put("one", "hello?")
    house.run()
    assert house.transport.out[-1][0].body.startswith(b'{"type":"SYSTEM","code":"GROUP_SELECTION_REQUIRED"')


def test_free_text_while_linked_is_left_untouched(house: Household) -> None:
    house.link("one", GROUP)
    sent = len(house.transport.out)
    row = house.put("one", "how did she sleep?")
    house.run()
    assert len(house.transport.out) == sent
    assert (row, True) in house.transport.finished
    assert house.tree.inbox.inside == 0


def test_an_added_event_reaches_every_linked_conversation_and_the_group(house: Household) -> None:
    house.link("one", GROUP)
    house.link("two", GROUP)
    house.link("other", OTHER_GROUP)
    assert house.say("one", "ADD_EVENT", text="bath") == [
        {"type": "STATUS", "text": "Event added", "ephemeral": True}
    ]
    assert house.phone.sent[0][0].text == "bath"
    for conversation in ("one", "two"):
        pushes = house.pushes(conversation)
        synced = [[e.get("synced") for e in p["data"]["events"] if e["label"] == "bath"] for p in pushes]
        assert synced[-1] == [True]
        assert all(push["update"] == "TIMELINE" for push in pushes)
    assert "bath" not in house.shown("other")


def test_deleted_events_stay_deleted_after_a_resync(house: Household) -> None:
    house.link("one", GROUP)
    house.link("two", GROUP)
    (event,) = house.say("one", "GET_STATUS")[0]["data"]["events"]
    (answer,) = house.say("one", "DELETE_EVENTS", eventIds=[event["id"], "no such event"])
    assert (answer["update"], answer["data"]["events"]) == ("TIMELINE", [])
    assert house.shown("two") == []
    (resynced,) = house.say("one", "RESYNC_HISTORY")
    assert (resynced["type"], resynced["text"]) == ("STATUS", "HISTORY_RESYNCED")
    assert house.say("one", "GET_STATUS")[0]["data"]["events"] == []


def test_deleting_or_retrying_what_is_not_there_is_not_found(house: Household) -> None:
    house.link("one", GROUP)
    assert code(house.say("one", "DELETE_EVENTS", eventIds=["no"])) == "NOT_FOUND"
    assert code(house.say("one", "RETRY_SYNC", eventId="no")) == "NOT_FOUND"


def test_a_resync_adds_nothing_twice(house: Household) -> None:
    house.link("one", GROUP)
    before = house.say("one", "GET_STATUS")
    house.say("one", "RESYNC_HISTORY")
    assert house.say("one", "GET_STATUS") == before


def test_the_context_tells_events_and_messages(house: Household) -> None:
    house.link("one", GROUP)
    context = house.say("one", "GET_CONTEXT", limit=5)[0]["data"]["context"]
    assert [m["text"] for m in context["messages"]] == ["fed"]
    assert [e["label"] for e in context["events"]] == ["fed"]
    assert set(context["snapshot"]) == {
        "now",
        "lastEvent",
        "lastFeeding",
        "lastDiaper",
        "lastSleep",
        "is_sleeping",
    }


def test_a_standalone_conversation_has_a_timeline_of_its_own(house: Household) -> None:
    linked, timeline = house.say("one", "START_STANDALONE", title="Diary")
    assert linked["text"] == "LINKED"
    assert timeline["data"]["groupName"] == "Diary"
    assert house.mappings()["one"]["mode"] == "standalone"
    house.say("one", "ADD_EVENT", text="walk")
    assert house.shown("one") == ["walk"]
    assert house.phone.sent == []
    group = timeline["data"]["groupId"]
    assert code(house.say("two", "SELECT_GROUP", groupId=group)) == "FORBIDDEN_GROUP"


def test_unlinking_is_answered_whether_there_was_a_link_or_not(house: Household) -> None:
    unlinked = [{"type": "STATUS", "text": "UNLINKED", "ephemeral": True}]
    assert house.say("one", "UNLINK_GROUP") == unlinked
    house.link("one", GROUP)
    assert house.say("one", "UNLINK_GROUP") == unlinked
    assert house.mappings() == {}
    pushed = len(house.pushes("one"))
    house.tell(MessageArrived(message(3, "later")))
    house.run()
    assert len(house.pushes("one")) == pushed


def test_a_deleted_conversation_gets_no_reply_and_no_more_pushes(house: Household) -> None:
    house.link("one", GROUP)
    assert house.say("one", "DELETE_CONVERSATION") == []
    assert house.mappings() == {}
    assert house.tree.inbox.inside == 0


@pytest.mark.parametrize(("policy", "kept"), [("archive", True), ("keep", True), ("erase", False)])
def test_a_group_nobody_listens_to_is_archived_kept_or_erased(policy: str, kept: bool) -> None:
    house = Household(groups={"on_orphaned": policy})
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), MessageArrived(message(1, "fed")))
    house.link("one", GROUP)
    house.say("one", "DELETE_CONVERSATION")
    house.run()
    assert house.stop()
    assert bool(house.file(GROUP)) is kept
    house.crash()
    house.run()
    house.link("two", GROUP)
    assert (house.shown("two") == ["fed"]) is kept


def test_an_archived_group_takes_up_what_it_missed_when_it_is_linked_again(house: Household) -> None:
    house.link("one", GROUP)
    house.say("one", "DELETE_CONVERSATION")
    house.tell(MessageArrived(message(5, "meanwhile")))
    house.run()
    house.link("two", GROUP)
    assert house.shown("two") == ["fed", "meanwhile"]


def test_a_malformed_command_is_answered_with_a_typed_error(house: Household) -> None:
    house.put("one", '{"action":')
    house.put("one", {"action": "FLY"})
    house.put("one", {"action": "SELECT_GROUP"})
    house.run()
    codes = [out.body.split(b'"code":"')[1].split(b'"')[0] for out, _ in house.transport.out]
    assert codes == [b"INVALID_MESSAGE", b"UNKNOWN_ACTION", b"INVALID_MESSAGE"]
    assert house.tree.inbox.inside == 0


def test_a_debugged_row_is_kept_where_it_is(house: Household) -> None:
    row = house.put("one", {"action": "LIST_GROUPS", "debug": True})
    other = house.put("one", {"action": "LIST_GROUPS"})
    house.run()
    assert house.transport.finished == [(row, True), (other, False)]


def test_a_renamed_group_renames_its_conversations(house: Household) -> None:
    house.link("one", GROUP)
    house.tell(GroupSeen(GROUP, NOON, "The Family", None))
    house.run()
    assert house.mappings()["one"]["groupName"] == "The Family"
    assert house.transport.titles["one"] == "The Family"
    assert house.pushes("one")[-1]["data"]["groupName"] == "The Family"
