"""The real dispatcher: a queue of ready actors, and as few threads awake as keep it moving.

Python runs one thread at a time, so a second thread speeds nothing up; while it is awake it takes turns
with the first and with the senders, and makes everybody's turn shorter. It is needed only when the first
one blocks inside a handler. So one thread is woken when nobody is awake, and a *lookout* decides about all
the others: while actors are queued it looks every few milliseconds, and wakes one more if nobody runs
Python, or if no turn ends.

Why no queued actor is ever overlooked
--------------------------------------
Let `watched` mean that the lookout looks. A sender first appends to the queue and then looks:

- `watched` is up: the lookout lowers it only before a last look at the queue, so it will see the actor; and
  when it sees one and nobody is awake, it wakes a thread. Usually nobody waits for its tick, because the last
  thread to lie down lowers `watched` too, before its own last look at the queue;
- `watched` is down and nobody is awake: the sender wakes a thread;
- `watched` is down and somebody is awake: the sender raises it and rings the lookout, for whoever is awake
  may be inside a handler that blocks.

A thread lies down by joining the sleepers first and looking at the queue after; so of a sender and the last
thread to lie down, one sees the other.

Spare work
----------
Only a thread in a turn of this pool can offer it, so that thread will look at it before it lies down. If it
is kept from that, by further actors or by one that blocks, whoever ends a turn gives the work back when it is
overdue, and so does the lookout, which looks as long as any waits.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections import deque
from time import monotonic
from typing import Any

from nanie_actors.runtime.dispatcher import Runnable, StuckHandler
from nanie_actors.runtime.lanes import take_all
from nanie_actors.runtime.lookout import Lookout, Sight, advise
from nanie_actors.runtime.messages import message_type
from nanie_actors.runtime.spare_work import SpareQueue, SpareWork
from nanie_actors.runtime.switching import SwitchInterval
from nanie_actors.runtime.turn import turn, turn_of
from nanie_actors.runtime.worker import Worker

_log = logging.getLogger(__name__)


class PoolDispatcher:
    """Gives each ready actor a slice in turn: at most `slice_messages` messages and about `slice_s` seconds.

    Handlers must not block, but some will. A turn longer than `stuck_after_s` is *stuck*; when all threads
    are, one more is started, up to `max_threads`, and it is sent away when they have come back.

    `switch_interval_s` is the switch interval of the process while the pool runs; None leaves Python's own.
    """

    def __init__(
        self,
        threads: int = 4,
        max_threads: int = 32,
        stuck_after_s: float = 1.0,
        slice_messages: int = 64,
        slice_s: float = 0.005,
        switch_interval_s: float | None = None,
        name: str = "actors",
    ) -> None:
        if not 1 <= threads <= max_threads or stuck_after_s <= 0 or slice_messages < 1 or slice_s <= 0:
            raise ValueError("a pool needs 1 <= threads <= max_threads, and positive times and slices")
        self._threads = threads
        self._max_threads = max_threads
        self._stuck_after_s = stuck_after_s
        self._slice_messages = slice_messages
        self._slice_s = slice_s
        self._switching = SwitchInterval(switch_interval_s)
        self._name = name
        self._ready: deque[Runnable] = deque()
        self._spare = SpareQueue()
        self._asleep: list[Worker] = []
        self._workers: list[Worker] = []
        self._numbers = itertools.count(1)
        self._watched = False
        self._closing = False
        self._discarding = False
        self._lookout = Lookout(self, f"{name}-lookout", stuck_after_s / 4)

    @property
    def watched(self) -> bool:
        """For the lookout: whether it must look."""
        return self._watched or bool(self._spare)

    @property
    def threads(self) -> int:
        """How many pool threads there are now."""
        return len(self._workers)

    def start(self) -> None:
        """Start the threads."""
        self._switching.lower()
        for _ in range(self._threads):
            self._add_worker()
        self._lookout.start()

    def schedule(self, cell: Any, /) -> None:
        """See Dispatcher."""
        self._ready.append(cell)
        if not self._watched:
            self._see_to_it()

    def _see_to_it(self) -> None:
        if self._discarding:
            self.discard()
        elif len(self._asleep) >= len(self._workers):
            self._wake_one()
        elif self._asleep:
            self._watch()

    def _wake_one(self) -> None:
        try:
            worker = self._asleep.pop()
        except IndexError:
            # It got up by itself, because it saw the queue.
            return
        worker.gate.release()

    def _watch(self) -> None:
        self._watched = True
        self._lookout.ring()

    def offer(self, work: SpareWork) -> bool:
        """See Dispatcher."""
        if self._closing or turn_of() is not self:
            return False
        self._spare.put(work)
        self._lookout.ring()
        return True

    def work(self, me: Worker) -> None:
        """The life of a pool thread: turns, one after the other."""
        ready, spare = self._ready, self._spare
        budget, slice_s = self._slice_messages, self._slice_s
        with turn(self):
            now = monotonic()
            while not me.leave:
                queue: deque[Any] = ready or spare
                if me.orders or not queue:
                    self._lie_down(me)
                    now = monotonic()
                    continue
                try:
                    cell = queue.popleft()
                except IndexError:
                    # Another thread was quicker.
                    continue
                me.cell = cell
                began = now
                try:
                    share = cell.share
                    again = cell.run(began, budget * share, slice_s * share)
                except BaseException:  # noqa: BLE001 - contained and logged
                    _log.critical("the runtime failed in a turn of %s: it is lost", cell.name, exc_info=True)
                    again = False
                now = monotonic()
                if now - began > slice_s * share:
                    cell.stride = 1
                if again:
                    ready.append(cell)
                if spare and now > spare.due:
                    spare.give_back()
            spare.give_back()

    def _lie_down(self, me: Worker) -> None:
        """Sleep until woken; at once awake again if there is something to do that nobody else will see to."""
        # Nobody else's turn of that actor may be taken for this thread's.
        me.cell = None
        resting, me.orders = me.orders, False
        self._asleep.append(me)
        last = len(self._asleep) >= len(self._workers)
        if last:
            self._watched = False
        if self._closing or ((self._ready or self._spare) and (last or not resting)):
            self._get_up(me)
        else:
            me.gate.acquire()

    def _get_up(self, me: Worker) -> None:
        try:
            self._asleep.remove(me)
        except ValueError:
            # Somebody is waking us already: take the opening that is meant for us.
            me.gate.acquire()
        if not self._closing:
            # Senders may have relied on the lookout, which was told a moment ago that all is done.
            self._watch()

    def look(self, late_s: float) -> bool:
        """For the lookout: see that as many as needed move the queue. False: it is empty."""
        now = monotonic()
        if self._spare and now > self._spare.due:
            self._spare.give_back()
        if not self._ready:
            self._watched = False
            if not self._ready:
                return False
            self._watched = True
        awake = [worker for worker in tuple(self._workers) if worker not in self._asleep]
        youngest_s = min((worker.age_s(now) for worker in awake), default=0.0)
        match advise(Sight(len(awake), late_s, youngest_s)):
            case "wake":
                self._wake_one()
            case "rest":
                awake[-1].orders = True
            case "leave":
                pass
        return True

    def compensate(self) -> None:
        """For the lookout, on its round: as many threads as are not stuck, within the limits."""
        stuck = self.stuck()
        if len(stuck) >= len(self._workers) < self._max_threads:
            names = ", ".join(handler.name for handler in stuck)
            _log.warning("all %d threads are stuck (%s): one more is started", len(stuck), names)
            self._add_worker()
        elif len(self._workers) - len(stuck) > self._threads:
            self._dismiss_one()

    def _add_worker(self) -> None:
        worker = Worker(f"{self._name}-{next(self._numbers)}", self.work)
        self._workers.append(worker)
        worker.thread.start()

    def _dismiss_one(self) -> None:
        try:
            worker = self._asleep.pop()
        except IndexError:
            return
        worker.leave = True
        self._workers.remove(worker)
        worker.gate.release()

    def stuck(self) -> list[StuckHandler]:
        """See Dispatcher."""
        now = monotonic()
        found = []
        for worker in tuple(self._workers):
            cell, age_s = worker.cell, worker.age_s(now)
            if cell is not None and age_s > self._stuck_after_s:
                found.append(StuckHandler(cell.name, message_type(cell.current), age_s))
        return found

    def settle(self, done: threading.Event, timeout_s: float) -> bool:
        """See Dispatcher: the threads run anyway, so this only waits."""
        return done.wait(timeout_s)

    def stop(self, timeout_s: float) -> bool:
        """See Dispatcher. Actors still queued are not run."""
        deadline = monotonic() + timeout_s
        self._switching.restore()
        ended = self._lookout.stop(timeout_s)
        self._closing = True
        for worker in self._workers:
            worker.leave = True
        while self._asleep:
            self._wake_one()
        threads = [worker.thread for worker in self._workers]
        for thread in threads:
            thread.join(max(deadline - monotonic(), 0.0))
        self._spare.give_back()
        return ended and not any(thread.is_alive() for thread in threads)

    def discard(self) -> None:
        """See Dispatcher."""
        self._discarding = True
        # From here on every sender comes to `_see_to_it`, and so back here.
        self._watched = False
        for cell in take_all(self._ready):
            cell.keep_marker()
