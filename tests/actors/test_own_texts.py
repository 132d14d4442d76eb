"""What the worker itself sent: recorded once, whoever brings it back, and whenever."""

from __future__ import annotations

from typing import Any

import pytest
from household import Household
from making import GROUP, NOON, message

from nanie_actors.model import (
    ConnectionChanged,
    EpochMs,
    GroupSeen,
    MessageArrived,
    MessageEdited,
    MessageId,
    MessageRevoked,
    SenderId,
)
from nanie_actors.whatsapp.edge import SendFailed, SendUnknown, Sent

ME = ("49301234567@s.whatsapp.net", "1234567890@lid")
"""The account as it may be called in what comes back."""


@pytest.fixture
def house() -> Household:
    """One conversation linked to one group."""
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    return house


def echo(text: str = "bath", number: int = 1, sender: str = ME[0], **more: Any) -> MessageArrived:
    return MessageArrived(message(number, text, sender=sender, from_me=True, at=NOON, **more))


def events(house: Household) -> list[tuple[str, bool | None]]:
    shown = house.say("one", "GET_STATUS")[0]["data"]["events"]
    return [(event["label"], event.get("synced")) for event in shown]


def recent(house: Household) -> list[tuple[str, bool]]:
    context = house.say("one", "GET_CONTEXT")[0]["data"]["context"]
    return [(m["text"], m.get("fromMe", False)) for m in context["messages"]]


def unsent(house: Household) -> list[dict[str, Any]]:
    return list(house.own_words(f"group/{GROUP}")["unsent"])


@pytest.mark.parametrize("sender", ME)
def test_a_text_of_ours_that_comes_back_is_known(house: Household, sender: str) -> None:
    house.phone.outcomes = [Sent(MessageId("M1"), NOON)]
    house.say("one", "ADD_EVENT", text="bath")
    house.tell(echo(sender=sender))
    house.run()
    assert (events(house), recent(house)) == ([("bath", True)], [("bath", True)])


def test_it_is_known_after_a_crash_and_after_a_resync(house: Household) -> None:
    house.phone.outcomes = [Sent(MessageId("M1"), NOON)]
    house.say("one", "ADD_EVENT", text="bath")
    house.crash(power_loss=True)
    house.tell(echo(sender=ME[1]))
    house.run()
    house.say("one", "RESYNC_HISTORY")
    assert (events(house), recent(house)) == ([("bath", True)], [("bath", True)])


@pytest.mark.parametrize("crash", [False, True])
def test_it_is_known_when_it_comes_back_before_the_answer(house: Household, crash: bool) -> None:
    """It comes back while nobody knows yet whether it was sent: that settles the question."""
    house.phone.hold = True
    house.say("one", "ADD_EVENT", text="bath")
    if crash:
        house.crash()
        house.run()
    told: list[str] = []
    house.ingress.put(echo(), lambda: told.append("settled"))
    house.run()
    assert (events(house), recent(house), told) == ([("bath", True)], [("bath", True)], ["settled"])
    if not crash:
        house.phone.sent[0][1](Sent(MessageId("M1"), NOON))
        house.run()
    house.tell(echo(sender=ME[1]))
    house.run()
    house.crash()
    house.tell(echo(sender=ME[1]))
    house.run()
    assert (events(house), recent(house)) == ([("bath", True)], [("bath", True)])
    assert unsent(house) == []


def test_it_settles_a_text_whose_outcome_nobody_knew(house: Household) -> None:
    house.phone.outcomes = [SendUnknown("the answer was lost")]
    house.say("one", "ADD_EVENT", text="bath")
    house.wait(60)
    (entry,) = unsent(house)
    assert entry == {
        "state": "unknown",
        "since": 1_764_000_000_000,
        "attempts": 1,
        "reason": "the answer was lost",
    }
    house.tell(echo())
    house.run()
    assert (events(house), unsent(house)) == ([("bath", True)], [])


