"""Older layouts: a flat `memory/<groupId>.json`, and the one-group cache. Read, merged, never destroyed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from nanie_actors.errors import InvalidGroup, SourceError
from nanie_actors.model import GroupId, parse_group_id
from nanie_actors.storage.disk import Disk
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.legacy_events import SkippedEvent, epoch_ms, normalise_events

log = logging.getLogger(__name__)

IMPORTED = ".imported"
"""Ends the name of a flat file whose events are in the group's own files now."""


@dataclass(frozen=True, slots=True)
class LegacyGroup:
    """What an older program knew of a group. Of the one-group cache's `apiKey` nothing is taken."""

    path: Path
    group: GroupId
    events: list[dict[str, Any]]
    seen_message_ids: list[str] = field(default_factory=list)
    last_activity: int = 0
    skipped: tuple[SkippedEvent, ...] = ()


def read_legacy(path: Path) -> LegacyGroup:
    """Read a file of an older layout: an array of events, or an object with `events`.

    The group is the `groupId` inside, or else the file's name. Raises SourceError naming the file.
    """
    content = _content(path)
    fields: Mapping[str, Any] = content if isinstance(content, dict) else {"events": content}
    group = _group(path, fields.get("groupId"))
    entries = fields.get("events", [])
    if not isinstance(entries, list):
        raise _unusable(path, "its events are not an array")
    events, skipped = normalise_events(group, entries)
    seen = fields.get("processedMsgIds")
    return LegacyGroup(
        path=path,
        group=group,
        events=events,
        seen_message_ids=[item for item in seen if isinstance(item, str)] if isinstance(seen, list) else [],
        last_activity=epoch_ms(fields.get("lastMessageTimestamp")) or 0,
        skipped=tuple(skipped),
    )


def find_flat_files(disk: Disk, layout: StateLayout) -> list[Path]:
    """The flat files in the folder of the groups; anything else there is left alone."""
    return [layout.memories / name for name in _flat_names(disk.listdir(layout.memories))]


def _flat_names(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        if not name.endswith(".json"):
            continue
        try:
            parse_group_id(name.removesuffix(".json"))
        except InvalidGroup:
            log.warning("a file in the folder of the groups has no group's name and is left alone")
        else:
            yield name


def _content(path: Path) -> Any:
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise _unusable(path, str(error.strerror)) from error
    except orjson.JSONDecodeError as error:
        raise _unusable(path, f"it is no JSON ({error})") from error
    if not isinstance(content, list | dict):
        raise _unusable(path, "it holds no events")
    return content


def _group(path: Path, inside: Any) -> GroupId:
    named: GroupId | None
    try:
        named = parse_group_id(path.name.removesuffix(".json"))
    except InvalidGroup:
        named = None
    if inside is None:
        if named is None:
            raise _unusable(path, "neither its name nor a groupId in it says which group it is of")
        return named
    try:
        group = parse_group_id(str(inside))
    except InvalidGroup as error:
        raise _unusable(path, str(error)) from error
    if named not in (None, group):
        raise _unusable(path, "its name and the groupId in it are two groups")
    return group


def _unusable(path: Path, why: str) -> SourceError:
    return SourceError(f"{path} cannot be imported: {why}. It is kept as it is.")
