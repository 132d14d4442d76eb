"""Merges an older layout's events into a group's own files, while no worker runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from nanie_actors.errors import StateError
from nanie_actors.packed_keys import deleted_keys, text_key
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.disk import Disk, DiskError, DiskResult, Lane
from nanie_actors.storage.group_files import GroupFiles, SnapshotData
from nanie_actors.storage.group_load import FORMAT, StoredGroup
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.legacy import IMPORTED, LegacyGroup
from nanie_actors.storage.legacy_events import SkippedEvent
from nanie_actors.storage.seen import key_without_sender, pack_keys

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: events added, entries that are no events, and events that the group knew.

    Those that were deleted from the timeline since count as known: they stay deleted. `kept_as` is where the
    old file is now.
    """

    added: int
    skipped: tuple[SkippedEvent, ...]
    already: int
    kept_as: Path


def import_legacy(
    layout: StateLayout, legacy: LegacyGroup, *, merge: bool = True, disk: Disk | None = None
) -> ImportReport:
    """Add what the group does not have yet; once more adds nothing. The caller holds the StateLock.

    The events are durable before a flat file gets a name ending in `.imported`; a file elsewhere stays.
    `merge=False` refuses a group that has events already. Raises StateError (CorruptGroup) if the group's own
    files cannot be read or written; nothing is changed then. `disk` is for tests: it must act at once.
    """
    disk = disk or DirectDisk()
    files = GroupFiles(disk, layout.memory(legacy.group), legacy.group)
    stored = files.load()
    if stored.events() and not merge:
        raise StateError(f"group {legacy.group} has events already: import again and allow merging.")
    new = _unknown(stored, legacy.events)
    keys = sorted({key_without_sender(item) for item in legacy.seen_message_ids} - stored.seen)
    if new or keys or stored.meta is None:
        outcome: list[DiskResult] = []
        files.snapshot(_merged(stored, legacy, new, keys), outcome.append)
        _check(outcome)
    kept_as = _put_aside(disk, layout, legacy.path)
    return ImportReport(len(new), legacy.skipped, len(legacy.events) - len(new), kept_as)


def _unknown(stored: StoredGroup, events: list[Event]) -> list[Event]:
    known = {event.get("id") for event in stored.events()}
    deleted = deleted_keys(stored.meta or {})
    return [event for event in events if event["id"] not in known and text_key(event["id"]) not in deleted]


def _merged(stored: StoredGroup, legacy: LegacyGroup, new: list[Event], keys: list[int]) -> SnapshotData:
    meta = stored.meta or {"format": FORMAT, "seq": 0}
    meta["revision"] = int(meta.get("revision", 0)) + bool(new)
    meta["lastActivity"] = max(int(meta.get("lastActivity", 0)), legacy.last_activity)
    return SnapshotData(
        timeline=orjson.dumps(sorted([*stored.events(), *new], key=_order)) if new else None,
        meta=orjson.dumps(meta, option=orjson.OPT_INDENT_2),
        new_messages=b"",
        new_seen=pack_keys(keys),
        journal_after_seq=int(meta["seq"]),
    )


def _order(event: Event) -> tuple[int, str]:
    at = event.get("timestamp")
    return at if isinstance(at, int) else 0, str(event.get("id"))


def _put_aside(disk: Disk, layout: StateLayout, path: Path) -> Path:
    if path.parent != layout.memories:
        return path
    kept_as = path.with_name(path.name + IMPORTED)
    number = 1
    while disk.exists(kept_as):
        number += 1
        kept_as = path.with_name(f"{path.name}{IMPORTED}-{number}")
    outcome: list[DiskResult] = []
    disk.rename(path, kept_as, lane=Lane.BULK, done=outcome.append)
    _check(outcome)
    return kept_as


def _check(outcome: list[DiskResult]) -> None:
    match outcome:
        case [DiskError(reason)]:
            raise StateError(
                f"the import could not be written ({reason}): nothing was taken away; try again."
            )
        case [_]:
            return
        case _:
            raise RuntimeError("an import needs a disk that acts at once")
