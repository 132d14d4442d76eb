"""What leaves by a transport, counted: how much, how fast it is taken, how much is still on its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from nanie_actors.histogram import Distribution, Histogram
from nanie_actors.router.edge import Outgoing, RouterTransport
from nanie_actors.runtime import Clock

DELIVERY_BOUNDS_S: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0)
"""From a pipe to a database that was away for a while."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Of one transport since the start. `taken_in` counts what the other side took, in seconds; `refused`
    what it never will; `under_way` is what it has not answered yet."""

    replies: int
    pushes: int
    refused: int
    under_way: int
    taken_in: Distribution


class MeteredTransport:
    """A transport, and what went through it. Thread-safe."""

    def __init__(self, inner: RouterTransport, clock: Clock) -> None:
        self.inner = inner
        self._clock = clock
        self._lock = Lock()
        self._replies = 0
        self._pushes = 0
        self._refused = 0
        self._ended = 0
        self._times = Histogram(DELIVERY_BOUNDS_S)

    def deliver(self, out: Outgoing, accepted: Callable[[bool], None]) -> None:
        """Deliver, as the transport does."""
        began_s = self._clock.monotonic()
        with self._lock:
            if out.in_reply_to is None:
                self._pushes += 1
            else:
                self._replies += 1

        def ended(ok: bool) -> None:
            took_s = self._clock.monotonic() - began_s
            with self._lock:
                self._ended += 1
                if ok:
                    self._times.add(took_s)
                else:
                    self._refused += 1
            accepted(ok)

        self.inner.deliver(out, ended)

    def traffic(self) -> Traffic:
        """The counts now."""
        with self._lock:
            under_way = self._replies + self._pushes - self._ended
            times = self._times.distribution()
            return Traffic(self._replies, self._pushes, self._refused, under_way, times)
