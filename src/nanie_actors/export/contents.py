"""What an export holds: the events of some days, and what there is to say about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo

from nanie_actors.model import EpochMs, GroupId

Event = Mapping[str, Any]
"""A timeline event as its file has it: JSON, of which only `id` and `timestamp` can be relied on."""

Language = Literal["en", "he"]

_HEBREW = range(0x0590, 0x0600)
"""The Unicode block of Hebrew."""


@dataclass(frozen=True, slots=True)
class Contents:
    """One export. `exported` is when it was made; times are shown on the clock of `zone`."""

    group: GroupId
    name: str
    events: Sequence[Event]
    zone: ZoneInfo
    exported: EpochMs
    version: str


def between(events: Iterable[Event], first: date | None, last: date | None, zone: ZoneInfo) -> list[Event]:
    """The events of the days from `first` to `last`, both included, on the household's clock.

    An event whose time no calendar has is on no day: it is there only if no day is asked for.
    """
    if first is None and last is None:
        return list(events)
    return [
        event
        for event in events
        if (at := moment_of(event.get("timestamp"), zone)) is not None
        and (first is None or at.date() >= first)
        and (last is None or at.date() <= last)
    ]


def moment_of(at: object, zone: tzinfo) -> datetime | None:
    """A time in milliseconds on the household's clock, to the second; None for what no calendar has."""
    if not isinstance(at, int):
        return None
    try:
        return datetime.fromtimestamp(at // 1000, zone)
    except (OverflowError, OSError, ValueError):
        return None


def text_of(value: object) -> str:
    """A text as it is, anything else as nothing."""
    return value if isinstance(value, str) else ""


def sender_of(event: Event) -> str:
    """Who wrote the message that an event was read from, if that is known."""
    source = event.get("source")
    return text_of(source.get("sender")) if isinstance(source, Mapping) else ""


def facts_of(event: Event) -> Mapping[str, Any]:
    """The attributes of an event, as docs/extraction.md names them."""
    facts = event.get("attributes")
    return facts if isinstance(facts, Mapping) else {}


def language_of(events: Iterable[Event]) -> Language:
    """Hebrew if more of the labels than not hold Hebrew letters, else English."""
    labels = [text_of(event.get("label")) for event in events]
    hebrew = sum(any(ord(char) in _HEBREW for char in label) for label in labels)
    return "he" if 2 * hebrew > len(labels) else "en"
