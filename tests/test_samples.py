"""The bundled chats: what the demo and first steps rely on."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nanie_actors.samples import sample_paths
from nanie_actors.whatsapp.opening import open_sources
from nanie_actors.whatsapp.replay import ReplaySource


@pytest.mark.parametrize("path", sample_paths(), ids=lambda path: path.name)
def test_a_sample_can_be_played_without_a_question(path: Path) -> None:
    """No `--date-order` is needed for it."""
    (source,) = open_sources(path, zone=ZoneInfo("UTC"))
    assert source.name


def test_there_are_several_groups_and_no_two_are_one() -> None:
    sources = [source for path in sample_paths() for source in open_sources(path, zone=ZoneInfo("UTC"))]
    groups = [source.group for source in sources if isinstance(source, ReplaySource)]
    assert len(groups) == len(sources) >= 3
    assert len(set(groups)) == len(groups)


def test_a_sample_s_name_has_no_letters_that_file_systems_write_in_two_ways() -> None:
    """A group's id comes from its name, and some names are those that WhatsApp gives to Hebrew exports."""
    for path in sample_paths():
        assert unicodedata.normalize("NFC", path.name) == unicodedata.normalize("NFD", path.name)
