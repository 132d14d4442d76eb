"""Keeps the segments of the shared log from going while somebody copies the state directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HELD_SEGMENTS: Final = 64
"""Segments that may gather while the log is held: 1 GiB at the usual size. Then the disk matters more."""

GREW: Final = "the shared log grew too long meanwhile"
ERASED: Final = "a group was erased meanwhile"


@dataclass(slots=True, eq=False)
class LogHold:
    """One who holds the log. `broken` says why it is held no longer; None while it is."""

    broken: str | None = None


class LogHolds:
    """All who hold the log. Not thread-safe: the shared log's lock guards it."""

    def __init__(self) -> None:
        self._holds: set[LogHold] = set()

    def begin(self) -> LogHold:
        """From now on no segment goes."""
        hold = LogHold()
        self._holds.add(hold)
        return hold

    def end(self, hold: LogHold) -> None:
        """May be called twice, and for a hold that was broken."""
        self._holds.discard(hold)

    def keep(self, segments: int) -> bool:
        """Whether the log is held, now that it has so many segments."""
        if segments > HELD_SEGMENTS:
            self.break_all(GREW)
        return bool(self._holds)

    def break_all(self, why: str) -> None:
        """What was copied is of no use any more, so nothing has to wait for it."""
        for hold in self._holds:
            hold.broken = why
        self._holds.clear()
