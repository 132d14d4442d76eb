"""From the wall clock of the phone that exported to milliseconds since the epoch."""

from __future__ import annotations

import datetime

from nanie_actors.model import EpochMs

_SECOND = datetime.timedelta(seconds=1)
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock has no zone


class HouseholdClock:
    """Reads an export's local times in the household's zone, in the order of the file.

    A time that occurs twice (clocks go back) is the first of the two that is not before the message above;
    it is the second when both are. A time that does not occur (clocks go forward) is read with the offset
    of before, so that 02:30 in a gap of one hour is what the new time calls 03:30.
    """

    def __init__(self, zone: datetime.tzinfo) -> None:
        self._zone = zone
        self._latest = 0

    def epoch(self, wall: datetime.datetime) -> EpochMs:
        """The moment of a wall time (no zone, whole seconds)."""
        naive = (wall - _EPOCH) // _SECOND
        first = naive - self._offset(wall, 0)
        if first < self._latest:
            second = naive - self._offset(wall, 1)
            first = max(first, second)
        self._latest = first
        return EpochMs(first * 1000)

    def _offset(self, wall: datetime.datetime, fold: int) -> int:
        offset = wall.replace(tzinfo=self._zone, fold=fold).utcoffset()
        return 0 if offset is None else offset // _SECOND
