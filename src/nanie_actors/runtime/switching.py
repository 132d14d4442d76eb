"""How long Python lets one thread run while others wait for it: a setting of the whole process."""

from __future__ import annotations

import sys


class SwitchInterval:
    """Lowers the interval while it is in force, and never raises what somebody else has lowered further.

    Python's own 5 ms is what a busy thread outside the pool (an edge, an importer) costs every message that
    somebody waits for, several times over when several threads wait for their turn.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._before: float | None = None

    def lower(self) -> None:
        """Put it in force."""
        before = sys.getswitchinterval()
        if self._seconds is not None and self._seconds < before:
            sys.setswitchinterval(self._seconds)
            self._before = before

    def restore(self) -> None:
        """Put back what was found; harmless when nothing was changed."""
        if self._before is not None:
            sys.setswitchinterval(self._before)
            self._before = None