def test_it_counts_when_the_text_was_sent_and_not_when_its_outcome_was_given_up(house: Household) -> None:
    house.phone.hold = True
    house.say("one", "ADD_EVENT", text="bath")
    house.wait(3_600)
    house.phone.sent[0][1](SendUnknown("the answer was lost"))
    house.run()
    house.tell(echo())
    house.run()
    assert (events(house), unsent(house)) == ([("bath", True)], [])


def test_the_same_words_typed_on_the_phone_are_a_message_of_their_own(house: Household) -> None:
    house.phone.outcomes = [Sent(MessageId("M9"), NOON)]
    house.say("one", "ADD_EVENT", text="bath")
    house.tell(echo(number=2), MessageArrived(message(3, "bath")))
    house.run()
    assert sorted(label for label, _ in events(house)) == ["bath"] * 3


def test_words_of_long_ago_do_not_prove_that_a_text_was_sent_now(house: Household) -> None:
    house.phone.outcomes = [SendUnknown("the answer was lost")]
    house.say("one", "ADD_EVENT", text="bath")
    old = message(1, "bath", sender=ME[0], from_me=True, at=NOON - 86_400_000)
    house.tell(MessageArrived(old), MessageArrived(message(2, "bath", at=NOON)))
    house.run()
    assert [entry["state"] for entry in unsent(house)] == ["unknown"]
    assert len(events(house)) == 3


def test_somebody_elses_message_with_our_id_is_theirs(house: Household) -> None:
    """Senders choose ids: nobody may make a message disappear by choosing ours."""
    house.phone.outcomes = [Sent(MessageId("M1"), NOON)]
    house.say("one", "ADD_EVENT", text="bath")
    house.tell(MessageArrived(message(1, "fed", sender="mallory")))
    house.run()
    assert sorted(label for label, _ in events(house)) == ["bath", "fed"]


def test_what_the_app_added_is_not_changed_from_the_phone(house: Household) -> None:
    house.phone.outcomes = [Sent(MessageId("M1"), NOON)]
    house.say("one", "ADD_EVENT", text="bath")
    for change in (
        echo(),
        MessageEdited(GROUP, MessageId("M1"), SenderId(ME[0]), "Me", EpochMs(NOON + 1), "shower"),
        MessageRevoked(GROUP, MessageId("M1"), SenderId(ME[0]), EpochMs(NOON + 2)),
    ):
        house.tell(change)
        house.run()
        assert (events(house), recent(house)) == ([("bath", True)], [("bath", True)])
    assert house.tree.ingress.inside == 0


def test_a_text_that_was_not_sent_says_why_and_is_tried_again_with_pauses(house: Household) -> None:
    house.phone.outcomes = [SendFailed("not online")] * 50
    house.say("one", "ADD_EVENT", text="bath")
    house.wait(120)
    (entry,) = unsent(house)
    assert (entry["state"], entry["reason"]) == ("failed", "not online")
    assert 2 <= len(house.phone.sent) == entry["attempts"] <= 6


def test_texts_that_could_not_be_sent_go_out_when_whatsapp_is_back() -> None:
    house = Household(live=True)
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), ConnectionChanged("phone", "online"))
    house.run()
    house.link("one", GROUP)
    house.tell(ConnectionChanged("phone", "offline"))
    house.phone.outcomes = [SendFailed("not online")] * 3
    house.say("one", "ADD_EVENT", text="bath")
    house.wait(16)
    assert len(house.phone.sent) == 3
    house.tell(ConnectionChanged("phone", "online"))
    house.run()
    assert events(house) == [("bath", True)]


def test_a_text_of_ours_is_no_message_to_extract_from(house: Household) -> None:
    house.phone.outcomes = [Sent(MessageId("M1"), NOON)]
    house.say("one", "ADD_EVENT", text="bath")
    house.say("one", "UNLINK_GROUP")
    house.link("one", GROUP)
    assert events(house) == [("bath", True)]
