"""The laws again, with faults in every place that can fail, over schedules that a pool would seldom show."""

from __future__ import annotations

from random import Random

from household import Household
from hypothesis import given, settings
from hypothesis import strategies as st
from making import GROUP, NOON, OTHER_GROUP, message
from trouble import Trouble

from nanie_actors.messages import Unquarantine
from nanie_actors.model import GroupSeen, MessageArrived

MESSAGES = 12
USER_MAIL = {"Deliver", "Incoming", "Route", "RowArrived", "RowGiven", "RunCommand", "RunLinkCommand"}
"""What must never become a dead letter."""


def live_through(house: Household, trouble: Trouble) -> list[str]:
    """Twelve messages to each of two groups, and as many commands, in the middle of all that."""
    rows: list[str] = []
    for number in range(1, MESSAGES + 1):
        house.tell(MessageArrived(message(number, f"a{number:02}")))
        house.tell(MessageArrived(message(number, f"b{number:02}", group=OTHER_GROUP)))
        rows.append(house.put("three", {"action": "ADD_EVENT", "text": f"c{number:02}"}))
        if number % 4 == 0:
            group = OTHER_GROUP if number % 8 else GROUP
            rows.append(house.put("four", {"action": "SELECT_GROUP", "groupId": group}))
        for _ in range(trouble.random.randrange(40)):
            trouble.between_steps()
            if not house.dispatcher.run_one():
                house.disk.run()
    house.transport.poison = None
    return rows


def come_to_rest(house: Household, trouble: Trouble) -> None:
    trouble.over = True
    house.disk.files.heal()
    house.wait(120)
    for group in (GROUP, OTHER_GROUP):
        house.tree.registry.tell(Unquarantine(group, False, lambda _: None))
    house.wait(120)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0, 1, 50]))
def test_no_fault_loses_doubles_or_reorders_anything(seed: int, max_restarts: int) -> None:
    random = Random(seed)
    house = Household(schedule=random, supervision={"max_restarts": max_restarts, "window_s": 3_600.0})
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), GroupSeen(OTHER_GROUP, NOON, "Club", 3))
    house.run()
    for conversation, group in (("one", GROUP), ("two", OTHER_GROUP), ("three", GROUP), ("four", GROUP)):
        house.link(conversation, group)
    trouble = Trouble(random, house)
    with trouble.inside():
        rows = live_through(house, trouble)
        come_to_rest(house, trouble)
    for conversation, letter in (("one", "a"), ("two", "b")):
        events = house.say(conversation, "GET_STATUS")[0]["data"]["events"]
        told = [event["label"] for event in events if event["label"].startswith(letter)]
        assert told == [f"{letter}{n:02}" for n in range(1, MESSAGES + 1)]
        assert house.shown(conversation) == [event["label"] for event in events]
    answered = [out.in_reply_to for out, _ in house.transport.out]
    assert [row for row in rows if row not in answered] == []
    assert house.failures == []
    assert {note.message_type for note in house.dead_letters.last()} & USER_MAIL == set()
    assert (house.tree.ingress.inside, house.tree.inbox.inside) == (0, 0)
    assert house.tree.pushes.groups() == set()
    stopped = house.stop_soon()
    house.wait(5)
    assert stopped == [True]
