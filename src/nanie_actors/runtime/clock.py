"""Time as it is injected everywhere: a wall clock for records, a monotonic one for durations."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What time it is. Callable from any thread; never blocks."""

    def now_ms(self) -> int:
        """The wall clock in milliseconds since 1970-01-01T00:00:00Z; may jump."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""


class SystemClock:
    """The machine's own clocks."""

    __slots__ = ()

    def now_ms(self) -> int:
        """The wall clock in milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """The machine's monotonic clock in seconds."""
        return time.monotonic()


class Alarm(Protocol):
    """Whoever wants to be run at a certain time of a ManualClock."""

    def next_due(self) -> float | None:
        """The monotonic time at which something is due next, or None."""

    def fire_next(self) -> None:
        """Run what is due next; the clock shows exactly its time."""


class ManualClock:
    """A clock that moves only when told to, and fires what falls due on its way. For tests, on one thread."""

    def __init__(self, wall_ms: int = 1_700_000_000_000, monotonic: float = 0.0) -> None:
        self._wall_ms = float(wall_ms)
        self._monotonic = monotonic
        self._alarms: list[Alarm] = []

    def now_ms(self) -> int:
        """The wall time last set, plus what the clock was advanced since."""
        return int(self._wall_ms)

    def monotonic(self) -> float:
        """Seconds this clock was advanced in all."""
        return self._monotonic

    def set_wall(self, wall_ms: int) -> None:
        """Let the wall clock jump, as an operator or NTP may; durations are not touched."""
        self._wall_ms = float(wall_ms)

    def attach(self, alarm: Alarm) -> None:
        """Fire this alarm from now on whenever the clock passes what it is due."""
        self._alarms.append(alarm)

    def advance(self, seconds: float) -> None:
        """Move both clocks forward; everything due on the way fires in due order, at its own time."""
        if seconds < 0:
            raise ValueError(f"a clock cannot be advanced by {seconds} seconds")
        target = self._monotonic + seconds
        while (alarm := self._earliest(target)) is not None:
            due, source = alarm
            self._move_to(max(due, self._monotonic))
            source.fire_next()
        self._move_to(target)

    def _earliest(self, until: float) -> tuple[float, Alarm] | None:
        waiting = [(due, alarm) for alarm in self._alarms if (due := alarm.next_due()) is not None]
        waiting = [entry for entry in waiting if entry[0] <= until]
        return min(waiting, key=lambda entry: entry[0], default=None)

    def _move_to(self, monotonic: float) -> None:
        self._wall_ms += (monotonic - self._monotonic) * 1000
        self._monotonic = monotonic
