"""The rules of docs/extraction.md, one by one, each on messages that need it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nanie_actors.model import EpochMs
from nanie_actors.timeline.extractor import ExtractedEvent
from nanie_actors.timeline.extractors.care import CareExtractor

ZONE = ZoneInfo("Asia/Jerusalem")
CARE = CareExtractor(ZONE)


def _extract(text: str, sent: str = "14:00") -> list[ExtractedEvent]:
    at = datetime.fromisoformat(f"2026-03-10T{sent}").replace(tzinfo=ZONE)
    return list(CARE.extract(text, EpochMs(int(at.timestamp() * 1000))))


def _read(text: str, sent: str = "14:00") -> list[str]:
    """Each event as `type HH:MM`, with the day before it where it is not the message's own."""
    return [f"{event.type} {_shown(event.timestamp)}" for event in _extract(text, sent)]


def _shown(timestamp: int) -> str:
    local = datetime.fromtimestamp(timestamp / 1000, ZONE)
    return local.strftime("%H:%M" if local.day == 10 else "%d %H:%M")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("fed 10", "10:00"),
        ("10 fed", "10:00"),
        ("fed at 10:30", "10:30"),
        ("fed at 10.30", "10:30"),
        ("fed 1030", "10:30"),
        ("fed@10", "10:00"),
        ("fed at 7am", "07:00"),
        ("fed 12:15 pm", "12:15"),
        ("fed 12:15 p.m.", "12:15"),
        ("12:30PM fed", "12:30"),
        ("fed at noon", "12:00"),
        ("fed at midnight", "00:00"),
        ("fed half past seven", "07:30"),
        ("fed quarter to 8", "07:45"),
        ("fed at ten to seven", "06:50"),
        ("fed around 10", "10:00"),
        ("fed this morning at 8", "08:00"),
        ("אכלה ב-10", "10:00"),
        ("אכלה ב10:30", "10:30"),
        ("אכלה ב 10.30", "10:30"),
        ("אכלה בשעה 9", "09:00"),
        ("אכלה בשבע וחצי", "07:30"),
        ("אכלה ברבע לשבע", "06:45"),
        ("אכלה ב-3 פחות רבע", "02:45"),
        ("אכלה ב-1 ועשרה", "13:10"),
        ("אכלה ב-8 בערב", "09 20:00"),
        ("אכלה בסביבות 11", "11:00"),
        ("בערך ב-11 אכלה", "11:00"),
    ],
)
def test_a_time_may_be_written_in_many_ways(text: str, time: str) -> None:
    assert _read(text) == [f"feeding {time}"]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("fed 10 min ago", "13:50"),
        ("fed half an hour ago", "13:30"),
        ("fed an hour and a half ago", "12:30"),
        ("fed 1h20 ago", "12:40"),
        ("fed a few minutes ago", "13:55"),
        ("fed now", "14:00"),
        ("just fed", "14:00"),
        ("אכלה לפני חצי שעה", "13:30"),
        ("אכלה לפני כשעה", "13:00"),
        ("אכלה לפני שעתיים וחצי", "11:30"),
        ("אכלה לפני 10 דק׳", "13:50"),
        ("אכלה הרגע", "14:00"),
        ("fed 25 hours ago", "14:00"),
        ("אכלה לפני 99999 שעות", "14:00"),
        ("fed", "14:00"),
    ],
)
def test_a_time_may_be_relative_or_not_told(text: str, time: str) -> None:
    assert _read(text) == [f"feeding {time}"]


@pytest.mark.parametrize(
    "text",
    ["120", "120 ml", "fed 15 min", "fed 10-15 min", "bottle 4 oz", "אכלה 10 דק", "L 10", "ate 5 spoons"],
)
def test_an_amount_or_a_length_is_not_a_time(text: str) -> None:
    assert _read(text) == ["feeding 14:00"]


