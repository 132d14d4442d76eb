"""From what was read out of a text to an event of the timeline. Pure."""

from __future__ import annotations

from typing import Final

from nanie_actors.model import EpochMs, EventId
from nanie_actors.timeline.event import EventSource, TimelineEvent
from nanie_actors.timeline.extractor import ExtractedEvent

LABEL_CHARACTERS: Final = 80
"""How much of a text becomes a label: a line on a phone, twice."""


def event_of(
    event_id: EventId,
    extracted: ExtractedEvent,
    source: EventSource | None = None,
    edited_at: EpochMs | None = None,
    *,
    synced: bool | None = None,
) -> TimelineEvent:
    """The event, once it has an id; `source` and `edited_at` of what was read from a message."""
    attributes = extracted.attributes
    return TimelineEvent(
        event_id,
        extracted.timestamp,
        extracted.type,
        extracted.label,
        extracted.details,
        synced,
        source,
        edited_at,
        extra={"attributes": dict(attributes)} if attributes else {},
    )


def label_of(text: str) -> str:
    """The first line of a text that is not blank, cut to what a label holds."""
    line = text.strip().splitlines()[0].strip()
    return line if len(line) <= LABEL_CHARACTERS else line[: LABEL_CHARACTERS - 1] + "…"
