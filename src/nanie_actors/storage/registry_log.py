"""The log in front of `mappings.json`: changes it may not have yet, and the rows that were handled."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nanie_actors.errors import StateError
from nanie_actors.model import RowId
from nanie_actors.storage.disk import Disk, DiskError, DiskOk, DiskResult, Done, Lane
from nanie_actors.storage.lines import BadLine, whole_lines
from nanie_actors.storage.mapping_codec import (
    LogEntry,
    MappingChange,
    added_line,
    change_line,
    read_entry,
    row_line,
    saved_line,
)

ROWS_KEPT = 10_000
"""Handled rows remembered over a restart: a row comes again within seconds, or after one restart."""

LINES_BEFORE_COMPACTION = 4 * ROWS_KEPT
"""Lines after which the log is written anew: it stays below some 10 MB, however long the worker runs."""


@dataclass(frozen=True, slots=True)
class _Written:
    """Changes that are in the log, but not yet in mappings.json."""

    changes: Sequence[MappingChange]
    bytes: int


class RegistryLog:
    """One append at a time, then `accept` or `reject`. Callbacks come on the disk's bulk thread."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._path = path
        self._rows: deque[RowId] = deque(maxlen=ROWS_KEPT)
        self._added: deque[tuple[RowId, bool]] = deque(maxlen=ROWS_KEPT)
        self._bytes = 0
        self._lines = 0
        self._spoilt = False  # there may be more in the file than `_bytes` says, and it must go
        self._written = _Written((), 0)

    @property
    def rows(self) -> list[RowId]:
        """The handled rows, oldest first."""
        return list(self._rows)

    @property
    def added(self) -> list[tuple[RowId, bool]]:
        """The rows that were to add something under links that are no more, and whether they did."""
        return list(self._added)

    def read(self) -> list[LogEntry]:
        """What mappings.json may lack, in order. Raises StateError naming a damaged line."""
        try:
            blob = self._disk.read(self._path) or b""
        except OSError as error:
            raise self._unusable(f"it cannot be read ({error.strerror})") from error
        lines, torn = whole_lines(blob, saved_line())
        self._bytes, self._lines, self._spoilt = len(blob) - torn, len(lines), torn > 0
        unsaved: list[LogEntry] = []
        for number, raw in enumerate(lines, 1):
            entry = self._entry(number, raw)
            if entry.row is not None:
                self._rows.append(entry.row)
            self._added.extend(entry.added)
            if entry.assigns:
                unsaved.append(entry)
            elif entry.saved:
                unsaved.clear()
        return unsaved

    def append(self, changes: Sequence[MappingChange], done: Done) -> None:
        """Make changes durable, after what has to be put right before."""
        if self._spoilt:
            self._cut(_then(lambda: self.append(changes, done), done))
        elif self._lines >= LINES_BEFORE_COMPACTION:
            self.compact(_then(lambda: self.append(changes, done), done))
        else:
            data = b"".join(change_line(change) for change in changes)
            self._written = _Written(changes, len(data))
            self._disk.append(self._path, data, lane=Lane.BULK, done=done)

    def accept(self) -> None:
        """mappings.json has the changes that were appended: from here on it is the truth."""
        changes, size = self._written.changes, self._written.bytes
        self._rows.extend(change.row for change in changes if change.row is not None)
        self._added.extend(row for change in changes for row in change.added)
        self._bytes += size
        self._lines += len(changes)
        mark = saved_line()

        def settled(result: DiskResult) -> None:
            if isinstance(result, DiskOk):
                self._bytes += len(mark)
                self._lines += 1

        # Nobody waits for this: without it, the changes are made once more at the next start.
        self._disk.append(self._path, mark, lane=Lane.BULK, done=settled)

    def reject(self) -> None:
        """The changes that were appended were told as failed: they go before anything else is written."""
        self._spoilt = True

    def compact(self, done: Done) -> None:
        """Keep the newest rows only. mappings.json must have every change."""
        lines = [row_line(row) for row in self._rows] + ([added_line(self._added)] if self._added else [])
        data, count = b"".join(lines), len(lines)

        def settled(result: DiskResult) -> None:
            if isinstance(result, DiskOk):
                self._bytes, self._lines, self._spoilt = len(data), count, False
            done(result)

        self._disk.replace(self._path, data, lane=Lane.BULK, done=settled)

    def secure(self, done: Done) -> None:
        """Make what was read durable: an earlier run may have been killed while it shortened the file."""
        self._disk.append(self._path, b"", lane=Lane.BULK, done=done)

    def _cut(self, done: Done) -> None:
        def settled(result: DiskResult) -> None:
            self._spoilt = not isinstance(result, DiskOk)
            done(result)

        self._disk.truncate(self._path, self._bytes, lane=Lane.BULK, done=settled)

    def _entry(self, number: int, raw: bytes) -> LogEntry:
        try:
            return read_entry(raw)
        except (BadLine, KeyError) as error:
            raise self._unusable(f"line {number}: {error}") from error

    def _unusable(self, why: str) -> StateError:
        return StateError(f"{self._path} cannot be used: {why}. It is kept; repair it or move it away.")


def _then(go_on: Callable[[], None], done: Done) -> Done:
    """Go on after a success; tell a failure."""

    def settled(result: DiskResult) -> None:
        if isinstance(result, DiskError):
            done(result)
        else:
            go_on()

    return settled
