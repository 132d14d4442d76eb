"""The reader with the real library over real sockets; the server answers as models and networks do."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from zoneinfo import ZoneInfo

import pytest
from actor_systems import eventually
from chat_standin import Cuts, Deed, Hangs, Raw, Says, Standin, Status, chat_standin
from making import GROUP, NOON, OTHER_GROUP

from nanie_actors.errors import SettingsError
from nanie_actors.llm.provider import Provider
from nanie_actors.llm.reader import ModelReader
from nanie_actors.model import EpochMs, GroupId, MessageId, SenderId
from nanie_actors.settings.llm_section import LlmSettings
from nanie_actors.timeline.questions import Answer, Question

ZONE = ZoneInfo("Asia/Jerusalem")
SECRET = "sk-a-secret-of-the-test"


@pytest.fixture
def standin() -> Iterator[Standin]:
    with chat_standin() as standin:
        yield standin


@contextmanager
def reading(standin: Standin, **more: object) -> Iterator[ModelReader]:
    """A reader that asks the stand-in, and pauses as little as can be."""
    told = {"max_pause_s": 0.01, "per_minute": 100_000, "timeout_s": 20.0, **more}
    settings = LlmSettings.model_validate(
        {"model": "openai:test", "base_url": standin.url, "key": SECRET, **told}
    )
    reader = ModelReader(settings, ZONE, Provider(settings))
    reader.start()
    try:
        yield reader
    finally:
        assert reader.stop(10)


def question(number: int, text: str, group: GroupId = GROUP) -> Question:
    return Question(group, (SenderId("alice"), MessageId(f"M{number}")), number, text, EpochMs(NOON))


def ask(reader: ModelReader, *questions: Question) -> list[Answer]:
    heard: Queue[Answer] = Queue()
    for one in questions:
        reader.ask(one, heard.put)
    return [heard.get(timeout=60) for _ in questions]


def labels(answers: list[Answer]) -> list[list[str]]:
    return sorted([event.label for event in answer.events] for answer in answers)


def test_an_answer_becomes_events_of_its_message(standin: Standin) -> None:
    with reading(standin) as reader:
        (answer,) = ask(reader, question(1, "slept"))
    assert answer.question.text == "slept"
    ((event),) = answer.events
    assert (event.type, event.label, event.timestamp) == ("bath", "model slept", NOON)


def test_a_request_holds_one_message_its_local_time_and_no_name_and_no_id(standin: Standin) -> None:
    with reading(standin) as reader:
        ask(reader, question(1, "slept well"))
    (body,) = standin.requests
    assert json.loads(body["messages"][1]["content"]) == {
        "zone": "Asia/Jerusalem",
        "written_at": "2025-11-24T18:00",
        "weekday": "Monday",
        "message": "slept well",
    }
    sent = json.dumps(body)
    assert "alice" not in sent
    assert GROUP not in sent
    assert (body["model"], standin.keys) == ("test", [f"Bearer {SECRET}"])


def test_without_a_key_no_other_key_of_the_environment_goes_to_a_server_of_ones_own(
    standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-somebody-elses")
    with reading(standin, key="") as reader:
        ask(reader, question(1, "slept"))
    assert standin.keys == ["Bearer none"]


@pytest.mark.parametrize(
    "fault",
    [Status(500), Status(429), Status(429, {"retry-after": "0.01"}), Status(401), Status(503), Cuts()],
    ids=str,
)
def test_a_model_out_of_reach_is_asked_again_until_it_answers(standin: Standin, fault: Deed) -> None:
    standin.deeds = [fault] * 6
    with reading(standin, tries=1) as reader:
        answers = ask(reader, question(1, "slept"))
        assert reader.stats().outcomes["unreachable"] == 6
        assert reader.stats().answers
    assert labels(answers) == [["model slept"]]


def test_a_request_that_hangs_is_called_off_and_asked_again(standin: Standin) -> None:
    standin.deeds = [Hangs(), Hangs()]
    with reading(standin, timeout_s=0.3, tries=1) as reader:
        answers = ask(reader, question(1, "slept"))
        assert reader.stats().outcomes["unreachable"] >= 2
    assert labels(answers) == [["model slept"]]


@pytest.mark.parametrize(
    "useless",
    [
        Says("I cannot help with that."),
        Says('{"events": "none"}'),
        Says('{"events": [{"time": "yesterday", "type": "bath", "label": "x"}]}'),
        Says(""),
        Says('{"events": [', finish_reason="length"),
    ],
    ids=str,
)
def test_answers_of_no_use_end_after_so_many_tries(standin: Standin, useless: Deed) -> None:
    standin.deeds = [useless] * 3
    with reading(standin, tries=3) as reader:
        (answer,) = ask(reader, question(1, "slept"))
        assert labels(ask(reader, question(2, "ate"))) == [["model ate"]]
        assert reader.stats().outcomes["given_up"] == 1
    assert answer.events == ()
    assert len(standin.requests) == 4


def test_an_answer_that_no_model_gave_is_a_model_out_of_reach(standin: Standin) -> None:
    standin.deeds = [Raw(b"<html>log in to the hotel's network</html>"), Raw(b'{"choices": []}')]
    with reading(standin, tries=1) as reader:
        assert labels(ask(reader, question(1, "slept"))) == [["model slept"]]


def test_a_question_that_the_provider_refuses_is_not_asked_again(standin: Standin) -> None:
    with reading(standin) as reader:
        ask(reader, question(1, "slept"))
        standin.deeds = [Status(400)]
        (answer,) = ask(reader, question(2, "ate"))
    assert answer.events == ()
    assert len(standin.requests) == 2


def test_a_provider_that_refuses_everything_costs_no_message_its_reading(standin: Standin) -> None:
    """Then it is our request that is wrong, or its settings; somebody will mend that."""
    standin.deeds = [Status(400)] * 5
    with reading(standin, tries=1) as reader:
        assert labels(ask(reader, question(1, "slept"))) == [["model slept"]]


def test_a_dropped_question_is_not_heard_of(standin: Standin) -> None:
    standin.deeds = [Hangs()]
    heard: Queue[Answer] = Queue()
    with reading(standin, parallel=1) as reader:
        first, second = question(1, "slept"), question(2, "ate", OTHER_GROUP)
        reader.ask(first, heard.put)
        assert eventually(lambda: len(standin.requests) == 1)
        reader.ask(second, heard.put)
        reader.drop_all(GROUP)
        standin.over.set()
        assert heard.get(timeout=60).question == second
    assert heard.empty()


def test_a_stop_does_not_wait_for_a_model_that_hangs(standin: Standin) -> None:
    standin.deeds = [Hangs()] * 4
    with reading(standin, timeout_s=600.0) as reader:
        for number in range(8):
            reader.ask(question(number, "slept", GroupId(f"{number}@g.us")), lambda _: None)
        assert eventually(lambda: len(standin.requests) == 4)


def test_whoever_asks_after_the_stop_is_not_answered_and_not_hurt(standin: Standin) -> None:
    with reading(standin) as reader:
        pass
    reader.ask(question(1, "slept"), lambda _: None)
    assert standin.requests == []


def test_neither_texts_nor_keys_are_logged_even_when_everything_is(
    standin: Standin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    standin.deeds = [Status(401), Says("slept like a log, said the model"), Status(500)]
    with reading(standin) as reader:
        ask(reader, question(1, "slept like a log"))
    assert "language model" in caplog.text
    assert "slept" not in caplog.text
    assert SECRET not in caplog.text


def test_a_provider_that_nobody_has_is_refused_with_what_to_do() -> None:
    with pytest.raises(SettingsError, match="NANIE_LLM__KEY"):
        Provider(LlmSettings(model="nobody:test"))


def test_a_providers_own_address_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsError, match="NANIE_LLM__KEY"):
        Provider(LlmSettings(model="openai:test"))
