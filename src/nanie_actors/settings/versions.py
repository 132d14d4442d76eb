"""What changes about settings from one version of the program to the next: a number, and former names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nanie_actors import __version__

FILE_VERSION: Final = 1
"""The number that a settings file states as `version`. It grows when a file that was right becomes wrong or
means something else; a new setting does not change it."""

KEY: Final = "version"


@dataclass(frozen=True, slots=True)
class Renamed:
    """A setting, or (without a dot) a section, that has another name now."""

    now: str


@dataclass(frozen=True, slots=True)
class Removed:
    """One that there is no more; `instead` is the end of a sentence that says what to do."""

    instead: str


FORMER: Mapping[str, Renamed | Removed] = {}
"""Former names, as `section.key` or `section`: every place that still says one is told the new one. None was
changed so far; whoever changes one writes it down here."""


def problem_of(name: str, stated: object) -> str | None:
    """What is wrong with the version that the settings file `name` states; None if nothing is."""
    if isinstance(stated, bool) or not isinstance(stated, int) or stated < 1:
        return f"{name}: version = {stated!r}: must be a whole number, {FILE_VERSION} for now."
    if stated > FILE_VERSION:
        return (
            f"{name}: version = {stated}: is for a newer nanie-actors than {__version__}, which reads up to "
            f"{FILE_VERSION}: upgrade the program, or use the file that belongs to it (docs/upgrading.md)."
        )
    return None


def former(location: Sequence[str | int]) -> Renamed | Removed | None:
    """What became of a section or a setting that there is not, if there ever was one of that name."""
    whole = ".".join(map(str, location))
    return FORMER.get(whole) or FORMER.get(str(location[0]))
