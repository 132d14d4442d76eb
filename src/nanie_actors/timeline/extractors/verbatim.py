"""The verbatim extractor: every message as it is, for those whose app does its own reading."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from nanie_actors.model import EpochMs
from nanie_actors.timeline.extractor import ExtractedEvent
from nanie_actors.timeline.extractors.labels import shortened
from nanie_actors.timeline.extractors.normalise import normalise


class VerbatimExtractor:
    """One event of the type `message` for each text, at the time it was written. Thread-safe."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """`verbatim`, in settings and entry points."""
        return "verbatim"

    def extract(self, text: str, at: EpochMs) -> Sequence[ExtractedEvent]:
        """The text as it is, whole, under its first line; nothing where there is nothing to see."""
        seen = normalise(text)
        return (ExtractedEvent(at, "message", shortened(seen), text),) if seen else ()


def verbatim_for(zone: ZoneInfo) -> VerbatimExtractor:  # noqa: ARG001 - what an entry point is called with
    """The verbatim extractor of a household; it reads no times, so every zone has the same."""
    return VerbatimExtractor()
