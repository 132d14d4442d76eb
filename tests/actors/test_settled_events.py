"""What a source is told about the events it handed in: `settled` means on disk, and is said once."""

from __future__ import annotations

from errno import ENOSPC
from functools import partial
from random import Random

from household import Household
from hypothesis import given, settings
from hypothesis import strategies as st
from keeper import Keeper
from making import GROUP, NOON, OTHER_GROUP, message
from trouble import Trouble

from nanie_actors.actors.gate import Gate
from nanie_actors.messages import Unquarantine
from nanie_actors.model import (
    ConnectionChanged,
    EpochMs,
    GroupId,
    GroupSeen,
    MessageArrived,
    MessageId,
    MessageRevoked,
    SenderId,
)
from nanie_actors.ticket import Ticket, settle_all


def labels(house: Household, conversation: str) -> list[str]:
    return [event["label"] for event in house.say(conversation, "GET_STATUS")[0]["data"]["events"]]


def test_an_event_is_settled_when_it_is_on_disk_and_not_before() -> None:
    house = Household()
    keeper = Keeper(house)
    keeper.receive(MessageArrived(message(1)))
    house.dispatcher.run_until_idle()
    assert list(keeper.kept) == [MessageArrived(message(1))]
    house.run()
    assert (keeper.kept, keeper.told) == ({}, {1: 1})


def test_a_repetition_is_settled_no_sooner_than_what_it_repeats() -> None:
    house = Household()
    keeper = Keeper(house)
    keeper.receive(MessageArrived(message(1)), copies=3)
    house.dispatcher.run_until_idle()
    assert keeper.told == {}
    house.run()
    assert keeper.told == {1: 1, 2: 1, 3: 1}
    keeper.hand_in(MessageArrived(message(1)))
    house.run()
    assert keeper.told[4] == 1


def test_what_concerns_no_group_is_settled_at_once() -> None:
    house = Household()
    keeper = Keeper(house)
    keeper.receive(ConnectionChanged("phone", "online"))
    keeper.receive(MessageArrived(message(1, group=GroupId("status@broadcast"))))
    house.run()
    assert keeper.kept == {}
    assert house.tree.ingress.inside == 0


def test_a_refusing_disk_settles_nothing_until_it_recovers() -> None:
    house = Household()
    keeper = Keeper(house)
    house.disk.files.fail("write", ENOSPC, name=".log", count=3)
    keeper.receive(MessageArrived(message(1)), copies=2)
    house.run()
    assert keeper.told == {}
    house.wait(10)
    assert keeper.told == {1: 1, 2: 1}


def test_a_message_that_is_put_aside_is_settled_by_the_parking() -> None:
    house = Household(supervision={"max_restarts": 0})
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    keeper = Keeper(house)
    keeper.receive(MessageArrived(message(1, "boom")))
    keeper.receive(MessageArrived(message(2, "after")))
    house.run()
    assert keeper.kept == {}
    house.crash(power_loss=True)
    house.extractor.poison = None
    house.run()
    assert labels(house, "one") == ["boom", "after"]


def test_what_cannot_even_be_put_aside_stays_with_its_source() -> None:
    house = Household(supervision={"max_restarts": 0})
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    keeper = Keeper(house)
    house.disk.files.fail("write", ENOSPC, name=".jsonl", count=9)
    keeper.receive(MessageArrived(message(1, "boom")))
    house.run()
    assert list(keeper.kept) == [MessageArrived(message(1, "boom"))]
    assert house.tree.ingress.inside == 0


def test_a_source_that_fails_when_told_harms_no_group() -> None:
    house = Household()

    def fail() -> None:
        raise RuntimeError("the source failed")

    house.ingress.put(MessageArrived(message(1)), fail)
    house.run()
    assert house.tree.ingress.inside == 0
    assert house.own_words(f"group/{GROUP}")["messages"] == 1


def test_a_ticket_ends_once() -> None:
    told: list[str] = []
    gate = Gate("test", places=9, per_key=9)
    gate.enter("a")
    gate.enter("a")
    ticket = Ticket(gate, "a", lambda: told.append("settled"))
    ticket.settle()
    ticket.settle()
    ticket.lose()
    assert (told, gate.inside) == (["settled"], 1)


def test_tickets_that_end_together_are_each_heard_of_and_give_back_each_place() -> None:
    told: list[str] = []

    def tell(name: str) -> None:
        told.append(f"{name}, {one.inside + other.inside} inside")
        if name == "b":
            raise RuntimeError("the source failed")

    one, other = (Gate("test", places=9, per_key=9) for _ in range(2))
    tickets = []
    for gate, key in ((one, "a"), (one, "a"), (one, "b"), (other, "b"), (one, "a"), (one, "a")):
        gate.enter(key)
        tickets.append(Ticket(gate, key, partial(tell, key)))
    tickets[0].settle()
    one.enter("c")
    settle_all(tickets)
    assert [said[:4] for said in told] == ["a, 6", "a, 6", "b, 6", "b, 5", "a, 4", "a, 3"]
    assert (one.inside, other.inside) == (1, 0)


def storm(house: Household, keeper: Keeper, trouble: Trouble, random: Random) -> None:
    """Messages for two groups, some of them twice, while things fail and the process is killed."""
    for number in range(1, 13):
        for letter, group in (("a", GROUP), ("b", OTHER_GROUP)):
            event = MessageArrived(message(number, f"{letter}{number:02}", group=group))
            keeper.receive(event, copies=random.choice([1, 1, 2]))
        for _ in range(random.randrange(30)):
            trouble.between_steps()
            if trouble.strikes(0.01):
                house.disk.files.fail("write", ENOSPC, name=".jsonl", count=1)
            if not house.dispatcher.run_one():
                house.disk.run()
        if trouble.strikes(0.2):
            house.crash(power_loss=random.random() < 0.5)
            keeper.hand_in_again()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0, 1, 50]))
def test_what_is_settled_survives_everything_and_the_rest_is_told_of_again(
    seed: int, max_restarts: int
) -> None:
    """The source forgets what is settled: should one such message not be on disk, it would be missing."""
    random = Random(seed)
    house = Household(schedule=random, supervision={"max_restarts": max_restarts, "window_s": 3_600.0})
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), GroupSeen(OTHER_GROUP, NOON, "Club", 3))
    house.run()
    house.link("one", GROUP)
    house.link("two", OTHER_GROUP)
    keeper, trouble = Keeper(house), Trouble(random, house)
    with trouble.inside():
        storm(house, keeper, trouble, random)
        trouble.over = True
        house.disk.files.heal()
        house.transport.poison = None
        house.crash(power_loss=True)
        keeper.hand_in_again()
        house.wait(120)
        for group in (GROUP, OTHER_GROUP):
            house.tree.registry.tell(Unquarantine(group, False, lambda _: None))
        house.wait(60)
    assert keeper.kept == {}
    assert set(keeper.told.values()) == {1}
    assert house.tree.ingress.inside == 0
    house.crash(power_loss=True)
    house.run()
    assert labels(house, "one") == [f"a{number:02}" for number in range(1, 13)]
    assert labels(house, "two") == [f"b{number:02}" for number in range(1, 13)]


def test_a_revoke_that_overtakes_its_message_settles_both() -> None:
    house = Household()
    keeper = Keeper(house)
    keeper.receive(MessageRevoked(GROUP, MessageId("M1"), SenderId("alice"), EpochMs(NOON + 1)))
    keeper.receive(MessageArrived(message(1)))
    house.run()
    assert keeper.kept == {}
