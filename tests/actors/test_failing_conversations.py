"""A conversation that fails, or learns of its link late, still shows what it owes."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pytest
from household import Household
from making import GROUP, NOON, message

from nanie_actors.model import GroupSeen, MessageArrived
from nanie_actors.runtime.dispatcher import Runnable

NAME = "conversation/one"


@pytest.fixture
def house() -> Household:
    """Conversation `one` is linked to a group."""
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    return house


def arrive(house: Household, *texts: str, first: int = 1) -> None:
    for number, text in enumerate(texts, first):
        house.tell(MessageArrived(message(number, text)))
        house.run()


def fail(house: Household) -> None:
    """Let the conversation fail once; it is restarted after a moment."""
    house.transport.poison = b"INVALID_MESSAGE"
    house.put("one", '{"action":')
    house.run()
    assert house.life(NAME) == "failed"
    house.transport.poison = None


def test_a_newer_state_that_waits_behind_a_push_survives_a_failure(house: Household) -> None:
    house.transport.open = False
    arrive(house, "1", "2")
    assert house.shown("one") == ["1"]
    fail(house)
    house.wait(5)
    house.transport.accept()
    house.run()
    assert house.shown("one") == ["1", "2"]
    assert house.tree.pushes.groups() == set()


def test_a_change_while_a_conversation_is_down_is_shown_when_it_is_back(house: Household) -> None:
    fail(house)
    arrive(house, "fed")
    house.wait(5)
    assert house.shown("one") == ["fed"]
    assert house.tree.pushes.groups() == set()


def registry_last(ready: Sequence[Runnable]) -> int:
    """Everybody else goes as far as possible before the registry takes its next message."""
    return next((place for place, cell in enumerate(ready) if cell.name != "registry"), 0)


def test_what_is_owed_is_shown_whoever_comes_up_first(house: Household) -> None:
    """A group may show its timeline before the conversation has heard which group it is linked to."""
    house.transport.open = False
    arrive(house, "fed")
    house.wait(1_300)
    house.schedule = registry_last
    house.crash()
    while house.dispatcher.ready or house.disk.run():
        if all(cell.name == "registry" for cell in house.dispatcher.ready):
            house.disk.run()
        house.dispatcher.run_one()
    assert house.shown("one") == ["fed"]


def test_a_command_under_way_when_its_conversation_fails_is_answered_once(house: Household) -> None:
    row = house.put("one", {"action": "ADD_EVENT", "text": "bath"})
    house.dispatcher.run_until_idle()
    house.transport.poison = b"Event added"
    house.run()
    house.transport.poison = None
    house.wait(5)
    answers = [orjson.loads(out.body) for out, _ in house.transport.out if out.in_reply_to == row]
    assert [answer["type"] for answer in answers] == ["ERROR"]
    assert house.tree.inbox.inside == 0
    assert house.shown("one") == ["bath"]


def test_a_link_that_comes_after_the_deadline_still_gives_the_conversation_its_title(
    house: Household,
) -> None:
    house.put("two", {"action": "SELECT_GROUP", "groupId": GROUP})
    for _ in range(31):
        house.dispatcher.run_until_idle()
        house.clock.advance(1.0)
    house.run()
    assert house.transport.titles["two"] == "Family"
    arrive(house, "fed")
    assert house.shown("two") == ["fed"]


def test_restarts_leave_no_timers_behind(house: Household) -> None:
    house.wait(30)
    before = len(house.timers)
    for _ in range(4):
        fail(house)
        house.wait(10)
    for number in range(4):
        arrive(house, "fed", first=number)
        house.wait(300)
    assert len(house.timers) == before
