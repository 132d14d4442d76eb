"""Days and minutes of a zone: the kept offsets say what the calendar says, on every day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nanie_actors.timeline.extractors.household_zone import (
    DAY_MS,
    MINUTE_MS,
    MOST_DAYS_KEPT,
    HouseholdZone,
)

ZONES = [
    "Asia/Jerusalem",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Monrovia",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "America/Noronha",
    "UTC",
]
EPOCH = date(1970, 1, 1)
READ = {name: HouseholdZone(ZoneInfo(name)) for name in ZONES}
"""Kept over all examples, so that most of them are read from what an earlier one left."""

instants = st.integers(min_value=4 * DAY_MS, max_value=3_000_000_000_000)
names = st.sampled_from(ZONES)


def _ms(local: datetime) -> int:
    return int(local.timestamp() * 1000)


def _day(year: int, month: int, day: int) -> int:
    return (date(year, month, day) - EPOCH).days


@given(name=names, instant=instants)
@example(name="Pacific/Apia", instant=_ms(datetime(2011, 12, 31, 0, 0, tzinfo=ZoneInfo("Pacific/Apia"))))
@example(name="Asia/Jerusalem", instant=_ms(datetime(2026, 3, 27, 3, 0, tzinfo=ZoneInfo("Asia/Jerusalem"))))
def test_an_instant_is_of_the_day_and_minute_that_the_calendar_shows(name: str, instant: int) -> None:
    shown = datetime.fromtimestamp(instant / 1000, ZoneInfo(name))
    assert READ[name].day_of(instant) == (shown.date() - EPOCH).days
    assert READ[name].minute_of(instant) == shown.hour * 60 + shown.minute


@given(name=names, day=st.integers(4, 30_000), minute=st.integers(0, 1439))
@example(name="Pacific/Apia", day=_day(2011, 12, 30), minute=600)
@example(name="Australia/Lord_Howe", day=_day(2026, 4, 5), minute=105)
def test_a_minute_of_a_day_is_the_instant_that_the_calendar_gives(name: str, day: int, minute: int) -> None:
    """Of both instants, where there are two: the first with a limit before the second."""
    on = EPOCH + timedelta(days=day)
    local = datetime(on.year, on.month, on.day, minute // 60, minute % 60, tzinfo=ZoneInfo(name))
    first, second = _ms(local), _ms(local.replace(fold=1))
    meant = second if second > first else first
    assert READ[name].instant_of(day, minute, max(first, second)) == meant
    assert READ[name].instant_of(day, minute, first) == first


@pytest.mark.parametrize("name", ZONES)
def test_every_hour_around_the_changes_of_a_year_is_read_as_the_calendar_does(name: str) -> None:
    """Day by day as messages come, so that each day is learnt before the change is reached."""
    zone, household = ZoneInfo(name), HouseholdZone(ZoneInfo(name))
    began = _ms(datetime(2011, 1, 1, tzinfo=zone))
    for instant in range(began, began + 400 * DAY_MS, 61 * MINUTE_MS):
        shown = datetime.fromtimestamp(instant / 1000, zone)
        day = household.day_of(instant)
        assert day == (shown.date() - EPOCH).days
        again = household.instant_of(day, shown.hour * 60 + shown.minute, instant)
        assert again == _ms(shown.replace(second=0, microsecond=0))


def test_what_is_kept_is_bounded_and_forgetting_changes_nothing() -> None:
    household = HouseholdZone(ZoneInfo("UTC"))
    days = range(4, MOST_DAYS_KEPT + 100)
    assert [household.day_of(day * DAY_MS) for day in days] == list(days)
    assert household.days_kept <= MOST_DAYS_KEPT
