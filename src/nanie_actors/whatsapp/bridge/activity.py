"""Whether the library still hands something over: known by when its callbacks began and ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Activity:
    """Counts the callbacks that are running. Any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._last = 0.0
        self._ever = False
        self._sealed = False

    @property
    def ever(self) -> bool:
        """Whether the library called back at all: before that it knows no client of ours."""
        return self._ever

    @contextmanager
    def running(self) -> Iterator[None]:
        """Around the body of a callback."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def seal(self) -> bool:
        """If there never was a callback, let none begin: it waits for the end of the process. False: one did.

        The first is never a message: the library tells that it is connected before it tells what came. While
        that waits, nothing that WhatsApp was told of is on its way to us.
        """
        with self._changed:
            self._sealed = not self._ever
            return self._sealed

    def wait_until_quiet(self, for_s: float, within_s: float) -> bool:
        """Wait until no callback ran for `for_s` seconds, from now on; False if `within_s` was not enough."""
        start = time.monotonic()
        end = start + within_s
        with self._changed:
            while (now := time.monotonic()) < end:
                quiet_at = max(start, self._last) + for_s
                if not self._running and now >= quiet_at:
                    return True
                self._changed.wait((end if self._running else min(end, quiet_at)) - now)
            return False

    def _count(self, step: int) -> None:
        with self._changed:
            while self._sealed:
                self._changed.wait()
            self._running += step
            self._last = time.monotonic()
            self._ever = True
            self._changed.notify_all()
