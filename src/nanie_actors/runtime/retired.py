"""What actors did that are gone, so that totals never fall."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from nanie_actors.runtime.report import ActorReport


@dataclass(frozen=True, slots=True)
class Deeds:
    """Totals of several actors of one class."""

    handled: int = 0
    failed: int = 0
    restarts: int = 0

    def with_(self, report: ActorReport) -> Deeds:
        """The totals with one more actor."""
        return Deeds(
            self.handled + report.handled, self.failed + report.failed, self.restarts + report.restarts
        )


class Retired:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._deeds: dict[str, Deeds] = {}

    def add(self, report: ActorReport) -> None:
        """An actor has stopped for good."""
        with self._lock:
            self._deeds[report.kind] = self._deeds.get(report.kind, Deeds()).with_(report)

    def by_kind(self) -> Mapping[str, Deeds]:
        """Totals by actor class."""
        with self._lock:
            return dict(self._deeds)
