"""The map of conversations to groups: a small log of changes in front of `mappings.json`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from nanie_actors.errors import StateError
from nanie_actors.model import ConversationId, RowId
from nanie_actors.storage.disk import Disk, DiskError, DiskOk, DiskResult, Done, Lane
from nanie_actors.storage.lane_worker import tell
from nanie_actors.storage.mapping_codec import (
    BadMapping,
    Mapping,
    MappingChange,
    mapping_from_json,
    mapping_to_json,
)
from nanie_actors.storage.registry_log import RegistryLog

__all__ = ["LoadedMappings", "Mapping", "MappingChange", "MappingsStore"]

log = logging.getLogger(__name__)

Entries = dict[str, Any]
"""The content of mappings.json: also entries that cannot be used."""


@dataclass(frozen=True, slots=True)
class LoadedMappings:
    """The usable links, the rows that were handled (oldest first), the conversations refused, and the rows
    that were to add something under links that are no more: whether they did."""

    mappings: dict[ConversationId, Mapping]
    rows: list[RowId]
    refused: tuple[ConversationId, ...] = ()
    added: dict[RowId, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Save:
    changes: Sequence[MappingChange]
    done: Done


class MappingsStore:
    """Used by the RegistryActor only. Callbacks come on the disk's bulk thread, in the order of the calls.

    A change is first a line in the log, then in `mappings.json`. What fails on the way is taken out of the
    log before anything else goes in: a change that was told DiskError does not come back with later ones.
    (If the process ends before there is a later one, its outcome is unknown.)
    """

    def __init__(self, disk: Disk, mappings: Path, registry_log: Path) -> None:
        self._disk = disk
        self._path = mappings
        self._log = RegistryLog(disk, registry_log)
        self._lock = threading.Lock()
        self._waiting: list[_Save] = []
        self._saving = False
        self._entries: Entries = {}

    def load(self) -> LoadedMappings:
        """Read both files; synchronous. Raises StateError naming a file that cannot be used; it is kept.

        An entry that cannot be used is named in the log, stays in the file as it is, and is not returned.
        """
        self._entries = self._read_entries()
        unsaved = self._log.read()
        for entry in unsaved:
            _assign(self._entries, str(entry.conversation), entry.mapping)
        self._saving = True  # until what was read is put in order
        if unsaved:
            self._replace(self._entries, self._replayed)
        elif self._log.rows or self._log.added:
            self._log.compact(self._in_order)
        else:
            self._log.secure(self._in_order)
        return self._usable()

    def save(self, changes: Sequence[MappingChange], done: Done) -> None:
        """Make changes durable, all or none; saves that wait side by side share the writes."""
        with self._lock:
            self._waiting.append(_Save(changes, done))
        self._pump()

    def tidy(self, done: Done) -> None:
        """Leave nothing of earlier changes in the log: `mappings.json` alone says what is linked."""
        self.save((), done)

    def _pump(self) -> None:
        with self._lock:
            if self._saving or not self._waiting:
                return
            self._saving = True
            saves, self._waiting = _share(self._waiting)
        changes = [change for save in saves for change in save.changes]
        if not changes:
            self._log.compact(lambda result: self._finish(saves, result))
            return

        def logged(result: DiskResult) -> None:
            if isinstance(result, DiskError):
                self._finish(saves, result)
            else:
                self._rewrite(saves, changes)

        self._log.append(changes, logged)

    def _rewrite(self, saves: list[_Save], changes: list[MappingChange]) -> None:
        entries = dict(self._entries)
        for change in changes:
            raw = None if change.mapping is None else mapping_to_json(change.mapping)
            _assign(entries, change.conversation, raw)

        def replaced(result: DiskResult) -> None:
            if isinstance(result, DiskOk):
                self._entries = entries
                self._log.accept()
            else:
                self._log.reject()
            self._finish(saves, result)

        self._replace(entries, replaced)

    def _finish(self, saves: list[_Save], result: DiskResult) -> None:
        for save in saves:
            tell(save.done, result)
        with self._lock:
            self._saving = False
        self._pump()

    def _replayed(self, result: DiskResult) -> None:
        """Once mappings.json has every change, the log needs only the rows."""
        if isinstance(result, DiskOk):
            self._log.compact(self._in_order)
        else:
            self._in_order(result)

    def _in_order(self, result: DiskResult) -> None:
        if isinstance(result, DiskError):
            log.warning("the files of the map cannot be written: %s", result.reason)
        self._finish([], result)

    def _replace(self, entries: Entries, done: Done) -> None:
        data = orjson.dumps(entries, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        self._disk.replace(self._path, data, lane=Lane.BULK, done=done)

    def _read_entries(self) -> Entries:
        try:
            raw = self._disk.read(self._path)
            entries = {} if raw is None else orjson.loads(raw)
        except OSError as error:
            raise self._unusable(f"it cannot be read ({error.strerror})") from error
        except orjson.JSONDecodeError as error:
            raise self._unusable(f"it is no JSON ({error})") from error
        if not isinstance(entries, dict):
            raise self._unusable("it is not an object")
        return entries

    def _usable(self) -> LoadedMappings:
        mappings: dict[ConversationId, Mapping] = {}
        refused: list[ConversationId] = []
        for key, raw in self._entries.items():
            try:
                mappings[ConversationId(key)] = mapping_from_json(raw)
            except BadMapping as error:
                refused.append(ConversationId(key))
                log.warning("mappings.json: the entry of conversation %.60s is not used: %s", key, error)
        return LoadedMappings(mappings, self._log.rows, tuple(refused), dict(self._log.added))

    def _unusable(self, why: str) -> StateError:
        return StateError(f"{self._path} cannot be used: {why}. It is kept; repair it or move it away.")


def _share(waiting: list[_Save]) -> tuple[list[_Save], list[_Save]]:
    """Those that are carried out together, and those behind them: either changes or none."""
    tidies = not waiting[0].changes
    count = next((n for n, save in enumerate(waiting) if tidies == bool(save.changes)), len(waiting))
    return waiting[:count], waiting[count:]


def _assign(entries: Entries, conversation: str, mapping: dict[str, Any] | None) -> None:
    if mapping is None:
        entries.pop(conversation, None)
    else:
        entries[conversation] = mapping
