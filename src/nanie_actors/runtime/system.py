"""Where actors live: their names, their dispatcher, and the services they share."""

from __future__ import annotations

import itertools
import logging
import threading
import uuid
from typing import Any, TypeVar

from nanie_actors.runtime import life
from nanie_actors.runtime.actor import PooledActor
from nanie_actors.runtime.cell import Cell, WideCell
from nanie_actors.runtime.clock import Clock
from nanie_actors.runtime.dead_letters import DeadLetters
from nanie_actors.runtime.dispatcher import Dispatcher
from nanie_actors.runtime.errors import NameTaken, SystemClosed
from nanie_actors.runtime.ref import PooledRef
from nanie_actors.runtime.report import ActorReport, report_of
from nanie_actors.runtime.retired import Retired
from nanie_actors.runtime.timers import Timers

A = TypeVar("A", bound=PooledActor)

_log = logging.getLogger(__name__)


class ActorSystem:
    """A table of living actors by name. Callable from any thread.

    The table is a plain dict, read and written by single atomic steps. Pykka's global registry is not used:
    it forgets an actor by searching a list under one lock, which makes the stop of n actors cost n².
    `life_lock` and `forget` are the runtime's own.
    """

    def __init__(
        self, dispatcher: Dispatcher, *, clock: Clock, timers: Timers, dead_letters: DeadLetters | None = None
    ) -> None:
        """Starts the dispatcher. `timers` are stopped with the system."""
        self.dispatcher = dispatcher
        self.clock = clock
        self.timers = timers
        self.dead_letters = dead_letters or DeadLetters(clock)
        self.urn = uuid.uuid4().hex
        self.life_lock = threading.Lock()
        self.retired = Retired()
        self._cells: dict[str, Cell] = {}
        self._serials = itertools.count(1)
        self._closed = False
        dispatcher.start()

    def start(
        self,
        actor_class: type[A],
        *args: Any,
        name: str | None = None,
        supervisor: PooledRef[Any] | None = None,
        **kwargs: Any,
    ) -> PooledRef[A]:
        """Make an instance on this thread, and run its on_start on the pool, before any message.

        Raises what `__init__` raises, NameTaken while an actor of that name has not fully stopped, and
        SystemClosed after the shutdown. An on_start that fails is the supervisor's matter (ChildFailed,
        phase "start").
        """
        serial = next(self._serials)
        name = name if name is not None else f"{actor_class.__name__}-{serial}"
        kind = WideCell if actor_class.wide else Cell
        cell = kind(self, actor_class, args, kwargs, name, supervisor, serial)
        ref = cell.own_ref()
        cell.take_marker()
        self._admit(cell)
        try:
            cell.actor = cell.build()
        except BaseException:
            life.close(cell, "failed")
            cell.keep_marker()
            raise
        self.dispatcher.schedule(cell)
        return ref

    def _admit(self, cell: Cell) -> None:
        if self._cells.setdefault(cell.name, cell) is not cell:
            raise NameTaken(cell.name)
        # After the entry: a shutdown either sees the cell in the table or is seen here.
        if self._closed:
            self._cells.pop(cell.name, None)
            raise SystemClosed("nothing can be started any more: the system was shut down")

    def watch(self, ref: PooledRef[Any], watcher: PooledRef[Any]) -> None:
        """Tell `watcher` Terminated, on its system lane, when `ref` has fully stopped, be it long ago."""
        life.watch(ref.cell, watcher)

    def find(self, name: str) -> PooledRef[Any] | None:
        """The living actor of that name; one that is stopping still counts."""
        cell = self._cells.get(name)
        return None if cell is None else cell.own_ref()

    def refs(self) -> list[PooledRef[Any]]:
        """All living actors, in the order of their start."""
        return [cell.own_ref() for cell in list(self._cells.values())]

    def reports(self) -> list[ActorReport]:
        """What every living actor is and does, read without its help: never blocks, even if all are stuck."""
        return [report_of(cell) for cell in list(self._cells.values())]

    def report(self, ref: PooledRef[Any]) -> ActorReport:
        """The report of one actor, living or stopped."""
        return report_of(ref.cell)

    def __len__(self) -> int:
        return len(self._cells)

    def shutdown(self, timeout_s: float) -> bool:
        """End timers and threads within `timeout_s`; True if all ended. Not from an actor's turn.

        Actors are not asked to stop: whoever wants their on_stop stops them first. Mail of those that are
        still there becomes dead letters ("shutdown"), and waiting askers get ActorDeadError.
        """
        self._closed = True
        ended = self.timers.stop(timeout_s)
        ended = self.dispatcher.stop(timeout_s) and ended
        left = list(self._cells.values())
        for cell in left:
            life.close(cell, "shutdown")
        self.dispatcher.discard()
        if left:
            _log.warning("%d actors were still there at the shutdown", len(left))
        return ended

    def forget(self, cell: Cell) -> None:
        """Free the name of a closed cell."""
        if self._cells.pop(cell.name, None) is not None:
            self.retired.add(report_of(cell))
