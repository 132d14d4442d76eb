"""The append-only record of who linked what: one JSON line each, no texts, no names, no codes.

`{"at": ms, "action", "outcome", "conversation"?, "sender"?, "group"?, "why"?, "omitted"?}`. A full file gets
a name with its last moment in it; of those the newest are kept.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Final, Literal

import orjson

from nanie_actors.model import ConversationId, EpochMs, GroupId
from nanie_actors.storage.disk import Disk, DiskError, DiskResult, Done, Lane

log = logging.getLogger(__name__)

Action = Literal["link", "unlink", "code", "confirm", "forget", "retry", "skip"]

Outcome = Literal["done", "refused", "failed"]

STEM: Final = "audit"
SUFFIX: Final = ".jsonl"

UNSAVED_LINES: Final = 10_000
"""Lines that wait for a disk that refuses; further ones are lost, and counted in the log."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did, or was not allowed to do. `why` is a word of ours; `omitted` counts what
    the same conversation was refused since, and is not written one by one."""

    at: EpochMs
    action: Action
    outcome: Outcome
    conversation: ConversationId | None = None
    group: GroupId | None = None
    sender: str = ""
    why: str = ""
    omitted: int = 0

    def to_line(self) -> bytes:
        """As one line of the file."""
        told = {
            "at": self.at,
            "action": self.action,
            "outcome": self.outcome,
            "conversation": self.conversation,
            "sender": self.sender,
            "group": self.group,
            "why": self.why,
            "omitted": self.omitted,
        }
        return orjson.dumps({key: value for key, value in told.items() if value}) + b"\n"


class AuditLog:
    """Thread-safe; never blocks. A line that the disk refuses is written with the next one."""

    def __init__(self, disk: Disk, path: Path, *, most_bytes: int, files: int) -> None:
        """`files` of `most_bytes` each are kept, the one in use included."""
        self._disk = disk
        self._path = path
        self._most_bytes = most_bytes
        self._files = files
        self._lock = RLock()  # a disk may call back before it returns
        self._unsaved: list[bytes] = []
        self._size = self._whole_size()
        self._last = 0

    def note(self, entry: AuditEntry) -> None:
        """Put an entry on its way to the disk."""
        with self._lock:
            lines = [*self._unsaved, entry.to_line()]
            self._unsaved = []
            if self._size >= self._most_bytes:
                self._turn(entry.at)
            data = b"".join(lines)
            self._size += len(data)
            self._disk.append(self._path, data, lane=Lane.BULK, done=self._settling(lines, len(data)))

    def settled(self, done: Done) -> None:
        """Told once everything noted so far is on disk, or refused."""
        self._disk.barrier(lane=Lane.BULK, done=done)

    def _settling(self, lines: list[bytes], size: int) -> Done:
        def done(result: DiskResult) -> None:
            if not isinstance(result, DiskError):
                return
            with self._lock:
                self._size -= size
                room = UNSAVED_LINES - len(self._unsaved)
                self._unsaved.extend(lines[:room])  # failures are told in the order of the lines
            log.error(
                "the audit file cannot be written (%s): %d entries wait for the next, %d are lost",
                result.reason,
                min(len(lines), room),
                max(0, len(lines) - room),
            )

        return done

    def _turn(self, now: EpochMs) -> None:
        """Put the full file aside and let the oldest go."""
        self._last = max(now, self._last + 1)
        aside = self._path.with_name(f"{STEM}-{self._last:015}{SUFFIX}")
        self._disk.rename(self._path, aside, lane=Lane.BULK, done=_told("putting a full audit file aside"))
        self._size = 0
        full = [path for path in audit_files(self._disk, self._path.parent) if path != self._path] + [aside]
        for path in full[: max(0, len(full) - self._files + 1)]:
            self._disk.remove(path, lane=Lane.BULK, done=_told("removing an old audit file"))

    def _whole_size(self) -> int:
        """The size of the file, its torn last line cut off."""
        size = self._disk.size(self._path)
        if not size:
            return 0
        whole = (self._disk.read(self._path) or b"").rfind(b"\n") + 1
        if whole < size:
            self._disk.truncate(self._path, whole, lane=Lane.BULK, done=_told("cutting a torn audit line"))
        return whole


def audit_files(disk: Disk, folder: Path) -> list[Path]:
    """The files of the record, oldest first, those that are full and the one in use."""
    names = [
        name
        for name in disk.listdir(folder)
        if name.startswith(f"{STEM}-") and name.endswith(SUFFIX) and len(name) == len(f"{STEM}-{SUFFIX}") + 15
    ]
    current = folder / f"{STEM}{SUFFIX}"
    return [*(folder / name for name in sorted(names)), *([current] if disk.exists(current) else [])]


def read_audit(disk: Disk, folder: Path) -> Iterator[dict[str, Any]]:
    """All entries, oldest first; what cannot be read, such as a line that is just being written, is not."""
    for path in audit_files(disk, folder):
        for line in (disk.read(path) or b"").splitlines():
            try:
                entry = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if isinstance(entry, dict):
                yield entry


def _told(what: str) -> Done:
    def done(result: DiskResult) -> None:
        if isinstance(result, DiskError):
            log.warning("%s failed: %s", what, result.reason)

    return done
