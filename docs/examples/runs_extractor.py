"""An extractor for a running club: how far was it, and how long did it take?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from nanie_actors.model import EpochMs
from nanie_actors.timeline.event import JsonValue
from nanie_actors.timeline.extractor import ExtractedEvent

RUN = re.compile(r"(?<![\d.,])(\d{1,3}(?:[.,]\d{1,2})?) ?(?:km\b|ק[\"״]מ|קילומטר)", re.IGNORECASE)
TIME = re.compile(r"(?<!\d)(\d{1,3}) ?(?:min\b|minutes\b|דקות)", re.IGNORECASE)
"""Every repetition has a greatest length: a hostile text of 64 kB costs no more than a long one."""


class RunsExtractor:
    """One event of the type `run` for each distance in a message; none for any other message. Thread-safe."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone  # the household's; an extractor that reads times of day needs it

    @property
    def name(self) -> str:
        """`runs`, in settings and entry points."""
        return "runs"

    def extract(self, text: str, at: EpochMs) -> Sequence[ExtractedEvent]:
        """The runs that one message tells of, at the time when it was written."""
        took = TIME.search(text)
        return [self._event(found, took, at) for found in RUN.finditer(text)]

    def _event(self, found: re.Match[str], took: re.Match[str] | None, at: EpochMs) -> ExtractedEvent:
        attributes: dict[str, JsonValue] = {"distanceKm": float(found[1].replace(",", "."))}
        if took is not None:
            attributes["durationMin"] = int(took[1])
        return ExtractedEvent(at, "run", f"Run · {found[1]} km", found[0], attributes)
