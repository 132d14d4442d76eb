"""Waiting for another thread or process: as long as it takes, and no test depends on how long that is."""

from __future__ import annotations

import time
from collections.abc import Callable

WITHIN_S = 60.0


def until(holds: Callable[[], bool], what: str = "it") -> None:
    """Wait for something that must come true; the deadline is reached only on failure."""
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come true"
        time.sleep(0.01)
