"""Counts by name that several threads add to."""

from __future__ import annotations

from collections import Counter
from threading import Lock


class Tally:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """One more."""
        with self._lock:
            self._counts[name] += 1

    def counts(self) -> dict[str, int]:
        """How many there were, by name."""
        with self._lock:
            return dict(self._counts)
