"""The household's clock: which instant a time of day means, also where the clocks change."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanie_actors.timeline.extractors.clock import Readings, narrowed, readings_of
from nanie_actors.timeline.extractors.household_zone import DAY_MS, MINUTE_MS, HouseholdZone
from nanie_actors.timeline.extractors.resolve_time import TOLERANCE_MS, HouseholdClock

ZONES = [
    "Asia/Jerusalem",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "UTC",
]
JERUSALEM = ZoneInfo("Asia/Jerusalem")
LONDON = ZoneInfo("Europe/London")
SPRING_JERUSALEM = datetime(2026, 3, 27, 5, 0, tzinfo=JERUSALEM)
AUTUMN_LONDON = datetime(2026, 10, 25, 7, 0, tzinfo=LONDON)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _clock(moment: datetime) -> HouseholdClock:
    zone = moment.tzinfo
    assert isinstance(zone, ZoneInfo)
    return HouseholdClock(HouseholdZone(zone), _ms(moment))


def _at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 10, hour, minute, tzinfo=JERUSALEM)


def _shown(instant: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(instant / 1000, zone).strftime("%d %H:%M")


@pytest.mark.parametrize(
    ("written", "readings", "meant"),
    [
        (_at(19, 20), readings_of(7, 0), "10 19:00"),
        (_at(8, 0), readings_of(7, 0), "10 07:00"),
        (_at(0, 40), readings_of(11, 50), "09 23:50"),
        (_at(0, 40), readings_of(12, 30), "10 00:30"),
        (_at(9, 58), readings_of(10, 0), "10 10:00"),
        (_at(9, 44), readings_of(10, 0), "09 22:00"),
        (_at(23, 55), readings_of(0, 5), "11 00:05"),
        (_at(13, 0), readings_of(14, 0), "09 14:00"),
        (_at(22, 40), readings_of(10, 30), "10 22:30"),
        (_at(20, 0), readings_of(7, 0, zero_led=True), "10 07:00"),
    ],
)
def test_a_time_is_the_latest_one_up_to_a_quarter_of_an_hour_ahead(
    written: datetime, readings: Readings, meant: str
) -> None:
    instant, _ = _clock(written).latest(readings)
    assert _shown(instant, JERUSALEM) == meant


def test_the_later_of_two_equal_hours_is_meant_in_autumn() -> None:
    """At 02:00 the clock goes back to 01:00: 01:30 happens twice, and the second one is nearer."""
    instant, _ = _clock(AUTUMN_LONDON).latest((90,))
    assert instant == _ms(datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=1))


def test_the_earlier_of_two_equal_hours_is_meant_while_the_later_lies_ahead() -> None:
    written = datetime(2026, 10, 25, 1, 40, tzinfo=LONDON)
    instant, _ = _clock(written).latest((90,))
    assert instant == _ms(datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=0))


def test_an_hour_that_does_not_happen_is_read_by_the_clock_before_the_change() -> None:
    """02:30 on the night when 02:00 becomes 03:00 is half an hour after the change: the new clock's 03:30."""
    instant, _ = _clock(SPRING_JERUSALEM).latest((150,))
    assert _shown(instant, JERUSALEM) == "27 03:30"


@settings(max_examples=60)
@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    at=st.integers(min_value=1_577_836_800_000 // MINUTE_MS, max_value=1_893_456_000_000 // MINUTE_MS),
    reading=st.integers(min_value=0, max_value=1439),
)
def test_no_later_instant_shows_the_same_time(zone: ZoneInfo, at: int, reading: int) -> None:
    """The rule, checked against every minute of the two days before the message."""
    now = at * MINUTE_MS
    instant, _ = HouseholdClock(HouseholdZone(zone), now).latest((reading,))
    assert instant <= now + TOLERANCE_MS
    shown = [
        minute
        for minute in range(now + TOLERANCE_MS - 2 * DAY_MS, now + TOLERANCE_MS + 1, MINUTE_MS)
        if _minute_of_day(minute, zone) == reading
    ]
    if _minute_of_day(instant, zone) == reading:
        assert instant == shown[-1]
    else:
        # In a gap: nothing since the day before shows this time.
        assert not shown or shown[-1] < instant


