"""A timeline as a calendar file (iCalendar, RFC 5545): sleep as spans, everything else at its moment.

Times are in UTC, so that no calendar program needs to know the household's zone rules.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, vText
from icalendar import Event as Entry

from nanie_actors.export.contents import Contents, Event, facts_of, moment_of, sender_of, text_of
from nanie_actors.export.sleep import LONGEST_MS, MINUTE_MS, SleepSpan, spans_of_sleep

_SLEEP = ("sleeping", "waking_up")


def as_ics(contents: Contents) -> bytes:
    """The calendar file. Events whose time no calendar has are not in it: `without_a_time` counts them."""
    calendar = Calendar()
    calendar.add("prodid", f"-//nanie-actors//nanie {contents.version}//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", vText(_clean(contents.name)))
    calendar.add("x-wr-timezone", vText(str(contents.zone)))
    for entry in sorted(_entries(contents), key=lambda entry: entry.start):
        calendar.add_component(entry)
    return bytes(calendar.to_ical())


def without_a_time(contents: Contents) -> int:
    """How many events have a time that no calendar has."""
    return sum(_when(event) is None for event in contents.events)


def _entries(contents: Contents) -> Iterator[Entry]:
    shown = [event for event in contents.events if _when(event) is not None]
    for event in shown:
        if event.get("type") not in _SLEEP:
            yield _entry(contents, event, _length(event))
    spans = spans_of_sleep(shown, contents.exported)
    told = {id(event) for span in spans for event in (span.asleep, span.awake)}
    for span in spans:
        yield _sleep_entry(contents, span)
    for event in shown:
        # Told once more of a sleep that is there already.
        if event.get("type") in _SLEEP and id(event) not in told:
            yield _entry(contents, event, timedelta())


def _sleep_entry(contents: Contents, span: SleepSpan) -> Entry:
    told = span.asleep if span.asleep is not None else span.awake
    assert told is not None  # No span without one of its ends.
    entry = _entry(contents, told, timedelta(milliseconds=span.end - span.start))
    if span.asleep is not None and span.awake is not None:
        entry.add("x-nanie-awake-id", vText(_clean(text_of(span.awake.get("id")))))
    if span.state != "whole":
        entry.add("x-nanie-sleep", vText(span.state))
    return entry


def _entry(contents: Contents, event: Event, length: timedelta) -> Entry:
    """An entry. UID stays the same from export to export, so that importing again updates."""
    entry = Entry()
    start = _when(event)
    assert start is not None  # Those without were left out.
    label, type_ = text_of(event.get("label")), text_of(event.get("type"))
    entry.add("uid", f"{_clean(text_of(event.get('id')))}.{contents.group}")
    entry.add("dtstamp", datetime.fromtimestamp(contents.exported // 1000, UTC))
    entry.add("dtstart", start)
    if length:
        entry.add("dtend", start + length)
    entry.add("summary", _clean(label) or type_)
    words = (text_of(event.get("details")), sender_of(event))
    entry.add("description", _clean("\n".join(filter(None, words))))
    entry.add("categories", [_clean(type_) or "other"])
    entry.add("class", "PRIVATE")
    entry.add("transp", "TRANSPARENT")
    return entry


def _when(event: Event) -> datetime | None:
    """The moment, if it and the longest sleep after it are in the calendar."""
    at = event.get("timestamp")
    if not isinstance(at, int) or moment_of(at + LONGEST_MS, UTC) is None:
        return None
    return moment_of(at, UTC)


def _length(event: Event) -> timedelta:
    minutes = facts_of(event).get("durationMin")
    if isinstance(minutes, int | float) and 0 < minutes <= LONGEST_MS / MINUTE_MS:
        return timedelta(minutes=minutes)
    return timedelta()


def _clean(text: str) -> str:
    """Without what a line of the format cannot hold: control characters, and other ends of lines than one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace(_BYTE_ORDER_MARK, "")
    return "".join(char for char in lines if char in "\n\t" or unicodedata.category(char) not in _UNFIT)


_BYTE_ORDER_MARK = "\ufeff"
_UNFIT = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of characters, separators of lines and paragraphs."""
