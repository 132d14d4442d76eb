"""A language model reads after the extractor: at its own pace, each message once, for its group only."""

from __future__ import annotations

from errno import ENOSPC
from typing import Any

import pytest
from household import Household
from making import GROUP, NOON, OTHER_GROUP, message
from slow_model import UNREADABLE, FirstReading, SlowModel, events, read_by_model, read_first

from nanie_actors.messages import EraseGroup, GroupIdle
from nanie_actors.model import (
    EpochMs,
    GroupSeen,
    MessageArrived,
    MessageEdited,
    MessageId,
    MessageRevoked,
    SenderId,
)
from nanie_actors.timeline.questions import Answer

ALICE = SenderId("alice")


class House(Household):
    """One conversation linked to one group, and a model that answers when it is told to."""

    def __init__(self, **sections: Any) -> None:
        self.slow = SlowModel()
        super().__init__(extractor=FirstReading(), model=self.slow, **sections)
        for group in (GROUP, OTHER_GROUP):
            self.tell(GroupSeen(group, NOON, "Family", 3))
        self.run()

    def begin(self) -> None:
        """What was asked is lost with the process."""
        self.slow.waiting.clear()
        super().begin()

    def hear(self, *texts: str, first: int = 1) -> None:
        self.tell(*(MessageArrived(message(number, text)) for number, text in enumerate(texts, first)))
        self.run()

    def answer_all(self) -> None:
        while self.slow.waiting:
            self.slow.answer_all()
            self.run()

    @property
    def labels(self) -> list[str]:
        shown = self.say("one", "GET_STATUS")[0]["data"]["events"]
        return sorted(event["label"] for event in shown)


@pytest.fixture
def house() -> House:
    house = House()
    house.link("one", GROUP)
    return house


def edit(number: int, text: str, at: int = 1) -> MessageEdited:
    return MessageEdited(GROUP, MessageId(f"M{number}"), ALICE, "Alice", EpochMs(NOON + 3_600_000 + at), text)


def test_the_first_reading_is_shown_at_once_and_the_models_in_its_place(house: House) -> None:
    house.hear("slept well today")
    assert house.labels == sorted(read_first("slept well today"))
    house.answer_all()
    assert sorted(house.shown("one")) == house.labels == sorted(read_by_model("slept well today"))


def test_fewer_events_than_the_first_reading_had_leave_none_of_it(house: House) -> None:
    house.hear("slept")
    house.answer_all()
    assert house.labels == ["model slept"]


def test_a_message_is_asked_about_once_however_often_it_comes(house: House) -> None:
    house.hear("slept")
    house.answer_all()
    house.hear("slept")
    house.say("one", "RESYNC_HISTORY")
    house.crash()
    house.wait(5)
    assert len(house.slow.asked) == 1
    assert house.labels == ["model slept"]


def test_a_question_holds_the_text_of_its_message_and_nothing_else(house: House) -> None:
    house.hear("slept", "ate")
    (first, second) = house.slow.asked
    assert (first.group, first.key, first.text, first.at) == (GROUP, (ALICE, "M1"), "slept", NOON + 60_000)
    assert (second.group, second.text) == (GROUP, "ate")


def test_only_a_few_questions_of_one_group_are_with_the_model_at_once(house: House) -> None:
    house.hear(*(f"text{number}" for number in range(20)))
    assert len(house.slow.waiting) == 4
    house.answer_all()
    assert house.labels == sorted(f"model text{number}" for number in range(20))


@pytest.mark.parametrize("power_loss", [False, True])
def test_what_was_not_answered_is_asked_again_after_a_crash(house: House, power_loss: bool) -> None:
    house.hear("slept", "ate")
    house.slow.answer()
    house.run()
    house.crash(power_loss=power_loss)
    house.wait(5)
    assert [question.text for question, _ in house.slow.waiting.values()] == ["ate"]
    house.answer_all()
    assert house.labels == ["model ate", "model slept"]


def test_what_was_not_answered_is_asked_again_after_a_clean_stop_though_nothing_happens(house: House) -> None:
    house.hear("slept")
    assert house.stop()
    house.begin()
    house.wait(5)
    house.answer_all()
    assert house.labels == ["model slept"]


def test_a_group_that_waits_for_the_model_does_not_go_to_sleep_by_itself(house: House) -> None:
    house.hear("slept")
    house.wait(1_500)
    assert house.life(f"group/{GROUP}") is not None
    house.answer_all()
    house.wait(1_500)
    assert house.life(f"group/{GROUP}") is None


def test_a_group_that_began_to_wait_while_it_was_put_to_sleep_stays_awake(house: House) -> None:
    house.hear("slept")
    house.tree.registry.tell(GroupIdle(GROUP))
    house.run()
    assert house.own_words(f"group/{GROUP}")["life"] == "active"
    house.answer_all()
    assert house.labels == ["model slept"]


