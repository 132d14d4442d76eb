"""A language model that answers at any moment, among edits, deletions and every fault: what is shown in the
end is its reading of each message as it stands, once."""

from __future__ import annotations

from random import Random

from household import Household
from hypothesis import given, settings
from hypothesis import strategies as st
from keeper import Keeper
from making import GROUP, NOON, message
from slow_model import UNREADABLE, FirstReading, SlowModel, read_by_model, read_first
from trouble import Trouble

from nanie_actors.messages import GroupIdle, Unquarantine
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


class ForgetfulModel(SlowModel):
    """What it is asked is lost with the process."""

    def lose_all(self) -> None:
        self.waiting.clear()


def told_of(number: int, random: Random) -> tuple[list[GroupEvent], str | None]:
    """What WhatsApp tells of one message, in any order and some of it twice; and the text that stays."""
    message_id, alice = MessageId(f"M{number}"), SenderId("alice")
    texts = [f"t{number} {UNREADABLE if random.random() < 0.2 else 'more'}"]
    texts += [
        f"t{number} " + " ".join(f"w{edit}-{n}" for n in range(random.randrange(4)))
        for edit in range(random.randrange(3))
    ]
    events: list[GroupEvent] = [MessageArrived(message(number, texts[0]))]
    for edit, text in enumerate(texts[1:], 1):
        at = EpochMs(NOON + 3_600_000 + edit)
        events.append(MessageEdited(GROUP, message_id, alice, "Alice", at, text))
    deleted = random.random() < 0.2
    if deleted:
        events.append(MessageRevoked(GROUP, message_id, alice, EpochMs(NOON + 7_200_000)))
    events += random.sample(events, random.randrange(len(events)))
    random.shuffle(events)
    return events, None if deleted else texts[-1]


def meant(text: str) -> list[str]:
    return read_first(text) if UNREADABLE in text else read_by_model(text)


def shown(house: Household) -> list[str]:
    return [event["label"] for event in house.say("one", "GET_STATUS")[0]["data"]["events"]]


def come_to_rest(house: Household, model: SlowModel) -> None:
    house.wait(120)
    house.tree.registry.tell(Unquarantine(GROUP, False, lambda _: None))
    house.wait(60)
    while model.waiting:
        model.answer_all()
        house.wait(5)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0, 1, 50]))
def test_every_message_ends_with_exactly_its_reading_once(seed: int, max_restarts: int) -> None:
    random = Random(seed)
    model = ForgetfulModel()
    supervision = {"max_restarts": max_restarts, "window_s": 3_600.0}
    house = Household(schedule=random, extractor=FirstReading(), model=model, supervision=supervision)
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
                if model.waiting and random.random() < 0.1:
                    model.answer(random.randrange(len(model.waiting)))
                if trouble.strikes(0.02):
                    house.tree.registry.tell(GroupIdle(GROUP))
                if trouble.strikes(0.02):
                    house.put("one", {"action": "RESYNC_HISTORY"})
                if not house.dispatcher.run_one():
                    house.disk.run()
            if trouble.strikes(0.05):
                model.lose_all()
                house.crash(power_loss=random.random() < 0.5)
                keeper.hand_in_again()
        trouble.over = True
        house.disk.files.heal()
        house.transport.poison = None
        come_to_rest(house, model)
    assert keeper.kept == {}
    expected = sorted(label for _, text in told.values() if text is not None for label in meant(text))
    for _ in range(2):
        assert sorted(shown(house)) == expected
        model.lose_all()
        house.crash(power_loss=True)
        come_to_rest(house, model)
    assert house.own_words(f"group/{GROUP}")["awaiting_model"] == 0
