"""Which events are exported, and in which language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from nanie_actors.export.contents import between, language_of

ZONE = ZoneInfo("Europe/Berlin")


def at(text: str) -> dict[str, Any]:
    return {"id": text, "timestamp": int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)}


def ids(events: list[Any]) -> list[str]:
    return [event["id"] for event in events]


def test_days_are_those_of_the_household_and_both_ends_are_included() -> None:
    """Also when the clocks change: 29 March 2026 is from 23:00 to 22:00 UTC."""
    events = [at("2026-03-28T22:59"), at("2026-03-28T23:00"), at("2026-03-29T21:59"), at("2026-03-29T22:00")]
    day = date(2026, 3, 29)
    assert ids(between(events, day, day, ZONE)) == ["2026-03-28T23:00", "2026-03-29T21:59"]
    assert ids(between(events, day, None, ZONE)) == ids(events[1:])
    assert ids(between(events, None, day, ZONE)) == ids(events[:3])


def test_an_event_without_a_date_is_exported_only_if_no_day_is_asked_for() -> None:
    events: list[dict[str, Any]] = [{"id": "e", "timestamp": 10**30}, {"id": "f", "timestamp": "x"}]
    assert between(events, None, None, ZONE) == events
    assert between(events, date(1, 1, 1), date(9999, 12, 31), ZONE) == []


def test_the_language_is_that_of_most_labels() -> None:
    english, hebrew = {"label": "Feeding"}, {"label": "האכלה · 120"}
    assert language_of([]) == "en"
    assert language_of([english, hebrew]) == "en"
    assert language_of([english, hebrew, hebrew, {"label": None}]) == "en"
    assert language_of([english, hebrew, hebrew]) == "he"