@pytest.mark.parametrize("day", [SPRING_JERUSALEM, AUTUMN_LONDON, datetime(2026, 3, 29, 9, 0, tzinfo=LONDON)])
@pytest.mark.parametrize("reading", range(0, 1425, 15))
def test_every_quarter_of_a_changing_day_is_read_once(day: datetime, reading: int) -> None:
    zone = day.tzinfo
    assert isinstance(zone, ZoneInfo)
    evening = day.replace(hour=23, minute=44)
    instant, _ = _clock(evening).latest((reading,))
    local = datetime.fromtimestamp(instant / 1000, zone)
    assert local.date() == day.date()
    assert _minute_of_day(instant, zone) in (reading, reading + 60)


def test_yesterday_keeps_its_date() -> None:
    clock = _clock(_at(7, 10))
    assert _shown(clock.on_day("yesterday", readings_of(19, 30))[0], JERUSALEM) == "09 19:30"
    assert _shown(clock.on_day("two days ago", readings_of(19, 30))[0], JERUSALEM) == "08 19:30"
    assert _shown(clock.same_time_on("yesterday"), JERUSALEM) == "09 07:10"


def test_last_night_is_of_both_dates() -> None:
    clock = _clock(_at(7, 10))
    assert _shown(clock.on_day("last night", readings_of(11, 0))[0], JERUSALEM) == "09 23:00"
    assert _shown(clock.on_day("last night", readings_of(2, 0))[0], JERUSALEM) == "10 02:00"


def test_plans_are_for_waking_hours() -> None:
    clock = _clock(_at(20, 0))
    assert _shown(clock.on_day("tomorrow", readings_of(10, 0))[0], JERUSALEM) == "11 10:00"
    assert _shown(clock.on_day("tomorrow", readings_of(3, 0))[0], JERUSALEM) == "11 15:00"


@pytest.mark.parametrize(
    ("start", "end", "meant"),
    [
        (readings_of(14, 30), readings_of(15, 0), ("10 14:30", "10 15:00")),
        (readings_of(11, 0), readings_of(1, 0), ("10 11:00", "10 13:00")),
        (readings_of(21, 0), readings_of(7, 0), ("09 21:00", "10 07:00")),
        (readings_of(10, 0), readings_of(12, 0), ("10 10:00", "10 12:00")),
        (readings_of(23, 0), readings_of(6, 15), ("09 23:00", "10 06:15")),
    ],
)
def test_a_span_is_the_shortest_that_fits(start: Readings, end: Readings, meant: tuple[str, str]) -> None:
    first, last = _clock(_at(20, 0)).span(start, end)
    assert (_shown(first, JERUSALEM), _shown(last, JERUSALEM)) == meant


def test_a_span_over_the_change_of_clocks_has_its_true_length() -> None:
    """From 00:30 to 03:30 on the night the clocks go forward are two hours."""
    first, last = _clock(SPRING_JERUSALEM).span((30,), (210,))
    assert timedelta(milliseconds=last - first) == timedelta(hours=2)


@pytest.mark.parametrize(
    ("hour", "minute", "part", "meant"),
    [
        (7, 15, "am", (435,)),
        (7, 15, "pm", (1155,)),
        (12, 30, "am", (30,)),
        (12, 30, "pm", (750,)),
        (2, 0, "night", (120,)),
        (10, 0, "night", (1320,)),
        (1, 0, "noon", (780,)),
        (15, 0, "am", (900,)),
    ],
)
def test_a_part_of_the_day_leaves_one_reading(hour: int, minute: int, part: str, meant: Readings) -> None:
    """A time that cannot be in the part is kept: `15:00 in the morning` is a slip of the word."""
    assert narrowed(readings_of(hour, minute), part) == meant


@pytest.mark.parametrize(("hour", "minute"), [(25, 0), (10, 60), (-1, 0)])
def test_what_no_clock_shows_has_no_reading(hour: int, minute: int) -> None:
    assert readings_of(hour, minute) == ()


def _minute_of_day(instant: int, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(instant / 1000, zone)
    return local.hour * 60 + local.minute
