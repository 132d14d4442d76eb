"""Every form of an export parses back to the same events, whatever is written in them."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from exports import EXPORTED, GROUP, MINUTE, NASTY, contents, texts, timelines
from hypothesis import given, settings
from icalendar import Calendar

from nanie_actors.export.ics import as_ics, without_a_time
from nanie_actors.export.json_forms import as_json, as_json_lines
from nanie_actors.export.spreadsheet import COLUMNS, as_csv

Events = list[dict[str, Any]]


def cells(encoded: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(encoded.decode("utf-8-sig"), newline="")))


def entries(encoded: bytes) -> list[Any]:
    return list(Calendar.from_ical(encoded).walk("VEVENT"))


@settings(deadline=None)
@given(timelines())
def test_json_has_every_key_of_every_event(events: Events) -> None:
    assert json.loads(as_json(contents(events))) == events
    assert [json.loads(line) for line in as_json_lines(contents(events)).splitlines()] == events


# ── CSV ─────────────────────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(timelines())
def test_a_row_of_a_table_is_an_event(events: Events) -> None:
    head, *rows = cells(as_csv(contents(events)))
    assert tuple(head) == COLUMNS
    assert [row[6] for row in rows] == [event["id"] for event in events]
    times = [datetime.fromisoformat(row[0]).timestamp() * 1000 for row in rows]
    assert times == [event["timestamp"] for event in events]
    for row, event in zip(rows, events, strict=True):
        assert row[2] in (event["label"], f"'{event['label']}")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "\u00a0@", "＝", "\n="])
def test_no_cell_is_a_formula(start: str) -> None:
    """A message of a family member must not run in the spreadsheet of another."""
    text = f"{start}HYPERLINK()"
    event = {"type": text, "label": text, "details": text, "id": text, "source": {"sender": text}}
    row = cells(as_csv(contents([event])))[1]
    assert [cell for cell in row if cell] == [f"'{text}"] * 5


@pytest.mark.parametrize("at", [10**30, -(10**20), "yesterday", 1.5])
def test_a_time_that_no_calendar_has_is_written_as_it_is(at: Any) -> None:
    shown = cells(as_csv(contents([{"timestamp": at}], zone="Asia/Tokyo")))[1][0]
    assert shown.lstrip("'") == str(at)


# ── Calendar ────────────────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(timelines())
def test_a_calendar_has_every_event_once_at_its_moment(events: Events) -> None:
    """Two events that are the ends of one sleep are one entry, which names the second."""
    found = {}
    for entry in entries(as_ics(contents(events))):
        found[entry["UID"].removesuffix(f".{GROUP}")] = entry.start
        if "X-NANIE-AWAKE-ID" in entry:
            found[entry["X-NANIE-AWAKE-ID"]] = entry.end
    assert found == {event["id"]: datetime.fromtimestamp(event["timestamp"] / 1000, UTC) for event in events}


@settings(deadline=None)
@given(texts(), texts())
def test_texts_in_a_calendar_are_as_they_were_but_for_what_no_line_can_hold(label: str, details: str) -> None:
    event = {"id": "e", "timestamp": EXPORTED, "type": "bath", "label": label, "details": details}
    encoded = as_ics(contents([event], name=label))
    (entry,) = entries(encoded)
    assert visible(str(entry["SUMMARY"])) == (visible(label) or "bath")
    assert visible(str(entry["DESCRIPTION"])) == visible(details)
    assert encoded.count(b"\r\nBEGIN:") == 1
    assert all(len(line) <= 75 for line in encoded.split(b"\r\n"))


def visible(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    return "".join(
        char for char in lines if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Zl", "Zp")
    )


def test_sleep_is_a_span_and_a_feed_as_long_as_it_was() -> None:
    start = EXPORTED - 300 * MINUTE
    events = [
        {"id": "s", "timestamp": start, "type": "sleeping", "label": "Asleep"},
        {"id": "w", "timestamp": start + 90 * MINUTE, "type": "waking_up", "label": "Woke up"},
        {
            "id": "f",
            "timestamp": start + 100 * MINUTE,
            "type": "feeding",
            "label": "Left",
            "attributes": {"durationMin": 15},
        },
        {"id": "d", "timestamp": start + 110 * MINUTE, "type": "diaper", "label": "Pee"},
        {"id": "t", "timestamp": start + 200 * MINUTE, "type": "sleeping", "label": "Asleep"},
    ]
    found = [
        (str(entry["SUMMARY"]), entry.duration, entry.get("X-NANIE-SLEEP"))
        for entry in entries(as_ics(contents(events)))
    ]
    assert found == [
        ("Asleep", timedelta(minutes=90), None),
        ("Left", timedelta(minutes=15), None),
        ("Pee", timedelta(), None),
        ("Asleep", timedelta(minutes=100), "open"),
    ]


def test_an_event_whose_time_no_calendar_has_is_left_out_and_counted() -> None:
    events = [{"id": "e", "timestamp": at, "type": "sleeping"} for at in (10**30, -(10**20), None, EXPORTED)]
    assert [entry["UID"] for entry in entries(as_ics(contents(events)))] == [f"e.{GROUP}"]
    assert without_a_time(contents(events)) == 3


def test_importing_again_updates_instead_of_doubling() -> None:
    """UID is what calendar programs go by (RFC 5545, 3.8.4.7)."""
    event = {"id": "e", "timestamp": EXPORTED, "type": "bath", "label": "Bath"}
    first, again = (entries(as_ics(contents([{**event, "label": label}])))[0] for label in ("Bath", NASTY[0]))
    assert first["UID"] == again["UID"]
