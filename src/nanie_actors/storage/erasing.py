"""Erasing a group while no worker runs, and going on with what a crash interrupted.

A running worker does the same with its actors (actors/erasures.py). Either writes down which group it erases
before it begins, so that half an erasure never stays: whoever opens the state directory next finishes it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nanie_actors.errors import InvalidGroup, StateError
from nanie_actors.model import ConversationId, EpochMs, GroupId, parse_group_id
from nanie_actors.storage.audit_log import AuditEntry
from nanie_actors.storage.disk import Disk, DiskError, DiskOk, DiskResult, Done, Lane
from nanie_actors.storage.documents import JsonDocument
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.mappings import MappingChange, MappingsStore
from nanie_actors.storage.shared_log import SharedLog

log = logging.getLogger(__name__)

GROUPS = "groups"
"""The key of forgetting.json."""

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Erased:
    """A group that was erased, and the conversations that were linked to it."""

    group: GroupId
    unlinked: tuple[ConversationId, ...]

    def entries(self, now: EpochMs) -> Iterator[AuditEntry]:
        """What the audit file says of it."""
        for conversation in self.unlinked:
            yield AuditEntry(now, "unlink", "done", conversation, self.group, why="FORGET")
        yield AuditEntry(now, "forget", "done", group=self.group)


def loose_files(disk: Disk, layout: StateLayout, group: GroupId) -> list[Path]:
    """What a group has beside its folder: files of older layouts, a folder that was just being removed,
    parked and skipped events."""
    older = [name for name in disk.listdir(layout.memories) if name.startswith(f"{group}.")]
    lines = f"{parse_group_id(group)}.jsonl"
    return [*(layout.memories / name for name in older), layout.parked / lines, layout.skipped / lines]


def remove_all(disk: Disk, paths: list[Path], done: Done) -> None:
    """Remove files and folders; told once all are gone, or with the first failure."""
    failures: list[DiskError] = []

    def removed(result: DiskResult) -> None:
        if isinstance(result, DiskError):
            failures.append(result)

    for path in paths:
        disk.remove(path, lane=Lane.BULK, done=removed)
    disk.barrier(lane=Lane.BULK, done=lambda _: done(failures[0] if failures else DiskOk()))


def unfinished(document: JsonDocument) -> list[GroupId]:
    """The groups whose erasure was begun and not finished."""
    groups = []
    for text in (document.load() or {}).get(GROUPS, ()):
        try:
            groups.append(parse_group_id(text))
        except (InvalidGroup, TypeError):
            log.warning("forgetting.json names something that is no group: it is passed over")
    return groups


def finish_erasures(disk: Disk, layout: StateLayout, now: EpochMs) -> list[Erased]:
    """At start: go on with what was interrupted. `disk` must act at once. Raises StateError."""
    return [
        erase_group(disk, layout, group, now) for group in unfinished(JsonDocument(disk, layout.forgetting))
    ]


def erase_group(disk: Disk, layout: StateLayout, group: GroupId, now: EpochMs) -> Erased:
    """Erase a group. The caller holds the StateLock; `disk` must act at once.

    Raises StateError if something could not be written; it is gone on with at the next start.
    """
    document = JsonDocument(disk, layout.forgetting)
    groups = dict.fromkeys([*unfinished(document), group])
    _settle(lambda done: document.save({GROUPS: list(groups)}, done))
    unlinked = _unlink(disk, layout, group, now)
    _forget_in_log(disk, layout, group)
    paths = [layout.memory(group), *loose_files(disk, layout, group)]
    _settle(lambda done: remove_all(disk, paths, done))
    _forget_in_documents(disk, layout, group)
    groups.pop(group)
    _settle(lambda done: document.save({GROUPS: list(groups)}, done))
    return Erased(group, unlinked)


def still_naming(root: Path, group: GroupId) -> Iterator[Path]:
    """The files below a state directory in which a group's id can still be read, in order."""
    wanted = group.encode()
    for path in sorted(root.rglob("*")):
        try:
            if path.is_file() and _holds(path, wanted):
                yield path
        except OSError:
            continue  # It is just being removed, or is not ours to read.


def _unlink(disk: Disk, layout: StateLayout, group: GroupId, now: EpochMs) -> tuple[ConversationId, ...]:
    store = MappingsStore(disk, layout.mappings, layout.registry_log)
    linked = tuple(who for who, link in store.load().mappings.items() if link.group == group)
    if linked:
        changes = [MappingChange(None, conversation, None, now) for conversation in linked]
        _settle(lambda done: store.save(changes, done))
    return linked


def _forget_in_log(disk: Disk, layout: StateLayout, group: GroupId) -> None:
    shared = SharedLog.open(disk, layout.wal)
    _settle(lambda done: shared.forget(group, done))
    _settle(shared.renew)
    shared.close(0.0)


def _forget_in_documents(disk: Disk, layout: StateLayout, group: GroupId) -> None:
    for path, without in (
        (layout.directory, _without_key),
        (layout.cursors, _without_entries),
        (layout.link_codes, _without_codes),
    ):
        document = JsonDocument(disk, path)
        stored = document.load()
        if stored is not None:
            left = without(stored, group)
            _settle(lambda done, document=document, left=left: document.save(left, done))  # type: ignore[misc]


def _without_key(stored: dict[str, Any], group: GroupId) -> dict[str, Any]:
    return {key: value for key, value in stored.items() if key != group}


def _without_entries(stored: dict[str, Any], group: GroupId) -> dict[str, Any]:
    return {
        key: value
        for key, value in stored.items()
        if not (isinstance(value, dict) and value.get("group") == group)
    }


def _without_codes(stored: dict[str, Any], group: GroupId) -> dict[str, Any]:
    """Who asked for how many codes stays: forgetting must not be a way to get more of them."""
    pending = stored.get("pending")
    return {**stored, "pending": _without_entries(pending, group)} if isinstance(pending, dict) else stored


def _settle(act: Callable[[Done], None]) -> None:
    outcome: list[DiskResult] = []
    act(outcome.append)
    match outcome:
        case [DiskOk()]:
            return
        case [DiskError(reason)]:
            raise StateError(
                f"the group could not be erased completely ({reason}): "
                "see to the disk; the next start of the worker, or another `nanie forget`, goes on with it."
            )
        case _:
            raise RuntimeError("erasing needs a disk that acts at once")


def _holds(path: Path, wanted: bytes) -> bool:
    """Whether a file holds these bytes, also across the pieces that it is read in."""
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            seen = rest + chunk
            if wanted in seen:
                return True
            rest = seen[-len(wanted) :]
    return False
