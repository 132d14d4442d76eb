"""What a group's timeline said before messages were edited or deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from nanie_actors.model import GroupId
from nanie_actors.settings import Settings
from nanie_actors.storage.group_snapshot import MESSAGES
from nanie_actors.storage.layout import StateLayout

Past = dict[str, Any]


def read_removed(settings: Settings, group: GroupId) -> list[Past]:
    """The lines of the group's message log that took events out of the timeline. Bounded by the log itself.

    A line that is no JSON is passed over: a running worker may be writing it.
    """
    path = StateLayout(settings.state.dir).memory(group) / MESSAGES
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [line for raw in lines if b'"removed"' in raw and (line := _object(raw)) is not None]


def past_of(events: Iterable[Any], lines: Iterable[Any]) -> list[Past]:
    """Every past version, by the moment it ceased to be: `{id, type, label, details, timestamp, until, how}`.

    `how` is `edited` (the event says something else now), `removed` (an edit took it away) or `deleted` (its
    message was deleted). A line of the log may be there twice.
    """
    found = [*_edited(events), *_removed(lines)]
    once = {(past["id"], past["until"], past["how"]): past for past in found}
    return sorted(once.values(), key=lambda past: (past["until"], past["timestamp"], past["id"]))


def _edited(events: Iterable[Any]) -> Iterator[Past]:
    for event in events:
        history = event.get("history", ())
        for past in history if isinstance(history, list) else ():
            if isinstance(past, dict) and isinstance(past.get("until"), int):
                yield _past(event, past, past["until"], "edited")


def _removed(lines: Iterable[Any]) -> Iterator[Past]:
    for line in lines:
        until, how = (line["deletedAt"], "deleted") if "deletedAt" in line else (line["editedAt"], "removed")
        yield from _edited(line.get("removed", ()))
        for event in line.get("removed", ()):
            yield _past(event, event, until, how)


def _past(event: Past, said: Past, until: int, how: str) -> Past:
    kept = {key: said.get(key) for key in ("type", "label", "details", "timestamp")}
    return {"id": event["id"], **kept, "until": until, "how": how}


def _object(raw: bytes) -> Past | None:
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return line if isinstance(line, dict) else None
