"""How an extractor is found by its name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

from nanie_actors.errors import SettingsError
from nanie_actors.model import EpochMs
from nanie_actors.timeline.extractor import ExtractedEvent
from nanie_actors.timeline.extractors import loading
from nanie_actors.timeline.extractors.loading import ENTRY_POINTS, load_extractor

ZONE = ZoneInfo("Asia/Jerusalem")


class Brought:
    """An extractor of a package that is not ours."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    @property
    def name(self) -> str:
        return "brought"

    def extract(self, text: str, at: EpochMs) -> Sequence[ExtractedEvent]:
        return (ExtractedEvent(at, "seen", text, self.zone.key),)


def _install(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    points = [EntryPoint(name, value, ENTRY_POINTS) for name, value in values.items()]

    def entry_points(*, group: str) -> list[EntryPoint]:
        assert group == ENTRY_POINTS
        return points

    monkeypatch.setattr(loading, "entry_points", entry_points)
    module = ModuleType("brought_extractors")
    module.__dict__["Brought"] = Brought
    monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.mark.parametrize("name", ["care", "verbatim"])
def test_ours_are_there_without_any_installed_metadata(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch)
    assert load_extractor(name, ZONE).name == name


def test_a_package_may_bring_its_own_and_is_told_the_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, brought="brought_extractors:Brought")
    (event,) = load_extractor("brought", ZONE).extract("hello", EpochMs(1))
    assert event.details == "Asia/Jerusalem"


def test_nobody_takes_the_place_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, care="brought_extractors:Brought")
    assert load_extractor("care", ZONE).name == "care"


def test_an_unknown_name_is_answered_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, brought="brought_extractors:Brought")
    with pytest.raises(SettingsError, match=r"'cares'.*brought, care, llm, verbatim"):
        load_extractor("cares", ZONE)


@pytest.mark.parametrize("value", ["no_such_module:Anything", "brought_extractors:Missing", "json:loads"])
def test_a_package_that_cannot_be_loaded_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, broken=value)
    with pytest.raises(SettingsError, match="'broken'"):
        load_extractor("broken", ZONE)