@pytest.mark.parametrize(
    ("text", "sent", "meant"),
    [
        ("slept 11-12:30", "14:00", ["sleeping 11:00", "waking_up 12:30"]),
        ("ישנה 11:30-12", "14:00", ["sleeping 11:30", "waking_up 12:00"]),
        ("nap from 11 to 12", "14:00", ["sleeping 11:00", "waking_up 12:00"]),
        ("slept between 11 and 12", "14:00", ["sleeping 11:00", "waking_up 12:00"]),
        ("ישן מ-11 עד 12 וחצי", "14:00", ["sleeping 11:00", "waking_up 12:30"]),
        ("slept 11pm-7", "14:00", ["sleeping 09 23:00", "waking_up 07:00"]),
        ("slept till 1", "14:00", ["waking_up 13:00"]),
        ("slept 40 min", "14:00", ["sleeping 13:20", "waking_up 14:00"]),
        ("asleep for 40 min", "14:00", ["sleeping 13:20"]),
        ("slept at 10 for 40 min", "14:00", ["sleeping 10:00", "waking_up 10:40"]),
        ("slept 40 min, woke at 1", "14:00", ["sleeping 12:20", "waking_up 13:00"]),
        ("1.5 hour nap, woke at 1", "14:00", ["sleeping 11:30", "waking_up 13:00"]),
        ("7-8 nap, 9 bottle 90", "14:00", ["sleeping 07:00", "waking_up 08:00", "feeding 09:00"]),
        (
            "Nap 1: 9.30-10, Nap 2: 12-1",
            "14:00",
            ["sleeping 09:30", "waking_up 10:00", "sleeping 12:00", "waking_up 13:00"],
        ),
    ],
)
def test_a_sleep_tells_its_beginning_its_end_or_both(text: str, sent: str, meant: list[str]) -> None:
    assert _read(text, sent) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("woke 10 ate 10:30 slept at 11", ["waking_up 10:00", "feeding 10:30", "sleeping 11:00"]),
        ("10 woke 10:30 ate 11 asleep", ["waking_up 10:00", "feeding 10:30", "sleeping 11:00"]),
        ("diaper, bottle and bath at 10", ["diaper 10:00", "feeding 10:00", "bath 10:00"]),
        ("10:00 woke up, diaper; bottle 120", ["waking_up 10:00", "diaper 10:00", "feeding 10:00"]),
        ("10:00\nwoke up\ndiaper", ["waking_up 10:00", "diaper 10:00"]),
        ("fed at 10, 12 and 1", ["feeding 10:00", "feeding 12:00", "feeding 13:00"]),
        ("אכלה ב10 ב12 וב13", ["feeding 10:00", "feeding 12:00", "feeding 13:00"]),
        ("קמה ב-10 ואכלה ונרדמה ב-11", ["waking_up 10:00", "feeding 10:00", "sleeping 11:00"]),
        ("1. 10:00 fed\n2. 11:00 bath", ["feeding 10:00", "bath 11:00"]),
        ("fell asleep 10, woke up", ["sleeping 10:00", "waking_up 10:00"]),
        ("woke 1:30, ate, asleep", ["waking_up 13:30", "feeding 13:30", "sleeping 14:00"]),
        ("woke at 3, ate, back to sleep", ["waking_up 03:00", "feeding 03:00", "sleeping 03:00"]),
        ("at 10 we left, fed at 11", ["other 10:00", "feeding 11:00"]),
        ("🛁🍼😴", ["bath 14:00", "feeding 14:00", "sleeping 14:00"]),
    ],
)
def test_one_message_may_tell_of_several_things(text: str, meant: list[str]) -> None:
    assert _read(text) == meant


def test_waking_and_sleeping_at_one_told_time_keep_their_order() -> None:
    """Sorted by time, falling asleep again must not come before the waking."""
    woke, _, slept = _extract("woke at 3, ate, back to sleep")
    assert slept.timestamp == woke.timestamp + 1


