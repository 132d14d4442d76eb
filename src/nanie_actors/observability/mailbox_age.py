"""How long mail has been waiting, told from counters alone: no message carries a time stamp for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nanie_actors.runtime import ActorReport


@dataclass(frozen=True, slots=True)
class _Sight:
    """An actor with mail: everything that waits at `at_s` is done once it has handled `through` messages."""

    at_s: float
    through: int
    incarnation: int


class MailboxAges:
    """Looks from time to time, and remembers only who had mail.

    What it tells is a lower bound: a message is as old as the look at which it was first seen waiting.
    """

    def __init__(self) -> None:
        self._sights: dict[str, _Sight] = {}

    def look(self, now_s: float, reports: Iterable[ActorReport]) -> dict[str, float]:
        """The age of the oldest mail, by actor class, in seconds. One thread at a time."""
        ages: dict[str, float] = {}
        sights: dict[str, _Sight] = {}
        for report in reports:
            ages.setdefault(report.kind, 0.0)
            if not report.depth:
                continue
            sight = self._sights.get(report.name)
            if sight is None or report.handled >= sight.through or report.incarnation < sight.incarnation:
                sight = _Sight(now_s, report.handled + report.depth, report.incarnation)
            sights[report.name] = sight
            ages[report.kind] = max(ages[report.kind], now_s - sight.at_s)
        self._sights = sights
        return ages
