"""Events as older programs wrote them, brought into today's form. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import orjson

from nanie_actors.model import GroupId

SECONDS_BELOW = 100_000_000_000
"""Numbers below this are seconds (as such, the year 5138), above it milliseconds (as such, from 1973 on)."""

_ID_BYTES = 12


@dataclass(frozen=True, slots=True)
class SkippedEvent:
    """An entry that is no event, by its place in the old file (from 0), and why."""

    index: int
    reason: str


class _NoEvent(ValueError):
    """An entry that cannot become an event; says why."""


def normalise_events(
    group: GroupId, entries: Sequence[Any]
) -> tuple[list[dict[str, Any]], list[SkippedEvent]]:
    """Each entry in today's form, and those that cannot be. Unknown keys are kept as they are."""
    events: dict[str, dict[str, Any]] = {}
    skipped: list[SkippedEvent] = []
    for index, entry in enumerate(entries):
        try:
            event = _normalised(group, entry)
            if events.setdefault(event["id"], event) != event:
                raise _NoEvent("an earlier entry that says something else has the same id")
        except _NoEvent as error:
            skipped.append(SkippedEvent(index, str(error)))
    return list(events.values()), skipped


def epoch_ms(value: Any) -> int | None:
    """A time of any older form in epoch milliseconds; None if it is none.

    Numbers may be seconds or milliseconds, texts ISO 8601 or such a number. A text without a zone is read as
    UTC, the zone in which every stored time is meant.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_number(value)
    if not isinstance(value, str):
        return None
    try:
        return _from_number(float(value))
    except ValueError:
        return _from_iso(value)


def _from_number(value: float) -> int | None:
    if not math.isfinite(value) or not 0 < value < 1e15:
        return None
    return round(value * 1_000) if value < SECONDS_BELOW else round(value)


def _from_iso(text: str) -> int | None:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return round(at.timestamp() * 1_000)


def _normalised(group: GroupId, entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise _NoEvent("it is not an object")
    at = epoch_ms(entry.get("timestamp"))
    if at is None:
        raise _NoEvent("its timestamp is missing or no time")
    kind = entry.get("type")
    kind = kind if isinstance(kind, str) and kind else "other"
    label = entry.get("label")
    event = {
        "id": _id(group, entry),
        "timestamp": at,
        "type": kind,
        "label": label if isinstance(label, str) else kind,
        "details": entry.get("details"),
    }
    return event | _others(entry, event)


def _others(entry: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """Every other key; one that means something else today is kept under another name."""
    others: dict[str, Any] = {}
    for key, value in entry.items():
        if key not in event:
            others[key if _fits(key, value) else f"legacy_{key}"] = value
    return others


def _fits(key: str, value: Any) -> bool:
    match key:
        case "synced":
            return isinstance(value, bool)
        case "editedAt":
            return isinstance(value, int) and not isinstance(value, bool)
        case "source":
            return isinstance(value, dict) and all(
                isinstance(value.get(k), str) for k in ("messageId", "sender")
            )
        case _:
            return True


def _id(group: GroupId, entry: Mapping[str, Any]) -> str:
    """The entry's own id, or one that the same entry always gets."""
    own = entry.get("id")
    if isinstance(own, str) and own:
        return own
    if isinstance(own, int) and not isinstance(own, bool):
        return str(own)
    content = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
    return blake2b(group.encode() + b"\0" + content, digest_size=_ID_BYTES).hexdigest()
