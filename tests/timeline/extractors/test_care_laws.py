"""What holds for the care extractor whatever is written to it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nanie_actors.model import EpochMs
from nanie_actors.timeline.extractor import ExtractedEvent
from nanie_actors.timeline.extractors.care import CareExtractor
from nanie_actors.timeline.extractors.clause import EVENT_TYPES
from nanie_actors.timeline.extractors.labels import LABEL_CHARACTERS
from nanie_actors.timeline.extractors.merging import MAX_EVENTS
from nanie_actors.timeline.extractors.normalise import READ_CHARACTERS, normalise
from nanie_actors.timeline.extractors.resolve_time import TOLERANCE_MS

MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff"
JERUSALEM = ZoneInfo("Asia/Jerusalem")
NOON = EpochMs(int(datetime(2026, 3, 10, 12, 0, tzinfo=JERUSALEM).timestamp() * 1000))

HOSTILE = {
    "digits": "1",
    "numbers": "1 ",
    "brackets": "([",
    "times": "10:30 ",
    "spans": "10-",
    "fillers": "a ",
    "prepositions": "at ",
    "parts": "half past ",
    "actions": "woke 7 ",
    "asides": "לפני ",
    "glued letters": "ו",
    "quotes": "x'",
    "fractions": "1/",
    "phrase beginnings": "vitamin ",
    "stretched words": "sleeee ",
    "questions": "ate ?",
    "lines": "10 ate\n",
    "marks": "\u200f",
}


@cache
def _messages() -> tuple[str, ...]:
    lines = (Path(__file__).parent / "labelled.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line)["text"] for line in lines)


WORDS = (
    *("ate", "fed", "bottle", "120", "ml", "left", "right", "15", "min", "at", "7", "7:30", "10.30", "1030"),
    *(
        "asleep",
        "woke",
        "up",
        "nap",
        "bath",
        "poop",
        "pee",
        "and",
        "then",
        ",",
        ".",
        "?",
        "/",
        "+",
        "-",
        "\n",
    ),
    *("14:30-15", "now", "ago", "not", "will", "yesterday", "last night", "am", "pm", "half", "past", "to"),
    *("until", "since", "from", "אכלה", "ב-10", "ישנה", "קמה", "ולא", "לפני", "שעה", "וחצי", "רבע", "ל-8"),
    *("בשבע", "אתמול", "בקבוק", "קקי", "פיפי", "ימין", "שמאל", "חום", "38.2", "נורופן", "עכשיו", "מ-14"),
    *("עד", "16", "היום", "אחרי", "ואז", "💩", "🍼", "tomorrow", "מחר", "just", "each", "3", "naps"),
)

written = st.one_of(
    st.sampled_from(_messages()),
    st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join),
    st.text(max_size=200),
)
moments = st.integers(min_value=1_577_836_800_000, max_value=1_893_456_000_000).map(EpochMs)
zones = st.sampled_from(
    ["Asia/Jerusalem", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]
).map(ZoneInfo)


@given(text=written, at=moments, zone=zones)
@example(text="slept 999999 hours", at=NOON, zone=JERUSALEM)
@example(text="ate 9999999 hours ago", at=NOON, zone=JERUSALEM)
def test_every_text_that_shows_gives_between_one_and_fifty_events(
    text: str, at: EpochMs, zone: ZoneInfo
) -> None:
    """And none raises: a stranger's message must never stop a group."""
    events = CareExtractor(zone).extract(text, at)
    assert (1 if normalise(text) else 0) <= len(events) <= MAX_EVENTS
    for event in events:
        assert event.type in EVENT_TYPES
        assert 0 < len(event.label) <= LABEL_CHARACTERS
        assert event.details
        assert isinstance(event.timestamp, int)


@given(text=written, at=st.integers(min_value=-(2**63), max_value=2**63).map(EpochMs), zone=zones)
def test_a_time_outside_every_calendar_is_kept(text: str, at: EpochMs, zone: ZoneInfo) -> None:
    """Sources have been seen to deliver 0 and garbage as a time."""
    for event in CareExtractor(zone).extract(text, at):
        assert isinstance(event.timestamp, int)


