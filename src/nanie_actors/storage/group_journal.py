"""A group's journal: its records since its last snapshot, appended one write at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nanie_actors.model import GroupId
from nanie_actors.storage.disk import Disk, DiskError, DiskOk, DiskResult, Done, Lane
from nanie_actors.storage.lane_worker import tell
from nanie_actors.storage.lines import SYNCED, line_owner


@dataclass(frozen=True, slots=True)
class _Append:
    lines: Sequence[bytes]
    done: Done


class GroupJournal:
    """Appends from the group's actor, shortening from the disk's bulk thread.

    What is appended while a write is under way makes the next one, and fails with it: lines that follow lines
    that were not written would leave a hole.
    """

    def __init__(self, disk: Disk, path: Path, group: GroupId) -> None:
        self._disk = disk
        self._path = path
        self._group = group
        self._lock = threading.RLock()  # a closed disk answers at once, inside the call
        self._waiting: list[_Append] = []
        self._writing: list[_Append] = []
        self._last_seq = 0
        self._torn_at: int | None = None
        self._synced = False  # whether all but what is being written is known to be on the disk

    def loaded(self, last_seq: int, torn_at: int | None) -> None:
        """The file was read: its newest record, and where its torn tail begins, if there is one."""
        self._last_seq = last_seq
        self._torn_at = torn_at

    def append(self, lines: Sequence[bytes], done: Done) -> None:
        """Append lines; none make durable what is there."""
        owner = line_owner(lines[-1]) if lines else (self._group, 0)
        if owner is None or owner[0] != self._group:
            raise ValueError("a journal line must be one of encode_line, of this group")
        with self._lock:
            self._last_seq = max(self._last_seq, owner[1])
            self._waiting.append(_Append(lines, done))
            self._pump()

    def shorten(self, after: int, done: Done) -> None:
        """Keep only what is newer than record `after`. To be called on the bulk lane's thread."""
        # Nothing is settled while we are on the lane's thread, so what the file holds and what is still on
        # its way into it are together all there is.
        written = self._disk.read(self._path) or b"" if self._last_seq > after else b""
        with self._lock:
            coming = b"".join(line for append in (*self._writing, *self._waiting) for line in append.lines)
            newer = _newer(written + coming, after)
            if newer:
                self._disk.replace(self._path, newer, lane=Lane.BULK, done=done, following=True)
            else:
                self._disk.truncate(self._path, 0, lane=Lane.BULK, done=done, following=True)

    def _pump(self) -> None:
        if self._writing or not self._waiting:
            return
        self._writing, self._waiting = self._waiting, []
        if self._torn_at is None:
            self._write()
        else:
            self._disk.truncate(self._path, self._torn_at, lane=Lane.BULK, done=self._cut_off, following=True)

    def _cut_off(self, result: DiskResult) -> None:
        """Nothing may follow a torn tail: as long as it cannot be cut off, nothing is written."""
        if isinstance(result, DiskError):
            self._settled(result)
        else:
            self._torn_at = None
            self._write()

    def _write(self) -> None:
        lines = [line for append in self._writing for line in append.lines]
        if lines and self._synced:
            lines.insert(0, SYNCED)
        self._disk.append(self._path, b"".join(lines), lane=Lane.BULK, done=self._settled, following=True)

    def _settled(self, result: DiskResult) -> None:
        with self._lock:
            settled, self._writing = self._writing, []
            if isinstance(result, DiskError):
                settled, self._waiting = [*settled, *self._waiting], []
            self._synced = self._synced or isinstance(result, DiskOk)
            self._pump()
        for append in settled:
            tell(append.done, result)


def _newer(blob: bytes, seq: int) -> bytes:
    owned = [(line_owner(line), line) for line in blob.splitlines(keepends=True)]
    return b"".join(line for owner, line in owned if owner and owner[1] > seq)
