"""The verbatim extractor."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from nanie_actors.model import EpochMs
from nanie_actors.timeline.extractors.verbatim import VerbatimExtractor, verbatim_for

AT = EpochMs(1_770_000_000_000)


def test_a_message_is_one_event_as_it_is() -> None:
    (event,) = VerbatimExtractor().extract("fed at 10\nasleep at 11", AT)
    assert (event.type, event.timestamp) == ("message", AT)
    assert event.label == "fed at 10"
    assert event.details == "fed at 10\nasleep at 11"
    assert event.attributes == {}


def test_a_long_message_is_kept_whole_under_a_short_label() -> None:
    (event,) = VerbatimExtractor().extract("word " * 20_000, AT)
    assert len(event.label) <= 80
    assert event.details == "word " * 20_000


@pytest.mark.parametrize("text", ["", "\n ", "\u200f"])
def test_a_text_that_shows_nothing_gives_nothing(text: str) -> None:
    assert list(VerbatimExtractor().extract(text, AT)) == []


def test_it_is_the_same_in_every_zone() -> None:
    assert verbatim_for(ZoneInfo("Asia/Jerusalem")).name == VerbatimExtractor().name == "verbatim"
