"""Stage 6a of the care extractor: a time on the household's clock into an instant.

The rule: a time means its latest reading that is not more than TOLERANCE_MS after the message. So `7` written
at 08:00 is 07:00, written at 19:20 it is 19:00, and `23:50` written after midnight is yesterday's.
Where the clocks change:
- an hour that happens twice is read by the same rule: the later of the two that is not after the message;
- an hour that does not happen is read by the clock before the change: 02:30 is what shows as 03:30.
"""

from __future__ import annotations

from datetime import UTC, datetime

from nanie_actors.timeline.extractors.clock import DAY, Readings, narrowed
from nanie_actors.timeline.extractors.household_zone import DAY_MS, HouseholdZone

TOLERANCE_MS = 15 * 60_000
"""How far ahead of its message a time may be: `10:00 feeding`, written at 09:50 while the bottle warms."""

_DAYS_SEARCHED = 3
"""Today, yesterday, and one more for zones that once skipped a whole day."""

_FIRST = 3 * DAY_MS
_LAST = int(datetime(9000, 1, 1, tzinfo=UTC).timestamp() * 1000)

_DAYS_BACK = {"today": 0, "yesterday": -1, "two days ago": -2, "tomorrow": 1}
_WAKING_HOURS = range(7 * 60, 19 * 60)
"""When plans are for: `tomorrow at 3` is the afternoon."""

_MORNING_ENDS = 15 * 60
"""Last night's hours after midnight are before this hour of today, the others are yesterday's."""


class HouseholdClock:
    """The clock on the wall of the home, as seen at the moment of a message. Pure; made per message."""

    __slots__ = ("_latest", "_zone", "at")

    def __init__(self, zone: HouseholdZone, at: int) -> None:
        self.at = at
        self._zone = zone
        self._latest = at + TOLERANCE_MS

    @staticmethod
    def can_show(at: int) -> bool:
        """Whether a calendar exists around this instant: 1970 to 9000. Nobody writes from elsewhere."""
        return _FIRST <= at <= _LAST

    def latest(self, readings: Readings, limit: int | None = None) -> tuple[int, int]:
        """The latest instant that the readings may mean, up to `limit`, and the reading it is of.

        `limit` is by default the message's time and the tolerance. Milliseconds since the epoch.
        """
        if limit is None:
            limit = self._latest
        zone = self._zone
        today = zone.day_of(limit)
        for day in range(today, today - _DAYS_SEARCHED, -1):
            for reading in reversed(readings):
                instant = zone.instant_of(day, reading, limit)
                if instant <= limit:
                    return instant, reading
        return limit, readings[-1]

    def on_day(self, day: str, readings: Readings) -> tuple[int, int]:
        """The instant of a time on a named day, and its reading. Only `tomorrow` may lie ahead."""
        today = self._zone.day_of(self.at)
        if day == "last night":
            evening = narrowed(readings, "night")[-1]
            on = today if evening < _MORNING_ENDS else today - 1
            return min(self._instant(on, evening), self._latest), evening
        on = today + _DAYS_BACK[day]
        if day == "tomorrow":
            reading = next((r for r in readings if r in _WAKING_HOURS), readings[0])
            return self._zone.instant_of(on, reading, self._latest + 3 * DAY_MS), reading
        for reading in reversed(readings):
            instant = self._instant(on, reading)
            if instant <= self._latest:
                return instant, reading
        return self.latest(readings)

    def same_time_on(self, day: str) -> int:
        """The message's own time of day on a day that was named without a time."""
        if day not in ("yesterday", "two days ago"):
            return self.at
        zone = self._zone
        on = zone.day_of(self.at) + _DAYS_BACK[day]
        return zone.instant_of(on, zone.minute_of(self.at), self.at)

    def following(self, readings: Readings, previous: int) -> int:
        """The earliest instant the readings may mean from `previous` on; the latest where that lies ahead."""
        day = self._zone.day_of(previous)
        for on in (day, day + 1):
            for reading in readings:
                instant = self._instant(on, reading)
                if previous <= instant <= self._latest:
                    return instant
        return self.latest(readings)[0]

    def midnight_of(self, day: str) -> int:
        """When a named day began."""
        return self._instant(self._zone.day_of(self.at) + _DAYS_BACK[day], 0)

    def span(self, start: Readings, end: Readings, limit: int | None = None) -> tuple[int, int]:
        """The shortest span from a reading of `start` to a later one of `end`, as late as may be."""
        length, ending = min(
            ((last - first) % DAY, -self.latest((last,), limit)[0]) for first in start for last in end
        )
        ends = -ending
        last = self.latest(end, ends)[1]
        return self.latest(((last - length) % DAY,), ends)[0], ends

    def _instant(self, day: int, reading: int) -> int:
        return self._zone.instant_of(day, reading, self._latest)