@given(text=written, at=moments, zone=zones)
def test_only_tomorrow_lies_more_than_the_tolerance_ahead(text: str, at: EpochMs, zone: ZoneInfo) -> None:
    for event in CareExtractor(zone).extract(text, at):
        if "tomorrow" not in text.lower() and "מחר" not in text:
            assert event.timestamp <= at + TOLERANCE_MS


@given(text=written, at=moments, zone=zones, data=st.data())
def test_marks_that_nobody_sees_change_nothing(
    text: str, at: EpochMs, zone: ZoneInfo, data: st.DataObject
) -> None:
    """Keyboards and WhatsApp put direction marks anywhere, into the middle of a time as well."""
    places = data.draw(st.lists(st.integers(min_value=0, max_value=len(text)), max_size=6))
    marked = text
    for place in sorted(places, reverse=True):
        marked = marked[:place] + data.draw(st.sampled_from(MARKS)) + marked[place:]
    extractor = CareExtractor(zone)
    assert list(extractor.extract(marked, at)) == list(extractor.extract(text, at))


@given(
    text=written,
    at=moments,
    before=st.sampled_from(["", " ", "\n", "\t "]),
    after=st.sampled_from([" ", "\n\n"]),
)
def test_space_around_a_text_changes_nothing(text: str, at: EpochMs, before: str, after: str) -> None:
    extractor = CareExtractor(JERUSALEM)
    assert list(extractor.extract(before + text + after, at)) == list(extractor.extract(text, at))


@given(text=written, at=moments, zone=zones)
def test_the_same_text_gives_the_same_events_in_the_same_order(
    text: str, at: EpochMs, zone: ZoneInfo
) -> None:
    """Ids of events are made of their place: a change of order would double them."""
    first = list(CareExtractor(zone).extract(text, at))
    CareExtractor(zone).extract("fed 120 at 10, asleep at 11", at)
    assert list(CareExtractor(zone).extract(text, at)) == first


@given(text=written, at=moments)
def test_details_are_words_of_the_text(text: str, at: EpochMs) -> None:
    seen = normalise(text)
    for event in CareExtractor(JERUSALEM).extract(text, at):
        assert event.details in seen


@given(text=written, at=moments)
def test_attributes_are_json_values_and_never_negative(text: str, at: EpochMs) -> None:
    for event in CareExtractor(JERUSALEM).extract(text, at):
        json.dumps(dict(event.attributes), allow_nan=False)
        for value in event.attributes.values():
            assert isinstance(value, str) or value >= 0


@pytest.mark.parametrize("text", _messages())
def test_a_second_reading_a_minute_later_moves_no_stated_time(text: str) -> None:
    """A message delivered again with a time a little off must tell the same story."""
    extractor = CareExtractor(JERUSALEM)
    first, again = extractor.extract(text, NOON), extractor.extract(text, EpochMs(NOON + 60_000))
    assert [event.type for event in first] == [event.type for event in again]
    for one, other in zip(first, again, strict=True):
        assert other.timestamp - one.timestamp in (0, 60_000)


def test_the_events_of_one_message_are_bounded_and_lose_no_text() -> None:
    """What comes after the last event stays in its details."""
    text = "\n".join(f"{hour % 24}:00 pee" for hour in range(200))
    events = CareExtractor(JERUSALEM).extract(text, NOON)
    assert len(events) == MAX_EVENTS
    assert events[-1].details.endswith("pee")
    assert len(events[-1].details) > 1000


@pytest.mark.parametrize("pattern", HOSTILE.values(), ids=HOSTILE)
def test_work_grows_in_step_with_the_text(pattern: str) -> None:
    """Counted in calls, not in seconds: twice the text, about twice the work, and no more past the limit."""
    half, whole, far = (_calls(pattern, size) for size in (READ_CHARACTERS // 2, READ_CHARACTERS, 64 * 1024))
    assert whole <= 2.3 * half + 500
    assert far <= whole + 200


def _calls(pattern: str, size: int) -> int:
    """How many functions, ours and built-in ones, run for a hostile text of this size."""
    text = (pattern * (size // len(pattern) + 1))[:size]
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        if event in ("call", "c_call"):
            calls += 1

    extractor: Any = CareExtractor(JERUSALEM)
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        found: Sequence[ExtractedEvent] = extractor.extract(text, NOON)
    finally:
        sys.setprofile(before)
    assert len(found) <= MAX_EVENTS
    return calls
