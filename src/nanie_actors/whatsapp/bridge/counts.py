"""What the bridge met since it started, by kind: for its pulse."""

from __future__ import annotations

import threading
from collections import Counter


class Counts:
    """Counts by word. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._met: Counter[str] = Counter()

    def add(self, kind: str, times: int = 1) -> None:
        """Meet something once, or `times` times."""
        with self._lock:
            self._met[kind] += times

    def snapshot(self) -> dict[str, int]:
        """The counts as they are now."""
        with self._lock:
            return dict(self._met)