@pytest.mark.parametrize(
    ("text", "sent", "meant"),
    [
        ("7 slept, 9 woke", "20:30", ["sleeping 07:00", "waking_up 09:00"]),
        ("woke at 10, ate at 9:30", "10:30", ["waking_up 10:00", "feeding 09:30"]),
        (
            "11:30 asleep, 2 woke, 6 woke",
            "07:00",
            ["sleeping 09 23:30", "waking_up 02:00", "waking_up 06:00"],
        ),
    ],
)
def test_a_time_that_has_two_readings_takes_the_one_near_the_next(
    text: str, sent: str, meant: list[str]
) -> None:
    assert _read(text, sent) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("yesterday at 19:30 bath", ["bath 09 19:30"]),
        ("אתמול ב-20 אמבטיה, היום ב-10 אכלה", ["bath 09 20:00", "feeding 10:00"]),
        (
            "yesterday:\n10 ate\n12 asleep\n22:00 woke\n1 ate",
            ["feeding 09 10:00", "sleeping 09 12:00", "waking_up 09 22:00", "feeding 01:00"],
        ),
        ("last night at 11 fed, at 3 fed", ["feeding 09 23:00", "feeding 03:00"]),
        ("שלשום ב-10 בבוקר אמבטיה", ["bath 08 10:00"]),
        ("bath yesterday", ["bath 09 14:00"]),
        ("doctor tomorrow at 10", ["other 11 10:00"]),
        ("tomorrow bath at 7", ["other 11 07:00"]),
    ],
)
def test_a_named_day_is_honoured(text: str, meant: list[str]) -> None:
    assert _read(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "did she eat?",
        "כמה הוא אכל",
        "if she wakes up, give her a bottle",
        "didn't eat, didn't sleep",
        "did Noa eat",
        "ate?",
        "האם אכלה?",
        "מתי היא קמה",
        "hasn't slept",
        "no poop today",
        "won't sleep",
        "refused the bottle",
        "לא ישן",
        "אין קקי",
        "קקי לא היה",
        "כמעט נרדמה",
        "she will eat at 5",
        "needs a bath",
        "next nap at 3",
        "feed in 10 min",
        "עוד 10 דק מקלחת",
        "רוצה לאכול",
        "still sleeping",
        "עדיין ישנה",
        "slept well",
        "I ate",
        "אני הולכת לישון",
        "buy diapers, formula and bottles",
        "תקני מטרנה ובקבוקים",
        "3 naps today",
        "good night 😴",
        "she has 2 teeth",
        "call 050-1234567",
        "https://example.com/bath?feed=10:30",
        "left",
        "10",
    ],
)
def test_what_did_not_happen_or_is_no_care_is_a_remark_of_now(text: str) -> None:
    assert _read(text) == ["other 14:00"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ate 90, didn't finish the bottle", ["feeding 14:00"]),
        ("pee, no poo", ["diaper 14:00"]),
        ("אכלה? כן, 120 ב-12", ["other 14:00", "feeding 12:00"]),
        ("ate 120 at 12. Did she poop?", ["feeding 12:00", "other 14:00"]),
        ("after the bath ate 60", ["feeding 14:00"]),
        ("אחרי האמבטיה נרדמה", ["sleeping 14:00"]),
        ("לפני האמבטיה אכלה 60", ["feeding 14:00"]),
        ("woke up from her nap", ["waking_up 14:00"]),
        ("is asleep", ["sleeping 14:00"]),
        ("fell asleep in 10 min", ["sleeping 14:00"]),
        ("I woke her up at 1", ["waking_up 13:00"]),
    ],
)
def test_what_was_told_is_told_apart_from_what_was_not(text: str, meant: list[str]) -> None:
    assert _read(text) == meant


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("bottle 4 oz", {"method": "bottle", "amountMl": 118}),
        ("bottle 120/150", {"method": "bottle", "amountMl": 120}),
        ("אכלה 120 מ״ל", {"amountMl": 120}),
        ('אכלה 120 מ"ל', {"amountMl": 120}),
        ("תמ״ל 90 סמ״ק", {"method": "bottle", "amountMl": 90}),
        ("nursed left 15 min", {"method": "breast", "side": "left", "durationMin": 15}),
        ("L 10 R 5", {"side": "both", "durationMin": 15}),
        ("both sides, 10 each", {"side": "both", "durationMin": 20}),
        ("nursed for 15", {"method": "breast", "durationMin": 15}),
        ("הנקה ימין 13:00-13:20", {"method": "breast", "side": "right", "durationMin": 20}),
        ("nursed 2000 min", {"method": "breast"}),
        ("porridge", {"method": "solid"}),
        ("wet diaper", {"diaper": "wet"}),
        ("חיתול מלוכלך", {"diaper": "dirty"}),
        ("pipi & kaki", {"diaper": "both"}),
        ("diaper - both", {"diaper": "both"}),
        ("changed", {}),
        ("Tylenol 2.5 ml", {"medicine": "paracetamol", "doseMl": 2.5}),
        ("Nurofen, 5 ml", {"medicine": "ibuprofen", "doseMl": 5}),
        ("ibuprofen 100 mg", {"medicine": "ibuprofen", "doseMg": 100}),
        ("2 טיפות ויטמין די", {"medicine": "vitamin_d", "doseDrops": 2}),
        ("temp 38.2", {"temperatureC": 38.2}),
        ("100.4F", {"temperatureC": 38.0}),
        ("fever 101.3", {"temperatureC": 38.5}),
        ("חום 39 ב-1", {"temperatureC": 39}),
        ("37.8", {"temperatureC": 37.8}),
        ("pumped 120 ml", {"pumpedMl": 120}),
        ("weight 5.2 kg", {"weightKg": 5.2}),
        ("no bottle 120 ml", {}),
    ],
)
def test_facts_become_attributes(text: str, facts: dict[str, object]) -> None:
    (event,) = _extract(text)
    assert event.attributes == facts


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("fed left 15 min", "Feeding · left 15 min"),
        ("bottle 120 ml", "Feeding · bottle 120 ml"),
        ("בקבוק 120", 'האכלה · בקבוק 120 מ"ל'),
        ("פיפי וקקי", "חיתול · פיפי וקקי"),
        ("nap 11-12:40", "Asleep · 1 h 40 min"),
        ("נרדמה", "שינה"),
        ("woke up", "Woke up"),
        ("Tylenol 2.5 ml", "Medicine · paracetamol 2.5 ml"),
        ("נורופן 5 מל", 'תרופה · נורופן 5 מ"ל'),
        ("temp 38.2", "Temperature · 38.2°C"),
        ("she is so cute", "she is so cute"),
        ("x" * 200, "x" * 79 + "…"),
    ],
)
def test_a_label_is_a_few_words_in_the_language_of_the_message(text: str, label: str) -> None:
    assert _extract(text)[0].label == label


def test_details_are_the_words_that_an_event_was_read_from() -> None:
    first, second = _extract("She woke up at 10, then had a bottle of 120 ml at 10:30!")
    assert first.details == "She woke up at 10"
    assert second.details == "had a bottle of 120 ml at 10:30!"


@pytest.mark.parametrize(
    "text", ["נרדמהההה", "sleeeeping", "fell alseep", "נירדמה", "ונרדמה", "כשנרדמה", "*asleep*"]
)
def test_slips_stretched_words_and_glued_letters_are_read(text: str) -> None:
    assert _read(text) == ["sleeping 14:00"]


@pytest.mark.parametrize("text", ["", "  \n ", "\u200f\u200e", "\u2068\u2069"])
def test_a_text_that_shows_nothing_gives_nothing(text: str) -> None:
    assert _extract(text) == []


@pytest.mark.parametrize("text", ["...", "❤️", "?!", "👍🏽"])
def test_a_text_without_words_is_a_remark(text: str) -> None:
    (event,) = _extract(text)
    assert (event.type, event.attributes) == ("other", {})


def test_the_extractor_names_itself() -> None:
    assert CARE.name == "care"
