"""The map of conversations to groups: a small log of changes in front of `mappings.json`."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from nanie_actors.errors import StateError
from nanie_actors.model import ConversationId, RowId
from nanie_actors.storage.disk import Disk, DiskError, DiskOk, DiskResult, Done, Lane
from nanie_actors.storage.lane_worker import tell
from nanie_actors.storage.lines import BadLine, whole_lines
from nanie_actors.storage.mapping_codec import (
    BadMapping,
    LogEntry,
    Mapping,
    MappingChange,
    change_line,
    mapping_from_json,
    mapping_to_json,
    read_entry,
    row_line,
    saved_line,
)

__all__ = ["LoadedMappings", "Mapping", "MappingChange", "MappingsStore"]

log = logging.getLogger(__name__)

ROWS_KEPT = 10_000
"""Handled rows remembered over a restart: a row comes again within seconds, or after one restart."""

LINES_BEFORE_COMPACTION = 4 * ROWS_KEPT
"""Lines after which the log is written anew: it stays below some 10 MB, however long the worker runs."""

_OK: Final = DiskOk()


@dataclass(frozen=True, slots=True)
class LoadedMappings:
    """The usable links, the rows that were handled (oldest first), and the conversations refused."""

    mappings: dict[ConversationId, Mapping]
    rows: list[RowId]
    refused: tuple[ConversationId, ...] = ()


@dataclass(frozen=True, slots=True)
class _Save:
    changes: Sequence[MappingChange]
    done: Done


class MappingsStore:
    """Used by the RegistryActor only. Callbacks come on the disk's bulk thread, in the order of the calls.

    A change is first a line in the log, then in `mappings.json`. What fails on the way is taken out of the
    log before anything else goes in: a change that was told DiskError does not come back with later ones.
    """

    def __init__(self, disk: Disk, mappings: Path, registry_log: Path) -> None:
        self._disk = disk
        self._path = mappings
        self._log_path = registry_log
        self._lock = threading.Lock()
        self._waiting: list[_Save] = []
        self._saving = False
        self._entries: dict[str, Any] = {}
        self._rows: deque[RowId] = deque(maxlen=ROWS_KEPT)
        self._log_bytes = 0
        self._log_lines = 0
        self._log_spoilt = False

    def load(self) -> LoadedMappings:
        """Read both files; synchronous. Raises StateError naming a file that cannot be used; it is kept.

        An entry that cannot be used is named in the log, stays in the file as it is, and is not returned.
        """
        self._entries = self._read_entries()
        replayed = False
        for entry in self._read_log():
            if entry.row is not None:
                self._rows.append(entry.row)
            if entry.assigns and entry.conversation is not None:
                self._assign(entry.conversation, entry.mapping)
                replayed = True
        self._saving = replayed or self._log_lines > 0  # until the log is compacted
        if replayed:
            self._disk.replace(self._path, self._encoded(self._entries), lane=Lane.BULK, done=self._compact)
        elif self._saving:
            self._compact(_OK)
        else:
            # An earlier run may have been killed while it shortened the log: what we read is what counts.
            self._disk.append(self._log_path, b"", lane=Lane.BULK, done=_log_failure)
        return self._usable()

    def save(self, changes: Sequence[MappingChange], done: Done) -> None:
        """Make changes durable, all or none; saves that wait side by side share the writes."""
        with self._lock:
            self._waiting.append(_Save(changes, done))
        self._pump()

    def _pump(self) -> None:
        with self._lock:
            if self._saving or not self._waiting:
                return
            self._saving = True
            saves, self._waiting = self._waiting, []
        if self._log_spoilt:
            self._unspoil(saves)
        else:
            self._log_changes(saves)

    def _unspoil(self, saves: list[_Save]) -> None:
        """Take out of the log what was told as failed, before anything follows it."""

        def settled(result: DiskResult) -> None:
            if isinstance(result, DiskError):
                self._finish(saves, result)
            else:
                self._log_spoilt = False
                self._log_changes(saves)

        self._disk.truncate(self._log_path, self._log_bytes, lane=Lane.BULK, done=settled)

    def _log_changes(self, saves: list[_Save]) -> None:
        changes = [change for save in saves for change in save.changes]
        lines = [change_line(change) for change in changes]
        compact = self._log_lines >= LINES_BEFORE_COMPACTION
        if compact:
            lines = [*(row_line(row) for row in self._rows), *lines]
        data = b"".join(lines)

        def settled(result: DiskResult) -> None:
            if isinstance(result, DiskError):
                self._finish(saves, result)
                return
            before = (0, 0) if compact else (self._log_bytes, self._log_lines)
            self._rewrite(saves, changes, before[0] + len(data), before[1] + len(lines))

        operation = self._disk.replace if compact else self._disk.append
        operation(self._log_path, data, lane=Lane.BULK, done=settled)

    def _rewrite(
        self, saves: list[_Save], changes: list[MappingChange], log_bytes: int, log_lines: int
    ) -> None:
        entries = dict(self._entries)
        for change in changes:
            raw = None if change.mapping is None else mapping_to_json(change.mapping)
            _assign(entries, change.conversation, raw)

        def settled(result: DiskResult) -> None:
            if isinstance(result, DiskError):
                self._log_spoilt = True
            else:
                self._entries = entries
                self._log_bytes, self._log_lines = log_bytes, log_lines
                self._rows.extend(change.row for change in changes if change.row is not None)
                self._note_saved()
            self._finish(saves, result)

        self._disk.replace(self._path, self._encoded(entries), lane=Lane.BULK, done=settled)

    def _note_saved(self) -> None:
        """From here on mappings.json is the truth. Nobody waits for it: replaying once more is harmless."""
        line = saved_line()

        def settled(result: DiskResult) -> None:
            if isinstance(result, DiskOk):
                self._log_bytes += len(line)
                self._log_lines += 1

        self._disk.append(self._log_path, line, lane=Lane.BULK, done=settled)

    def _finish(self, saves: list[_Save], result: DiskResult) -> None:
        for save in saves:
            tell(save.done, result)
        with self._lock:
            self._saving = False
        self._pump()

    def _compact(self, result: DiskResult) -> None:
        """Keep the newest rows only, once mappings.json has every assignment."""
        if isinstance(result, DiskError):
            log.warning("mappings.json cannot be written: %s", result.reason)
            self._finish([], result)
            return
        data = b"".join(row_line(row) for row in self._rows)
        count = len(self._rows)

        def settled(result: DiskResult) -> None:
            if isinstance(result, DiskOk):
                self._log_bytes, self._log_lines = len(data), count
                self._log_spoilt = False
            self._finish([], result)

        self._disk.replace(self._log_path, data, lane=Lane.BULK, done=settled)

    def _read_entries(self) -> dict[str, Any]:
        raw = self._disk.read(self._path)
        if raw is None:
            return {}
        try:
            entries = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise _unusable(self._path, f"it is no JSON ({error})") from error
        if not isinstance(entries, dict):
            raise _unusable(self._path, "it is not an object")
        return entries

    def _read_log(self) -> list[LogEntry]:
        """The rows, and the assignments that mappings.json may not have yet."""
        blob = self._disk.read(self._log_path) or b""
        lines, torn = whole_lines(blob, saved_line())
        self._log_bytes = len(blob) - torn
        entries: list[LogEntry] = []
        for number, raw in enumerate(lines, 1):
            try:
                entries.append(read_entry(raw))
            except (BadLine, KeyError) as error:
                raise _unusable(self._log_path, f"line {number}: {error}") from error
            if entries[-1].saved:
                entries = [LogEntry(entry.row) for entry in entries]
        self._log_lines = len(lines)
        self._log_spoilt = torn > 0
        return entries

    def _assign(self, conversation: ConversationId, mapping: dict[str, Any] | None) -> None:
        _assign(self._entries, conversation, mapping)

    def _usable(self) -> LoadedMappings:
        mappings: dict[ConversationId, Mapping] = {}
        refused: list[ConversationId] = []
        for key, raw in self._entries.items():
            try:
                mappings[ConversationId(key)] = mapping_from_json(raw)
            except BadMapping as error:
                refused.append(ConversationId(key))
                log.warning(
                    "%s: the entry of conversation %.60s is not used: %s", self._path.name, key, error
                )
        return LoadedMappings(mappings, list(self._rows), tuple(refused))

    @staticmethod
    def _encoded(entries: dict[str, Any]) -> bytes:
        return orjson.dumps(entries, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _log_failure(result: DiskResult) -> None:
    if isinstance(result, DiskError):
        log.warning("the registry's log cannot be secured: %s", result.reason)


def _assign(entries: dict[str, Any], conversation: ConversationId, mapping: dict[str, Any] | None) -> None:
    if mapping is None:
        entries.pop(conversation, None)
    else:
        entries[conversation] = mapping


def _unusable(path: Path, why: str) -> StateError:
    return StateError(f"{path} cannot be used: {why}. It is kept as it is; repair it or move it away.")
