"""Stage 6b of the care extractor: days and minutes of a household's time zone into instants, and back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from nanie_actors.timeline.extractors.clock import DAY

MINUTE_MS = 60_000
DAY_MS = DAY * MINUTE_MS

MOST_DAYS_KEPT = 4096
"""Days whose offset is kept, some 0.5 MB; eleven years of a chat that is read again from its beginning."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)
_DAYS_AROUND = range(-2, 4)
"""Midnights (UTC) from two days before a day to two days after its end: five days.

An instant or wall time of the day is then at least a day away from any change outside of them, and no clock
was ever moved by more than a day. Within five days no zone changed twice since 1970 (the least in the IANA
data are seven, Brazil in 2000), so a change cannot hide between two samples.
"""


class HouseholdZone:
    """A time zone, read by whole days. A day is a number: that of days since 1970-01-01.

    Almost every day has one offset from UTC, which is kept, so that reading a time is an addition; the days
    around a change of the clocks go by the calendar. Nothing else is kept. Any thread.
    """

    __slots__ = ("_offsets", "_zone")

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._offsets: dict[int, int | None] = {}

    @property
    def days_kept(self) -> int:
        """How many days' offsets are kept: at most MOST_DAYS_KEPT."""
        return len(self._offsets)

    def day_of(self, instant: int) -> int:
        """The day that the calendar on the wall shows at an instant."""
        utc_day = instant // DAY_MS
        offset = self._offsets.get(utc_day) or self._offset_around(utc_day)
        if offset is None:
            return self._shown(instant).toordinal() - _EPOCH_DAY
        return (instant + offset) // DAY_MS

    def minute_of(self, instant: int) -> int:
        """The minute of the day that the clock on the wall shows at an instant."""
        shown = self._shown(instant)
        return shown.hour * 60 + shown.minute

    def instant_of(self, day: int, minute: int, limit: int) -> int:
        """When the clock shows that minute on that day.

        Of two such instants the second, unless it is after `limit`; where there is none, that of the clock
        before the change.
        """
        offset = self._offsets.get(day) or self._offset_around(day)
        if offset is not None:
            return day * DAY_MS + minute * MINUTE_MS - offset
        on = date.fromordinal(day + _EPOCH_DAY)
        local = datetime(on.year, on.month, on.day, minute // 60, minute % 60, tzinfo=self._zone)
        first = int(local.timestamp() * 1000)
        second = int(local.replace(fold=1).timestamp() * 1000)
        return second if first < second <= limit else first

    def _shown(self, instant: int) -> datetime:
        return datetime.fromtimestamp(instant / 1000, self._zone)

    def _offset_around(self, day: int) -> int | None:
        """Milliseconds that the clock is ahead of UTC; None where it changes near that day.

        Where another thread makes room at the same moment it is None as well: slower, and as right.
        """
        if day not in self._offsets:
            offsets = {self._shown((day + step) * DAY_MS).utcoffset() for step in _DAYS_AROUND}
            steady = offsets.pop()
            if len(self._offsets) >= MOST_DAYS_KEPT:
                self._offsets.clear()
            self._offsets[day] = None if offsets or steady is None else steady // _MILLISECOND
        return self._offsets.get(day)
