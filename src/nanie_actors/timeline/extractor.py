"""What turns a message into timeline events: pure and swappable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from nanie_actors.model import EpochMs
from nanie_actors.timeline.event import JsonValue
from nanie_actors.value import Value, field


class ExtractedEvent(Value, frozen=True, gc=False):
    """An event as read from a text, before it has an id.

    `details` is the fragment of the text that it was read from. `attributes` are the facts in it
    (`{"amountMl": 120, "side": "left"}`), for programs; empty where there are none.
    """

    timestamp: EpochMs
    type: str
    label: str
    details: JsonValue
    attributes: Mapping[str, JsonValue] = field(default_factory=dict)


class Extractor(Protocol):
    """Reads events out of a text.

    Pure: the same text and time give the same events in the same order, without clock, disk or network.
    Must never raise; must return quickly (microseconds) for any text, also a hostile one of 64 kB.
    """

    @property
    def name(self) -> str:
        """The name in settings and entry points."""

    def extract(self, text: str, at: EpochMs) -> Sequence[ExtractedEvent]:
        """The events of one message's text, written at `at` (when it was sent, not what it tells of)."""
