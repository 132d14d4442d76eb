"""A model's time into an instant: it is one of the household's clock, and never read as UTC. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from nanie_actors.llm.failures import Unusable
from nanie_actors.model import EpochMs

AHEAD_MS: Final = 15 * 60_000
"""How far ahead of its message an event may lie: as far as `care` lets it."""

MINUTE_MS: Final = 60_000

BACK_MS: Final = 7 * 86_400_000
"""How far back: people tell of last night, of yesterday, seldom of a day of last week."""

_FORM = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?")


def on_the_wall(at: EpochMs, zone: ZoneInfo) -> datetime:
    """The household's clock at a moment; the model is told this one, and answers with this one."""
    return datetime.fromtimestamp(at / 1000, zone)


def instant_of(text: str, zone: ZoneInfo, written_at: EpochMs) -> EpochMs:
    """The moment that `2025-11-24T19:20` means to the household.

    An hour that happens twice is the later of the two that is not after the message; one that does not happen
    is read by the clock before the change. An offset from UTC may stand behind it if it is the zone's own at
    that time; another one shows that the model counts in somebody else's time. Raises Unusable.
    """
    if not _FORM.fullmatch(text):
        raise Unusable("a time of another form")
    try:
        told = datetime.fromisoformat(text)
        readings = _readings(told.replace(tzinfo=None), zone)
    except (ValueError, OverflowError):
        raise Unusable("a time that does not exist") from None
    if told.tzinfo is not None:
        readings = [moment for moment in readings if moment == told]
        if not readings:
            raise Unusable("a time with an offset that is not the household's")
    stamps = [round(moment.timestamp() * 1000) for moment in readings]
    stamp = max((stamp for stamp in stamps if stamp <= written_at + AHEAD_MS), default=stamps[0])
    if not written_at - BACK_MS <= stamp <= written_at + AHEAD_MS:
        raise Unusable("a time that is too far from the message")
    # The model is told the minute: what happens in it happens when the message says so.
    return written_at if 0 <= written_at - stamp < MINUTE_MS else EpochMs(stamp)


def _readings(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """The moments, in UTC, at which the clock showed this: mostly one, two when it was put back."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return [first, second] if second > first else [first]