def test_an_edit_while_the_model_reads_is_asked_anew_and_the_old_answer_counts_for_nothing(
    house: House,
) -> None:
    house.hear("slept")
    ((old, hear),) = house.slow.waiting.values()
    house.tell(edit(1, "ate much"))
    house.run()
    ((new, _),) = house.slow.waiting.values()
    assert (old.text, new.text, new.at) == ("slept", "ate much", old.at)
    hear(Answer(old, events(["model slept"], old.at)))
    house.run()
    assert house.labels == sorted(read_first("ate much"))
    house.answer_all()
    assert house.labels == ["model ate", "model much"]


def test_what_the_model_had_read_before_an_edit_is_kept_as_the_past(house: House) -> None:
    house.hear("slept")
    house.answer_all()
    house.tell(edit(1, "ate"))
    house.run()
    house.answer_all()
    (event,) = house.say("one", "GET_STATUS")[0]["data"]["events"]
    assert event["label"] == "model ate"
    assert [past["label"] for past in event["history"]] == ["model slept"]


def test_an_answer_about_a_deleted_message_brings_nothing_back(house: House) -> None:
    house.hear("slept")
    ((question, hear),) = house.slow.waiting.values()
    house.tell(MessageRevoked(GROUP, MessageId("M1"), ALICE, EpochMs(NOON + 90_000)))
    house.run()
    assert house.slow.waiting == {}
    hear(Answer(question, events(["model slept"], question.at)))
    house.run()
    assert house.labels == []


def test_what_people_deleted_the_model_does_not_bring_back(house: House) -> None:
    house.hear("slept well today")
    shown = house.say("one", "GET_STATUS")[0]["data"]["events"]
    gone = next(event["id"] for event in shown if event["label"].startswith("second"))
    house.say("one", "DELETE_EVENTS", eventIds=[gone])
    house.answer_all()
    assert house.labels == ["first slept well today"]
    house.say("one", "RESYNC_HISTORY")
    house.answer_all()
    assert house.labels == ["first slept well today"]


def test_what_the_model_never_answers_keeps_its_first_reading_and_is_not_asked_again(house: House) -> None:
    house.hear(UNREADABLE)
    house.answer_all()
    house.crash()
    house.wait(5)
    assert len(house.slow.asked) == 1
    assert house.labels == sorted(read_first(UNREADABLE))


def test_what_nobody_listens_to_is_not_asked_about(house: House) -> None:
    house.tell(MessageArrived(message(1, "slept", group=OTHER_GROUP)))
    house.run()
    assert house.slow.asked == []


def test_who_begins_to_listen_is_shown_the_log_at_once_and_the_model_reads_the_newest_of_it() -> None:
    house = House()
    house.slow.history = 2
    house.hear("one", "two", "three")
    house.link("one", GROUP)
    assert house.labels == sorted(label for text in ("one", "two", "three") for label in read_first(text))
    house.answer_all()
    assert house.labels == sorted([*read_first("one"), "model two", "model three"])


def test_a_message_that_came_after_its_edit_is_read_with_its_own_time(house: House) -> None:
    house.tell(edit(1, "ate"))
    house.run()
    house.hear("slept")
    house.answer_all()
    assert house.labels == ["model ate"]
    (event,) = house.say("one", "GET_STATUS")[0]["data"]["events"]
    assert event["timestamp"] == NOON + 60_000


def test_an_erased_group_is_not_brought_back_by_an_answer(house: House) -> None:
    house.hear("slept")
    ((question, hear),) = house.slow.waiting.values()
    failures: list[str | None] = []
    house.tree.registry.tell(EraseGroup(GROUP, failures.append))
    house.wait(10)
    assert failures == [None]
    assert house.slow.waiting == {}
    hear(Answer(question, events(["model slept"], question.at)))
    house.wait(10)
    assert house.file(GROUP) == []


def test_what_the_app_adds_is_read_at_once_and_never_asked_about(house: House) -> None:
    house.say("one", "ADD_EVENT", text="bath")
    assert house.slow.asked == []
    assert house.labels == sorted(read_first("bath"))


def test_an_answer_while_the_disk_refuses_is_taken_once_it_is_back(house: House) -> None:
    house.hear("slept")
    house.disk.files.fail("write", ENOSPC, name=".log", count=3)
    house.answer_all()
    house.wait(10)
    assert house.labels == ["model slept"]


def test_the_dump_counts_what_waits_for_the_model(house: House) -> None:
    house.hear("slept", "ate")
    assert house.own_words(f"group/{GROUP}")["awaiting_model"] == 2
