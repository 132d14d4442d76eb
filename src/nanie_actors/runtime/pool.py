"""The real dispatcher: a few threads, a queue of ready actors, and one more thread while some are stuck."""

from __future__ import annotations

import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any

from nanie_actors.runtime.dispatcher import Runnable, StuckHandler
from nanie_actors.runtime.messages import message_type
from nanie_actors.runtime.turn import turn

_log = logging.getLogger(__name__)


class _Worker:
    """One pool thread: what it runs, and the gate at which it sleeps."""

    __slots__ = ("cell", "gate", "leave", "thread")

    def __init__(self, name: str, work: Callable[[_Worker], None]) -> None:
        self.cell: Runnable | None = None
        self.gate = threading.Lock()
        self.gate.acquire()
        self.leave = False
        self.thread = threading.Thread(target=work, args=(self,), name=name, daemon=True)


class PoolDispatcher:
    """Gives each ready actor a slice in turn: at most `slice_messages` messages and about `slice_s` seconds.

    Why nobody waits beside a sleeping thread: a sender appends to the queue and then looks for a sleeper; a
    thread lies down among the sleepers and then looks at the queue once more. One of the two sees the
    other. And every newly queued actor wakes a sleeper of its own, while a thread that queues its actor
    again comes back for the next by itself: so as long as anyone sleeps, there is a thread on its way for
    each one queued.

    Handlers must not block, but some will. Each slice longer than `stuck_after_s` is counted as stuck; when
    all threads are, the monitor starts one more, up to `max_threads`, and sends it away when they have come
    back.

    Threads are daemons: a handler that never ends cannot keep a stopped process alive. `stop` joins them.
    """

    def __init__(
        self,
        threads: int = 4,
        max_threads: int = 32,
        stuck_after_s: float = 1.0,
        slice_messages: int = 64,
        slice_s: float = 0.005,
        name: str = "actors",
    ) -> None:
        if not 1 <= threads <= max_threads or stuck_after_s <= 0 or slice_messages < 1 or slice_s <= 0:
            raise ValueError("a pool needs 1 <= threads <= max_threads, and positive times and slices")
        self._threads = threads
        self._max_threads = max_threads
        self._stuck_after_s = stuck_after_s
        self._slice_messages = slice_messages
        self._slice_s = slice_s
        self._name = name
        self._ready: deque[Runnable] = deque()
        self._asleep: list[_Worker] = []
        self._workers: list[_Worker] = []
        self._numbers = itertools.count(1)
        self._closing = False
        self._close = threading.Event()
        self._monitor = threading.Thread(target=self._watch, name=f"{name}-monitor", daemon=True)

    def start(self) -> None:
        """Start the threads."""
        for _ in range(self._threads):
            self._add_worker()
        self._monitor.start()

    def schedule(self, cell: Any, /) -> None:
        """See Dispatcher."""
        self._ready.append(cell)
        if self._asleep:
            self._wake_one()

    def _wake_one(self) -> None:
        try:
            worker = self._asleep.pop()
        except IndexError:
            # It got up by itself, because it saw the queue.
            return
        worker.gate.release()

    def stop(self, timeout_s: float) -> bool:
        """See Dispatcher. Actors still queued are not run."""
        deadline = monotonic() + timeout_s
        self._closing = True
        self._close.set()
        if self._monitor.is_alive():
            self._monitor.join(max(deadline - monotonic(), 0.0))
        while self._asleep:
            self._wake_one()
        threads = [
            worker.thread for worker in self._workers if worker.thread is not threading.current_thread()
        ]
        for thread in threads:
            thread.join(max(deadline - monotonic(), 0.0))
        return not any(thread.is_alive() for thread in threads)

    def settle(self, done: threading.Event, timeout_s: float) -> bool:
        """See Dispatcher: the threads run anyway, so this only waits."""
        return done.wait(timeout_s)

    def stuck(self) -> list[StuckHandler]:
        """See Dispatcher."""
        now = monotonic()
        found = []
        for worker in tuple(self._workers):
            cell = worker.cell
            since = 0.0 if cell is None else cell.busy_since
            if cell is not None and since and now - since > self._stuck_after_s:
                found.append(StuckHandler(cell.name, message_type(cell.current), now - since))
        return found

    @property
    def threads(self) -> int:
        """How many pool threads there are now."""
        return len(self._workers)

    def _add_worker(self) -> None:
        worker = _Worker(f"{self._name}-{next(self._numbers)}", self._work)
        self._workers.append(worker)
        worker.thread.start()

    def _work(self, me: _Worker) -> None:
        """The life of a pool thread."""
        ready = self._ready
        budget, slice_s = self._slice_messages, self._slice_s
        with turn():
            now = monotonic()
            while not (self._closing or me.leave):
                try:
                    cell = ready.popleft()
                except IndexError:
                    self._sleep(me)
                    now = monotonic()
                    continue
                me.cell = cell
                try:
                    if cell.run(now, budget, slice_s):
                        ready.append(cell)
                except BaseException:  # noqa: BLE001 - contained and logged
                    _log.critical(
                        "the runtime itself failed in a turn of %s, which is lost", cell.name, exc_info=True
                    )
                # A sleeping thread must not keep a stopped actor alive.
                del cell
                now = monotonic()

    def _sleep(self, me: _Worker) -> None:
        me.cell = None
        self._asleep.append(me)
        if self._ready or self._closing:
            try:
                self._asleep.remove(me)
            except ValueError:
                # Somebody is waking us already: take the opening that is meant for us.
                me.gate.acquire()
            return
        me.gate.acquire()

    def _watch(self) -> None:
        """The monitor: compare threads and stuck turns four times in the time that a turn may take."""
        while not self._close.wait(self._stuck_after_s / 4):
            stuck = self.stuck()
            if len(stuck) >= len(self._workers) < self._max_threads:
                _log.warning(
                    "all %d threads are stuck (%s): one more", len(stuck), ", ".join(s.name for s in stuck)
                )
                self._add_worker()
            elif len(self._workers) - len(stuck) > self._threads:
                self._dismiss_one()

    def _dismiss_one(self) -> None:
        try:
            worker = self._asleep.pop()
        except IndexError:
            return
        self._workers.remove(worker)
        worker.leave = True
        worker.gate.release()
