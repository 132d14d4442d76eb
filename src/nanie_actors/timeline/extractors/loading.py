"""Finds an extractor by its name: ours, or one that an installed package brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from zoneinfo import ZoneInfo

from nanie_actors.errors import SettingsError
from nanie_actors.timeline.extractor import Extractor
from nanie_actors.timeline.extractors.care import CareExtractor
from nanie_actors.timeline.extractors.verbatim import verbatim_for

ENTRY_POINTS = "nanie_actors.extractors"
"""The group in which packages name their extractors; a value is called with the household's zone."""

MakeExtractor = Callable[[ZoneInfo], Extractor]

READ_BY_MODEL = "llm"
"""The extractor whose reading a language model replaces; until it has, the reading of `care` counts."""

_OURS: Mapping[str, MakeExtractor] = {
    "care": CareExtractor,
    "verbatim": verbatim_for,
    READ_BY_MODEL: CareExtractor,
}


def load_extractor(name: str, zone: ZoneInfo) -> Extractor:
    """The extractor of that name for a household in that zone. Ours win over others of the same name.

    Raises SettingsError for a name that nobody has, and for an installed extractor that cannot be made.
    """
    ours = _OURS.get(name)
    if ours is not None:
        return ours(zone)
    installed = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if name not in installed:
        known = ", ".join(sorted({*_OURS, *installed}))
        raise SettingsError(f"there is no extractor {name!r}: set extraction.extractor to one of {known}.")
    return _made(installed[name], zone)


def _made(point: EntryPoint, zone: ZoneInfo) -> Extractor:
    """What a package brings is foreign code: whatever it raises is told as a setting that cannot be used."""
    try:
        make: MakeExtractor = point.load()
        return make(zone)
    except Exception as error:
        raise SettingsError(
            f"the extractor {point.name!r} ({point.value}) cannot be loaded ({error}): "
            "repair or reinstall the package that brings it, or set another extraction.extractor."
        ) from error
