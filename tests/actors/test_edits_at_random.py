"""Edits and deletions while everything fails: what is shown in the end depends on what was told alone."""

from __future__ import annotations

from random import Random

from household import Household
from hypothesis import given, settings
from hypothesis import strategies as st
from keeper import Keeper
from making import GROUP, NOON, message
from trouble import Trouble

from nanie_actors.messages import Unquarantine
from nanie_actors.model import (
    EpochMs,
    GroupEvent,
    GroupSeen,
    MessageArrived,
    MessageEdited,
    MessageId,
    MessageRevoked,
    SenderId,
)

MESSAGES = 8


def told_of(number: int, random: Random) -> tuple[list[GroupEvent], str | None]:
    """What WhatsApp tells of one message, in any order and some of it twice; and the text that stays."""
    message_id, alice = MessageId(f"M{number}"), SenderId("alice")
    texts = [f"t{number}", *(f"t{number} edit {edit}" for edit in range(1, random.randrange(4)))]
    events: list[GroupEvent] = [MessageArrived(message(number, texts[0]))]
    for edit, text in enumerate(texts[1:], 1):
        at = EpochMs(NOON + 3_600_000 + edit)
        events.append(MessageEdited(GROUP, message_id, alice, "Alice", at, text))
    deleted = random.random() < 0.25
    if deleted:
        events.append(MessageRevoked(GROUP, message_id, alice, EpochMs(NOON + 7_200_000)))
    events += random.sample(events, random.randrange(len(events)))
    random.shuffle(events)
    return events, None if deleted else texts[-1]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0, 1, 50]))
def test_no_fault_and_no_order_changes_what_edits_and_deletions_come_to(seed: int, max_restarts: int) -> None:
    random = Random(seed)
    house = Household(schedule=random, supervision={"max_restarts": max_restarts, "window_s": 3_600.0})
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    keeper, trouble = Keeper(house), Trouble(random, house)
    told = {number: told_of(number, random) for number in range(1, MESSAGES + 1)}
    stream = [event for events, _ in told.values() for event in events]
    random.shuffle(stream)
    with trouble.inside():
        for event in stream:
            keeper.receive(event)
            for _ in range(random.randrange(20)):
                trouble.between_steps()
                if not house.dispatcher.run_one():
                    house.disk.run()
            if trouble.strikes(0.05):
                house.crash(power_loss=random.random() < 0.5)
                keeper.hand_in_again()
        trouble.over = True
        house.disk.files.heal()
        house.transport.poison = None
        house.wait(120)
        house.tree.registry.tell(Unquarantine(GROUP, False, lambda _: None))
        house.wait(60)
    assert keeper.kept == {}
    for _ in range(2):
        events = house.say("one", "GET_STATUS")[0]["data"]["events"]
        assert [event["label"] for event in events] == [text for _, text in told.values() if text is not None]
        assert [event["timestamp"] for event in events] == [
            NOON + number * 60_000 for number, (_, text) in told.items() if text is not None
        ]
        house.crash(power_loss=True)
        house.run()
