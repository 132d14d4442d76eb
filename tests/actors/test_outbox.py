"""Texts on their way to WhatsApp: sent once, tried again when certainly not sent, never blindly re-sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from household import Household
from making import GROUP, NOON, message

from nanie_actors.model import EpochMs, GroupSeen, MessageArrived, MessageId
from nanie_actors.whatsapp.edge import SendFailed, SendUnknown, Sent


@pytest.fixture
def house() -> Household:
    """One conversation linked to one group."""
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    return house


def synced(house: Household) -> dict[str, bool | None]:
    events = house.say("one", "GET_STATUS")[0]["data"]["events"]
    return {event["label"]: event.get("synced") for event in events}


def event_id(house: Household, label: str) -> str:
    events = house.say("one", "GET_STATUS")[0]["data"]["events"]
    return next(str(event["id"]) for event in events if event["label"] == label)


def outbox(house: Household) -> dict[str, int]:
    return dict(house.own_words(f"group/{GROUP}")["outbox"])


def test_a_text_that_certainly_was_not_sent_is_tried_again_with_growing_pauses(house: Household) -> None:
    house.phone.outcomes = [SendFailed("offline")] * 3
    house.say("one", "ADD_EVENT", text="bath")
    assert len(house.phone.sent) == 1
    for seconds, attempts in ((4, 1), (2, 2), (8, 2), (3, 3)):
        house.wait(seconds)
        assert len(house.phone.sent) == attempts
    assert synced(house) == {"bath": False}
    house.wait(30)
    assert synced(house) == {"bath": True}


def test_texts_go_out_one_at_a_time_in_order(house: Household) -> None:
    house.phone.hold = True
    for text in ("first", "second", "third"):
        house.say("one", "ADD_EVENT", text=text)
    assert [text.text for text, _ in house.phone.sent] == ["first"]
    for number, expected in enumerate((["first", "second"], ["first", "second", "third"]), 1):
        house.phone.sent[-1][1](Sent(MessageId(f"W{number}"), EpochMs(1)))
        house.run()
        assert [text.text for text, _ in house.phone.sent] == expected


def test_an_unknown_outcome_is_never_resent_blindly_and_retry_sync_decides(house: Household) -> None:
    house.phone.outcomes = [SendUnknown("timed out")]
    house.say("one", "ADD_EVENT", text="bath")
    assert outbox(house)["unknown"] == 1
    house.wait(7_200)
    assert len(house.phone.sent) == 1
    assert house.say("one", "RETRY_SYNC", eventId=event_id(house, "bath")) == [
        {"type": "STATUS", "text": "Sync initiated", "ephemeral": True}
    ]
    assert len(house.phone.sent) == 2
    assert synced(house) == {"bath": True}


def test_a_crash_while_sending_leaves_the_outcome_unknown(house: Household) -> None:
    house.phone.hold = True
    house.say("one", "ADD_EVENT", text="bath")
    assert len(house.phone.sent) == 1
    house.crash()
    house.wait(7_200)
    assert house.phone.sent == []
    assert synced(house) == {"bath": False}
    house.say("one", "RETRY_SYNC", eventId=event_id(house, "bath"))
    assert [text.text for text, _ in house.phone.sent] == ["bath"]


def test_a_crash_before_sending_sends_after_the_restart(house: Household) -> None:
    house.phone.connected = False
    house.say("one", "ADD_EVENT", text="bath")
    house.crash()
    house.wait(10)
    assert [text.text for text, _ in house.phone.sent] == ["bath"]
    assert synced(house) == {"bath": True}


def test_what_was_sent_is_not_sent_again_by_a_retry(house: Household) -> None:
    house.say("one", "ADD_EVENT", text="bath")
    house.say("one", "RETRY_SYNC", eventId=event_id(house, "bath"))
    assert len(house.phone.sent) == 1


def test_our_own_message_coming_back_is_recognised(house: Household) -> None:
    house.say("one", "ADD_EVENT", text="bath")
    echo = replace(message(1, "bath", sender="222@lid", from_me=True), message_id=MessageId("W1"))
    house.tell(MessageArrived(echo))
    house.run()
    assert list(synced(house)) == ["bath"]


def test_a_group_with_an_unsent_text_does_not_go_to_sleep(house: Household) -> None:
    house.phone.connected = False
    house.say("one", "ADD_EVENT", text="bath")
    house.wait(1_500)
    assert house.life(f"group/{GROUP}") is not None


def test_the_same_row_adds_and_sends_once_even_after_a_crash(house: Household) -> None:
    """Law 3: a router row takes effect once, however often it arrives."""
    first = house.say("one", "ADD_EVENT", row="r1", text="bath")
    house.say("one", "ADD_EVENT", row="r1", text="bath")
    house.crash()
    house.run()
    assert house.say("one", "ADD_EVENT", row="r1", text="bath") == first
    assert list(synced(house)) == ["bath"]
    assert house.phone.sent == []
