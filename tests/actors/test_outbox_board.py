"""The texts that wait for WhatsApp, as metrics count them."""

from __future__ import annotations

from household import Household
from making import GROUP, NOON, OTHER_GROUP

from nanie_actors.messages import GroupIdle
from nanie_actors.model import GroupSeen
from nanie_actors.whatsapp.edge import SendFailed, SendUnknown


def house_with_links() -> Household:
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), GroupSeen(OTHER_GROUP, NOON, "Club", 3))
    house.run()
    house.link("anna", GROUP)
    house.link("bert", OTHER_GROUP)
    return house


def waiting(house: Household) -> dict[str, int]:
    counts = house.tree.group_services.outboxes.counts()
    return {state: count for state, count in counts.items() if count}


def test_texts_are_counted_in_their_states_until_they_are_sent() -> None:
    house = house_with_links()
    assert waiting(house) == {}
    house.phone.hold = True
    house.say("anna", "ADD_EVENT", text="one")
    house.say("anna", "ADD_EVENT", text="two")
    house.phone.outcomes = [SendFailed("offline")]
    house.phone.hold = False
    house.say("bert", "ADD_EVENT", text="three")
    assert waiting(house) == {"sending": 1, "queued": 1, "failed": 1}
    text, settled = house.phone.sent[0]
    settled(SendUnknown("no answer"))
    house.run()
    assert text.text == "one"
    assert waiting(house) == {"unknown": 1, "failed": 1}
    house.wait(10)
    assert waiting(house) == {"unknown": 1}


def test_a_group_that_sleeps_is_not_counted_and_one_that_wakes_is() -> None:
    house = house_with_links()
    house.phone.outcomes = [SendUnknown("no answer")]
    house.say("anna", "ADD_EVENT", text="one")
    assert waiting(house) == {"unknown": 1}
    house.tree.registry.tell(GroupIdle(GROUP))
    house.run()
    assert waiting(house) == {}
    house.say("anna", "GET_STATUS")
    assert waiting(house) == {"unknown": 1}
    house.crash()
    house.run()
    house.say("anna", "GET_STATUS")
    assert waiting(house) == {"unknown": 1}
