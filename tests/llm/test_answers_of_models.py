"""What is believed of an answer: local time, known types, bounded, and nothing but events of the message."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import GROUP, texts

from nanie_actors.llm.answer import LONGEST_ANSWER, TYPES, events_of
from nanie_actors.llm.failures import Unusable
from nanie_actors.llm.local_time import AHEAD_MS, BACK_MS, instant_of
from nanie_actors.llm.prompt import READ_CHARACTERS, prompt_of
from nanie_actors.model import EpochMs, MessageId, SenderId
from nanie_actors.timeline.codec import encode_event
from nanie_actors.timeline.extracted import event_of
from nanie_actors.timeline.ids import message_event_id
from nanie_actors.timeline.questions import MOST_EVENTS, Question

JERUSALEM = ZoneInfo("Asia/Jerusalem")
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> EpochMs:
    return EpochMs(round(datetime.fromisoformat(text).timestamp() * 1000))


WRITTEN = at("2025-11-24T19:20:37+02:00")


def question(text: str = "fed 120 ml at 7", written: EpochMs = WRITTEN) -> Question:
    return Question(GROUP, (SenderId("alice"), MessageId("M1")), 1, text, written)


def answer(*events: dict[str, Any]) -> str:
    return json.dumps({"events": events})


def event(**more: Any) -> dict[str, Any]:
    return {"time": "2025-11-24T19:00", "type": "feeding", "label": "Feeding", **more}


# Time -------------------------------------------------------------------------------------------------------


def test_a_time_is_the_households_and_never_utc() -> None:
    """The known fault of the predecessor: 19:00 in Jerusalem came out as 21:00."""
    (read,) = events_of(answer(event()), question(), JERUSALEM)
    assert read.timestamp == at("2025-11-24T19:00+02:00")


@pytest.mark.parametrize("text", ["2025-11-24T19:00+02:00", "2025-11-24 19:00:00+0200", "2025-11-24 19:00"])
def test_the_households_own_offset_may_stand_behind_a_time(text: str) -> None:
    assert instant_of(text, JERUSALEM, WRITTEN) == at("2025-11-24T19:00+02:00")


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-24T19:00Z",
        "2025-11-24T17:00Z",
        "2025-11-24T19:00+00:00",
        "2025-11-24T18:00+01:00",
        "19:00",
        "2025-11-24",
        "20251124T1900",
        "2025-11-24T24:30",
        "2025-02-30T10:00",
        "0001-01-01T00:00",
        "9999-12-31T23:59",
        "yesterday",
        "",
        "2025-11-24T19:36",
        "2025-11-17T19:00",
        "٢٠٢٥-11-24T19:00x",
    ],
)
def test_a_time_that_is_not_the_households_or_not_near_its_message_is_no_time(text: str) -> None:
    with pytest.raises(Unusable):
        instant_of(text, JERUSALEM, WRITTEN)


def test_the_minute_of_the_message_is_its_own_moment() -> None:
    assert instant_of("2025-11-24T19:20", JERUSALEM, WRITTEN) == WRITTEN
    assert instant_of("2025-11-24T19:19", JERUSALEM, WRITTEN) == at("2025-11-24T19:19+02:00")


def test_an_hour_that_happens_twice_is_the_later_one_that_is_not_after_the_message() -> None:
    wall = "2025-10-26T02:30"
    assert instant_of(wall, BERLIN, at("2025-10-26T08:00+01:00")) == at("2025-10-26T02:30+01:00")
    assert instant_of(wall, BERLIN, at("2025-10-26T02:40+02:00")) == at("2025-10-26T02:30+02:00")
    assert instant_of(f"{wall}+02:00", BERLIN, at("2025-10-26T08:00+01:00")) == at("2025-10-26T02:30+02:00")


def test_an_hour_that_does_not_happen_is_read_by_the_clock_before_the_change() -> None:
    read = instant_of("2025-03-30T02:30", BERLIN, at("2025-03-30T08:00+02:00"))
    assert read == at("2025-03-30T03:30+02:00")


@given(
    st.integers(946_684_800, 4_070_908_800),
    st.sampled_from(["Asia/Jerusalem", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "UTC"]),
    st.integers(-BACK_MS, AHEAD_MS),
)
def test_what_the_clock_on_the_wall_shows_is_read_as_that_minute(
    written_s: int, zone: str, apart_ms: int
) -> None:
    household = ZoneInfo(zone)
    message = EpochMs(written_s * 1000)
    shown = datetime.fromtimestamp((message + apart_ms) / 1000, household).strftime("%Y-%m-%dT%H:%M")
    try:
        read = instant_of(shown, household, message)
    except Unusable:
        # Only at the rims of the window, where the minute begins before it or the hour happens twice.
        assert apart_ms < -BACK_MS + 60_000 or apart_ms > AHEAD_MS - 3_600_000
        return
    assert datetime.fromtimestamp(read / 1000, household).strftime("%Y-%m-%dT%H:%M") == shown


# Everything else --------------------------------------------------------------------------------------------


def test_attributes_are_those_of_the_care_extractor() -> None:
    told = {"method": "bottle", "amountMl": 147.8, "durationMin": 15, "mood": "good", "side": None}
    (read,) = events_of(answer(event(attributes=told)), question(), JERUSALEM)
    assert dict(read.attributes) == {"method": "bottle", "amountMl": 148, "durationMin": 15}
    (dose,) = events_of(
        answer(event(type="other", attributes={"medicine": "Nurofen", "doseMl": 2.5, "temperatureC": 38.0})),
        question(),
        JERUSALEM,
    )
    assert dict(dose.attributes) == {"medicine": "unnamed", "doseMl": 2.5, "temperatureC": 38}


def test_a_type_that_nobody_knows_is_other() -> None:
    read = events_of(answer(event(type="Feeding "), event(type="delete_all")), question(), JERUSALEM)
    assert [one.type for one in read] == ["feeding", "other"]


def test_details_are_words_of_the_message_or_the_whole_message() -> None:
    read = events_of(
        answer(event(details="120 ml"), event(details="what nobody wrote"), event(details=" ")),
        question(),
        JERUSALEM,
    )
    assert [one.details for one in read] == ["120 ml", "fed 120 ml at 7", "fed 120 ml at 7"]


def test_a_label_is_one_short_line_and_never_empty() -> None:
    labels = [" a\n b\u202e\u0007c ", "x" * 500, " \u200b "]
    read = events_of(answer(*(event(label=label) for label in labels)), question(), JERUSALEM)
    assert [one.label for one in read] == ["a b c", "x" * 79 + "…", "fed 120 ml at 7"]


def test_a_message_about_nothing_is_a_remark() -> None:
    (read,) = events_of(answer(), question("lovely weather"), JERUSALEM)
    assert (read.type, read.label, read.timestamp) == ("other", "lovely weather", WRITTEN)


@pytest.mark.parametrize("fence", ["```json\n{}\n```", "```\n{}\n```", "  {}\n"])
def test_an_answer_may_come_in_a_fence(fence: str) -> None:
    assert len(events_of(fence.replace("{}", answer(event())), question(), JERUSALEM)) == 1


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "null",
        "[]",
        '{"events": {}}',
        '{"events": [null]}',
        '{"events": [{"type": "bath", "label": "x"}]}',
        '{"events": [{"time": 1764000000000, "type": "bath", "label": "x"}]}',
        '{"events": [{"time": "2025-11-24T19:00", "type": "bath", "label": "\\ud800"}]}',
        answer(event(attributes={"amountMl": "120"})),
        answer(event(attributes={"amountMl": -1})),
        answer(event(attributes={"amountMl": True})),
        answer(event(attributes={"doseMl": float("nan")})),
        answer(event(attributes={"side": "middle"})),
        answer(event(attributes={"temperatureC": 100.4})),
        answer(event(label="x" * 1_001)),
        answer(*[event()] * (MOST_EVENTS + 1)),
        "Sure! " + answer(event()),
        " " * LONGEST_ANSWER + answer(event()),
        "\ud800",
    ],
)
def test_an_answer_of_another_form_is_no_answer(bad: str) -> None:
    with pytest.raises(Unusable):
        events_of(bad, question(), JERUSALEM)


def test_the_reason_names_the_place_and_none_of_the_words() -> None:
    with pytest.raises(Unusable, match=r"events\.0\.attributes\.side") as caught:
        events_of(answer(event(attributes={"side": "a secret of the family"})), question(), JERUSALEM)
    assert "secret" not in caught.value.reason


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(texts | st.sampled_from(["events", "time", "type", "label", "attributes"]), inner)
    ),
    max_leaves=8,
)
hostile = st.one_of(
    st.text(max_size=50),
    json_values.map(json.dumps),
    st.lists(st.fixed_dictionaries({"time": texts, "type": texts, "label": texts, "details": texts})).map(
        lambda told: json.dumps({"events": told})
    ),
    st.lists(
        st.builds(event, type=texts, label=st.text(max_size=90), details=st.text(max_size=90)), max_size=5
    ).map(lambda told: json.dumps({"events": told})),
)


@given(hostile, st.text(min_size=1, max_size=60).filter(str.strip))
def test_whatever_a_model_says_gives_events_of_this_message_that_can_be_stored_or_nothing(
    said: str, text: str
) -> None:
    try:
        read = events_of(said, question(text), JERUSALEM)
    except Unusable:
        return
    assert 1 <= len(read) <= MOST_EVENTS
    for index, one in enumerate(read):
        assert one.type in TYPES
        assert one.label
        assert one.details in text
        assert WRITTEN - BACK_MS <= one.timestamp <= WRITTEN + AHEAD_MS
        if text.isprintable():
            encode_event(event_of(message_event_id(GROUP, SenderId("a"), MessageId("m"), index), one))


# The request ------------------------------------------------------------------------------------------------


@given(st.text(min_size=1))
def test_whatever_the_text_is_it_is_data_in_a_turn_of_its_own(text: str) -> None:
    rules, user = prompt_of(question(text), JERUSALEM)
    assert rules["role"] == "system"
    assert rules == prompt_of(question("x"), JERUSALEM)[0]
    told = json.loads(user["content"])
    assert set(told) == {"zone", "written_at", "weekday", "message"}
    assert user["content"].encode("utf-8")
    assert len(told["message"]) <= READ_CHARACTERS


def test_the_model_is_told_the_households_clock() -> None:
    told = json.loads(prompt_of(question(written=at("2025-07-01T22:30+00:00")), JERUSALEM)[1]["content"])
    assert (told["written_at"], told["weekday"]) == ("2025-07-02T01:30", "Wednesday")
