"""Calling something later: one real thread for all timers, or none at all in tests."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from typing import Protocol

from nanie_actors.runtime.clock import Clock, ManualClock

_log = logging.getLogger(__name__)

_COMPACT_FROM = 64
"""Below this many entries a heap half full of cancelled timers is not worth rebuilding."""


class Cancellable(Protocol):
    """Something that can still be called off."""

    def cancel(self) -> None:
        """Call it off; harmless when it has fired or was cancelled before. Any thread."""


class Timers(Protocol):
    """Who calls functions later."""

    def call_later(self, delay_s: float, fn: Callable[[], None]) -> Cancellable:
        """Call `fn` once after `delay_s` seconds (at once if not positive), unless cancelled before.

        `fn` runs on the timers' thread and must not block; what it raises is logged and goes no further.
        """

    def stop(self, timeout_s: float) -> bool:
        """Fire nothing more and end the thread. True if it ended in time."""


class _Heap:
    """The pending timers in due order; equal times fire in the order of their registration.

    Tuples, because they are compared without a call: a heap of a thousand compares ten times for each timer.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._cancelled = 0

    def push(self, due: float, fn: Callable[[], None], owner: _Owner) -> Timer:
        timer = Timer(due, fn, owner)
        heapq.heappush(self._entries, (due, next(self._order), timer))
        return timer

    def head(self) -> Timer | None:
        """The next timer that was not cancelled."""
        while self._entries:
            timer = self._entries[0][2]
            if timer.fn is not None:
                return timer
            heapq.heappop(self._entries)
            self._cancelled -= 1
        return None

    def take(self) -> Callable[[], None] | None:
        """Remove the next timer and give its function: from here on a cancel comes too late."""
        return heapq.heappop(self._entries)[2].take() if self.head() is not None else None

    def forget_one(self) -> None:
        """A timer in the heap was cancelled; the heap is rebuilt when most of it is such."""
        self._cancelled += 1
        if len(self._entries) > _COMPACT_FROM and self._cancelled * 2 > len(self._entries):
            self._entries = [entry for entry in self._entries if entry[2].fn is not None]
            heapq.heapify(self._entries)
            self._cancelled = 0

    def clear(self) -> None:
        for _, _, timer in self._entries:
            timer.take()
        self._entries.clear()
        self._cancelled = 0

    def __len__(self) -> int:
        return len(self._entries) - self._cancelled


class _Owner(Protocol):
    def forget(self, timer: Timer) -> None: ...


class Timer:
    """One pending call."""

    __slots__ = ("due", "fn", "owner")

    def __init__(self, due: float, fn: Callable[[], None], owner: _Owner) -> None:
        self.due = due
        self.fn: Callable[[], None] | None = fn
        self.owner = owner

    def cancel(self) -> None:
        """Call it off."""
        self.owner.forget(self)

    def take(self) -> Callable[[], None] | None:
        """The function, once; None afterwards and after a cancel."""
        fn, self.fn = self.fn, None
        return fn


def _fire(fn: Callable[[], None]) -> None:
    try:
        fn()
    except BaseException:  # noqa: BLE001 - contained and logged
        _log.exception("a timer's function failed")


class ThreadTimers:
    """Real timers on one daemon thread, which starts with the first timer.

    Due times are read from `clock.monotonic()`, so a wall clock that jumps moves no timer.
    """

    def __init__(self, clock: Clock, name: str = "actor-timers") -> None:
        self._clock = clock
        self._name = name
        self._heap = _Heap()
        self._changed = threading.Condition(threading.Lock())
        self._thread: threading.Thread | None = None
        self._closed = False

    def __len__(self) -> int:
        """How many calls are pending."""
        with self._changed:
            return len(self._heap)

    def start(self) -> None:
        """Start the thread now rather than with the first timer."""
        with self._changed:
            self._start_thread()

    def call_later(self, delay_s: float, fn: Callable[[], None]) -> Cancellable:
        """See Timers. After `stop` the timer is accepted and never fires."""
        due = self._clock.monotonic() + max(delay_s, 0.0)
        with self._changed:
            timer = self._heap.push(due, fn, self)
            if self._closed:
                self._heap.clear()
            elif self._heap.head() is timer:
                self._start_thread()
                self._changed.notify()
        return timer

    def forget(self, timer: Timer) -> None:
        """A timer was cancelled."""
        with self._changed:
            if timer.take() is not None:
                self._heap.forget_one()

    def stop(self, timeout_s: float) -> bool:
        """See Timers. Timers still pending are dropped."""
        with self._changed:
            self._closed = True
            self._heap.clear()
            self._changed.notify()
            thread = self._thread
        if thread is None or thread is threading.current_thread():
            return thread is None
        thread.join(timeout_s)
        return not thread.is_alive()

    def _start_thread(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (fn := self._wait_for_due()) is not None:
            _fire(fn)

    def _wait_for_due(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._closed:
                head = self._heap.head()
                wait_s = None if head is None else head.due - self._clock.monotonic()
                if wait_s is not None and wait_s <= 0:
                    return self._heap.take()
                self._changed.wait(wait_s)
            return None


class ManualTimers:
    """Timers that fire, on the caller's thread and in due order, when a ManualClock is advanced."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._heap = _Heap()
        self._closed = False
        clock.attach(self)

    def __len__(self) -> int:
        """How many calls are pending."""
        return len(self._heap)

    def call_later(self, delay_s: float, fn: Callable[[], None]) -> Cancellable:
        """See Timers. A timer due at once waits for the next advance, be it by zero seconds."""
        timer = self._heap.push(self._clock.monotonic() + max(delay_s, 0.0), fn, self)
        if self._closed:
            self._heap.clear()
        return timer

    def forget(self, timer: Timer) -> None:
        """A timer was cancelled."""
        if timer.take() is not None:
            self._heap.forget_one()

    def stop(self, timeout_s: float) -> bool:
        """See Timers."""
        self._closed = True
        self._heap.clear()
        return True

    def next_due(self) -> float | None:
        """For the clock: when the next timer is due."""
        head = self._heap.head()
        return None if head is None else head.due

    def fire_next(self) -> None:
        """For the clock: run the next timer."""
        if (fn := self._heap.take()) is not None:
            _fire(fn)
