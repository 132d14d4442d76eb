"""One conversation: its rows in order and once, its timeline newest first and never lost."""

from __future__ import annotations

import orjson
import pytest
from household import Household
from making import GROUP, NOON, OTHER_GROUP, message

from nanie_actors.model import GroupSeen, MessageArrived


@pytest.fixture
def house() -> Household:
    """Two groups; conversation `one` is linked to the first."""
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), GroupSeen(OTHER_GROUP, NOON, "Club", 3))
    house.run()
    house.link("one", GROUP)
    return house


def arrive(house: Household, *texts: str, first: int = 1) -> None:
    for number, text in enumerate(texts, first):
        house.tell(MessageArrived(message(number, text)))
        house.run()


def test_commands_of_one_conversation_take_effect_in_the_order_of_arrival(house: Household) -> None:
    rows = [
        house.put("one", {"action": "ADD_EVENT", "text": "first"}),
        house.put("one", {"action": "SELECT_GROUP", "groupId": OTHER_GROUP}),
        house.put("one", {"action": "ADD_EVENT", "text": "second"}),
        house.put("one", {"action": "UNLINK_GROUP"}),
        house.put("one", {"action": "GET_STATUS"}),
    ]
    house.run()
    answered = [out.in_reply_to for out, _ in house.transport.out if out.in_reply_to in rows]
    assert answered == sorted(answered, key=lambda row: rows.index(str(row)))
    assert house.transport.out[-1][0].body.startswith(b'{"type":"SYSTEM"')
    house.link("two", OTHER_GROUP)
    assert house.shown("two") == ["second"]


def test_a_row_that_arrives_twice_is_answered_once(house: Household) -> None:
    first = house.say("one", "LIST_GROUPS", row="r1")
    assert len(first) == 1
    assert house.say("one", "LIST_GROUPS", row="r1") == []
    assert house.tree.inbox.inside == 0


def test_an_old_link_command_that_comes_again_after_a_crash_does_not_link_again(house: Household) -> None:
    """Law 3: a row that was handled before another one must not undo that other one."""
    house.say("one", "SELECT_GROUP", row="old", groupId=OTHER_GROUP)
    house.say("one", "SELECT_GROUP", row="new", groupId=GROUP)
    house.crash()
    house.run()
    house.say("one", "SELECT_GROUP", row="old", groupId=OTHER_GROUP)
    assert house.mappings()["one"]["groupId"] == GROUP


def test_bursts_are_coalesced_into_the_newest_state(house: Household) -> None:
    house.transport.open = False
    arrive(house, "1", "2", "3", "4")
    pushes = house.pushes("one")
    assert len(pushes) == 1
    house.transport.out[-1][1](True)
    house.run()
    pushes = house.pushes("one")
    assert len(pushes) == 2
    assert [e["label"] for e in pushes[-1]["data"]["events"]] == ["1", "2", "3", "4"]
    assert pushes[0]["data"]["revision"] < pushes[1]["data"]["revision"]


def test_pushes_keep_the_interval_and_the_first_goes_at_once() -> None:
    house = Household(push={"interval_s": 1.0})
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    arrive(house, "1")
    assert len(house.pushes("one")) == 1
    arrive(house, "2", "3", first=2)
    assert len(house.pushes("one")) == 1
    house.wait(2)
    assert [len(p["data"]["events"]) for p in house.pushes("one")] == [1, 3]


def test_an_update_that_no_transport_took_survives_a_crash(house: Household) -> None:
    house.transport.open = False
    arrive(house, "fed")
    house.crash()
    house.run()
    assert house.shown("one") == ["fed"]


def test_an_update_that_no_transport_took_survives_a_clean_passivation_and_a_crash(house: Household) -> None:
    """The group's records are long in its own files: only the ledger still knows of the debt."""
    house.transport.open = False
    arrive(house, "fed")
    house.wait(1_300)
    assert house.tree.log.groups() == []
    house.crash()
    house.run()
    assert house.shown("one") == ["fed"]


def test_an_update_that_only_a_crash_brought_to_light_survives_the_next_crash(house: Household) -> None:
    """Its record was on disk and nobody had been told: the successor owes it, and says so durably."""
    house.tell(MessageArrived(message(1, "fed")))
    house.dispatcher.run_until_idle()
    house.disk.run()
    house.crash()
    house.transport.open = False
    house.wait(1_300)
    assert house.tree.log.groups() == []
    house.crash()
    house.run()
    assert house.shown("one") == ["fed"]
    assert house.tree.pushes.groups() == set()


def test_an_update_that_was_taken_is_not_pushed_again_after_a_clean_restart(house: Household) -> None:
    arrive(house, "fed")
    house.wait(1_300)
    house.crash()
    house.run()
    arrive(house, "fed")
    assert house.pushes("one") == []


def test_a_conversation_that_can_never_be_reached_is_owed_nothing(house: Household) -> None:
    house.transport.open = False
    arrive(house, "fed")
    house.transport.out[-1][1](False)
    house.run()
    assert house.tree.pushes.groups() == set()


def test_a_command_that_is_not_answered_in_time_is_answered_so(house: Household) -> None:
    house.put("one", {"action": "ADD_EVENT", "text": "bath"})
    house.dispatcher.run_until_idle()
    for _ in range(31):
        house.clock.advance(1.0)
        house.dispatcher.run_until_idle()
    answer = orjson.loads(house.transport.out[-1][0].body)
    assert answer["code"] == "UNAVAILABLE"
    assert house.tree.inbox.inside == 0
    house.run()
    assert house.say("one", "GET_STATUS")[0]["type"] == "DATA"


def test_an_unlinked_conversation_makes_room_soon_and_comes_back(house: Household) -> None:
    house.say("stranger", "LIST_GROUPS")
    house.wait(30)
    assert house.life("conversation/stranger") is None
    assert len(house.say("stranger", "LIST_GROUPS")) == 1


def test_rows_that_arrive_while_a_conversation_goes_to_sleep_are_handled(house: Household) -> None:
    house.say("stranger", "LIST_GROUPS")
    house.clock.advance(11)
    sent: list[str] = []
    while house.dispatcher.run_one() or house.disk.run():
        if len(sent) < 20:
            sent.append(house.put("stranger", {"action": "LIST_GROUPS"}))
    answered = [out.in_reply_to for out, _ in house.transport.out if out.in_reply_to in sent]
    assert answered == sent
    assert house.dead_letters.total() == 0


def test_ten_conversations_of_one_group_are_all_shown_the_same(house: Household) -> None:
    names = [f"c{n}" for n in range(10)]
    for name in names:
        house.link(name, GROUP)
    arrive(house, "fed")
    bodies = {out.body for out, _ in house.transport.out[-11:] if out.in_reply_to is None}
    assert len(bodies) == 1
    assert all(house.shown(name) == ["fed"] for name in names)
