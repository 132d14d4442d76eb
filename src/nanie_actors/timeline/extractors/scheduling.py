"""Stage 6 of the care extractor: when each clause happened, by its own words and by its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nanie_actors.timeline.extractors.clause import Clause
from nanie_actors.timeline.extractors.clock import Readings, narrowed
from nanie_actors.timeline.extractors.household_zone import MINUTE_MS
from nanie_actors.timeline.extractors.resolve_time import HouseholdClock


class Span(NamedTuple):
    """When something happened: `start` in milliseconds since the epoch, `end` where the text tells it.

    `is_end` marks a time of which only the end was told (`slept until 4`), `is_own` one that the clause told
    itself. `readings` are kept while the time may still be another one.
    """

    start: int
    end: int | None = None
    is_end: bool = False
    is_own: bool = True
    readings: Readings = ()


SOON_MS = 60 * MINUTE_MS
"""`woke, now asleep`: how long after waking a message still tells of falling asleep just now."""

_LEADING = ("yesterday", "two days ago")

_OPPOSITE = {"sleeping": "waking_up", "waking_up": "sleeping"}


def schedule(clauses: Sequence[Clause], clock: HouseholdClock) -> list[Span]:
    """A time for each clause.

    A clause without a time has that of the clause before it, or, at the beginning of a line, of the first one
    on that line with a time. Falling asleep and waking up never share one: the second is now, or just after
    the first if that was long ago (`woke at 3, fed, back to sleep` at 7 o'clock). All else is now.
    """
    now = Span(clock.at, None, False, False)
    if len(clauses) == 1:
        return [_own_times(clauses, clock)[0] or now]
    own = _own_times(clauses, clock)
    _bring_into_order(own, clock)
    spans: list[Span] = []
    carried, source = now, ""
    for index, clause in enumerate(clauses):
        span = own[index]
        if span is not None:
            if clause.is_told:
                carried, source = span, clause.group
        elif not clause.is_told:
            span = now
        elif carried is now:
            span = _next_on_line(clauses, own, index) or now
        elif source and _OPPOSITE.get(clause.group) == source and carried.end is None and not carried.is_end:
            # A millisecond keeps the two in order wherever they are sorted by time.
            span = now if clock.at - carried.start < SOON_MS else Span(carried.start + 1, is_own=False)
        else:
            span = Span(carried.start if carried.end is None else carried.end, is_own=False)
        spans.append(span)
    return spans


def _own_times(clauses: Sequence[Clause], clock: HouseholdClock) -> list[Span | None]:
    """What each clause tells itself.

    A day that leads (`yesterday 7 ate, 9 slept`) goes on until another day is named, and past midnight: each
    time is the first one after the time before it. Under a day on a line of its own the first is a morning's.
    """
    if len(clauses) == 1 and not clauses[0].day:
        return [_own_time(clauses[0], "", clock) if clauses[0].is_told else None]
    own: list[Span | None] = []
    led = ""
    previous = 0
    for clause in clauses:
        if clause.day and (clause.day_leads or clause.day == "today"):
            led = clause.day if clause.day in _LEADING else ""
            previous = clock.midnight_of(led) if led and clause.day_heads else 0
        if not clause.is_told and clause.day != "tomorrow":
            own.append(None)
            continue
        span = _own_time(clause, clause.day or led, clock)
        if span is not None and led and clause.when is not None and clause.when.start:
            if previous:
                span = _moved(span, clock.following(clause.when.start, previous))
            previous = span.start
        own.append(span)
    return own


def _moved(span: Span, start: int) -> Span:
    end = None if span.end is None else span.end - span.start + start
    return span._replace(start=start, end=end, readings=())


def _own_time(clause: Clause, day: str, clock: HouseholdClock) -> Span | None:
    when = clause.when
    if when is None:
        return Span(clock.same_time_on(day)) if day in ("yesterday", "two days ago") else None
    if when.ago is not None:
        return Span(clock.at - int(when.ago * MINUTE_MS))
    start, end = when.start, when.end
    if clause.part:
        start = narrowed(start, clause.part) if start else start
        end = narrowed(end, clause.part) if end and not start else end
    if day and day != "today":
        return _on_day(day, start, end, clock)
    if start and end:
        return Span(*clock.span(start, end))
    instant, _ = clock.latest(start or end)
    return Span(instant, None, not start, True, start if len(start) > 1 and not day else ())


def _on_day(day: str, start: Readings, end: Readings, clock: HouseholdClock) -> Span:
    instant, reading = clock.on_day(day, start or end)
    if not (start and end):
        return Span(instant, is_end=not start)
    if day == "tomorrow":
        return Span(instant)
    length = min((last - reading) % (24 * 60) for last in end)
    return Span(instant, min(instant + length * MINUTE_MS, clock.at))


def _bring_into_order(own: list[Span | None], clock: HouseholdClock) -> None:
    """`7 slept, 9 woke` written at 20:30 is of the morning: a time that may be read two ways is read as the
    one nearer to the time told after it, when the two are out of order."""
    following: Span | None = None
    for index in range(len(own) - 1, -1, -1):
        span = own[index]
        if span is None:
            continue
        if following is not None and span.readings and span.start > following.start:
            earlier, _ = clock.latest(span.readings, following.start)
            if following.start - earlier < span.start - following.start:
                span = span._replace(start=earlier)
                own[index] = span
        following = span


def _next_on_line(clauses: Sequence[Clause], own: Sequence[Span | None], index: int) -> Span | None:
    line = clauses[index].line
    for ahead in range(index + 1, len(clauses)):
        if clauses[ahead].line != line:
            return None
        span = own[ahead]
        if span is not None and clauses[ahead].is_told:
            return Span(span.start, is_own=False)
    return None
