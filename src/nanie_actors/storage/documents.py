"""Small state of the worker's own, one JSON file each: push cursors, the directory of groups."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from nanie_actors.storage.disk import Disk, DiskError, DiskResult, Done, Lane
from nanie_actors.storage.lane_worker import tell

log = logging.getLogger(__name__)

DAMAGED = ".damaged"
"""Ends the name under which a file that cannot be read is kept."""


@dataclass(frozen=True, slots=True)
class _Save:
    data: bytes
    dones: list[Done]


class JsonDocument:
    """One JSON object in one file, where only the newest state matters. Thread-safe."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._path = path
        self._lock = threading.Lock()
        self._waiting: _Save | None = None
        self._saving = False

    def load(self) -> dict[str, Any] | None:
        """The stored object; None if there is none. What is no object is kept under another name."""
        try:
            raw = self._disk.read(self._path)
            if raw is None:
                return None
            value = orjson.loads(raw)
        except (OSError, orjson.JSONDecodeError):
            value = None
        if isinstance(value, dict):
            return value
        kept = self._path.with_name(self._path.name + DAMAGED)
        log.warning("%s cannot be read and is kept as %s", self._path.name, kept.name)
        self._disk.rename(self._path, kept, lane=Lane.BULK, done=self._log_failure)
        return None

    def save(self, value: Mapping[str, Any] | bytes, done: Done) -> None:
        """Store an object (bytes: its JSON). While one is being written only the newest waits.

        Each `done` is told once its value or a newer one is on the disk.
        """
        data = value if isinstance(value, bytes) else orjson.dumps(value)
        with self._lock:
            earlier = self._waiting.dones if self._waiting else []
            self._waiting = _Save(data, [*earlier, done])
        self._pump()

    def _pump(self) -> None:
        with self._lock:
            if self._saving or self._waiting is None:
                return
            save, self._waiting = self._waiting, None
            self._saving = True

        def settled(result: DiskResult) -> None:
            with self._lock:
                self._saving = False
            for done in save.dones:
                tell(done, result)
            self._pump()

        self._disk.replace(self._path, save.data, lane=Lane.BULK, done=settled)

    def _log_failure(self, result: DiskResult) -> None:
        if isinstance(result, DiskError):
            log.warning("%s cannot be put aside: %s", self._path.name, result.reason)
