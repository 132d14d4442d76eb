"""The mailbox of one actor, and the turn: how messages reach the handler, one thread at a time.

Why no wake-up is ever lost
---------------------------
A cell has one non-blocking lock, the *marker*. Whoever holds it is the only one who may put the cell into the
dispatcher's queue or run it. Three rules:

1. A sender first appends to a lane, then tries to take the marker. If it gets it, it schedules the cell.
   If not, somebody else holds it, and the sender is done.
2. Whoever runs the cell holds the marker. When it finds nothing to do, it first gives the marker back and
then
   looks at the lanes *once more*; if there is something, it tries to take the marker again (rule 1).
3. Everything that makes waiting mail eligible (release, restart, close) changes the state first and then acts
   like a sender.

Take any message. Its append came before the sender's attempt on the marker. If that attempt failed, the
marker was held at that moment, so the holder's give-back comes later, and its second look, later still,
sees the message. Thus either the sender or the holder schedules the cell. Both attempts may succeed only
one after the other, since the marker is a lock: a cell is never queued twice, never runs on two threads,
and what one turn wrote is visible to the next, because release and acquire of the marker lie between them.
`deque.append`, `popleft` and `Lock.acquire` are single atomic steps of the interpreter; nothing here ever
blocks.

A stopped cell follows the same rules, only that its holder buries the mail as dead letters instead of running
it. That is why those are counted exactly, whatever races with the stop.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any

from pykka import messages as pykka_messages

from nanie_actors.runtime import burial, life, reception
from nanie_actors.runtime.messages import Ask, ChildFailed
from nanie_actors.runtime.phase import Phase
from nanie_actors.runtime.pykka_hooks import ActorStop
from nanie_actors.runtime.ref import PooledRef

if TYPE_CHECKING:
    from nanie_actors.runtime.actor import PooledActor
    from nanie_actors.runtime.context import ActorContext
    from nanie_actors.runtime.system import ActorSystem

_NOT_PLAIN = frozenset(
    (Ask, ActorStop, pykka_messages.ProxyCall, pykka_messages.ProxyGetAttr, pykka_messages.ProxySetAttr)
)
"""The types that do not go straight to `on_receive`."""

_NO_LANE: deque[Any] = deque(maxlen=0)
"""Stands for the system lane of all the actors that never got system mail: an empty deque takes 0.6 KB."""

_NO_KEYWORDS: Mapping[str, Any] = {}

_lane_lock = threading.Lock()


class Cell:
    """Everything the runtime knows of one actor. The instance in it may change; the cell stays.

    `interrupt` is the one flag that the hot loop looks at: it is up whenever something other than the next
    user message may be due. `schedule` is what a sender calls once it has the marker: the dispatcher's own
    function while the cell is open, `Cell.settle` while it is held, failed or stopped.
    """

    __slots__ = (
        "actor",
        "actor_class",
        "args",
        "busy_since",
        "context",
        "current",
        "failed",
        "handled",
        "held",
        "incarnation",
        "interrupt",
        "kwargs",
        "last_error",
        "marker",
        "name",
        "notice",
        "phase",
        "poison",
        "poison_lane",
        "queue",
        "ref",
        "retry",
        "schedule",
        "serial",
        "started_ms",
        "supervisor",
        "system",
        "system_lane",
        "timers",
        "watchers",
    )

    def __init__(
        self,
        system: ActorSystem,
        actor_class: type[PooledActor],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        name: str,
        supervisor: PooledRef[Any] | None,
        serial: int,
    ) -> None:
        self.system = system
        self.actor_class = actor_class
        self.args = args
        self.kwargs = kwargs or _NO_KEYWORDS
        self.name = name
        self.supervisor = supervisor
        self.serial = serial
        self.queue: deque[Any] = deque()
        self.system_lane = _NO_LANE
        self.marker = threading.Lock()
        self.schedule: Callable[[Cell], None] = system.dispatcher.schedule
        self.phase = Phase.STARTING
        self.interrupt = True
        self.held = False
        self.actor: PooledActor | None = None
        self.ref: PooledRef[Any] | None = PooledRef(self)
        self.context: ActorContext | None = None
        self.current: Any = None
        self.busy_since = 0.0
        self.handled = 0
        self.failed = 0
        self.incarnation = 1
        self.last_error: str | None = None
        self.started_ms = system.clock.now_ms()
        self.poison: Any = None
        self.poison_lane: deque[Any] | None = None
        self.retry = False
        self.notice: ChildFailed | None = None
        self.watchers: tuple[PooledRef[Any], ...] = ()
        self.timers: set[Any] | None = None

    def build(self) -> PooledActor:
        """Make an instance as `type.__call__` would, but bound to this cell before its __init__ runs."""
        actor = self.actor_class.__new__(self.actor_class, *self.args, **self.kwargs)
        actor._cell = self
        actor.__init__(*self.args, **self.kwargs)  # type: ignore[misc]
        return actor

    @property
    def urn(self) -> str:
        """Pykka's universal name, made when somebody asks: a UUID per actor costs more than it says."""
        return f"urn:actor:{self.system.urn}:{self.serial}"

    def own_ref(self) -> PooledRef[Any]:
        """The ref that start gave, or one equal to it when the actor has stopped."""
        return self.ref or PooledRef(self)

    def let_go(self) -> None:
        """Drop what only a living actor needs: refs to a stopped one are cheap, and no cycle is left."""
        self.actor = self.ref = self.context = None
        self.args, self.kwargs = (), _NO_KEYWORDS
        timers, self.timers = self.timers, None
        for timer in tuple(timers or ()):
            timer.cancel()

    def orphan(self, notice: ChildFailed) -> None:
        """The supervisor will not decide about this failure of ours."""
        life.orphan(notice)

    def put_system(self, message: Any) -> None:
        """Append to the system lane and see that it is run. Any thread; never blocks."""
        lane = self.system_lane
        if lane is _NO_LANE:
            lane = self._make_lane()
        lane.append(message)
        self.interrupt = True
        self.nudge()

    def _make_lane(self) -> deque[Any]:
        with _lane_lock:
            if self.system_lane is _NO_LANE:
                self.system_lane = deque()
            return self.system_lane

    def nudge(self) -> None:
        """Act like a sender: something may have become eligible."""
        if self.marker.acquire(False):
            self.schedule(self)

    def run(self, now: float, budget: int, slice_s: float) -> bool:  # noqa: C901 - one frame: this is the hot loop
        """One slice of at most `budget` messages and about `slice_s` seconds; the caller holds the marker.

        True: the marker is still held and the cell must be queued again, at the back. False: it was given
        back. `now` is the caller's reading of `time.monotonic`. The time is looked at after 1, 2, 4, 8…
        messages: if they cost alike, a slice is never longer than twice its time, and a quick one pays for
        few readings.
        """
        self.busy_since = now
        queue = self.queue
        popleft = queue.popleft
        done = 0
        check_at = 1
        while True:
            if self.interrupt:
                budget = self._attend(budget, done)
                if done >= budget:
                    break
            actor = self.actor
            if actor is None:
                # The system was shut down a moment ago, while this turn went on.
                break
            receive = actor.on_receive
            message = None
            try:
                while queue:
                    if done >= check_at:
                        if done >= budget or monotonic() - now > slice_s:
                            break
                        check_at = min(check_at + check_at, budget)
                    message = popleft()
                    self.current = message
                    if type(message) in _NOT_PLAIN:
                        reception.receive(self, actor, message)
                    else:
                        receive(message)
                    done += 1
                    if self.interrupt:
                        break
            except BaseException as error:  # noqa: BLE001 - contained: the supervisor decides
                done += 1
                life.fail(self, error, message, "receive", queue)
            if not self.interrupt or done >= budget:
                break
        self.handled += done
        self.current = None
        self.busy_since = 0.0
        if self.interrupt:
            return self._end_of_turn()
        if queue:
            return True
        self.marker.release()
        return bool(queue or self.system_lane) and self.marker.acquire(False)

    def _attend(self, budget: int, done: int) -> int:
        """Start the actor, or handle its system lane. Returns the budget for user mail, 0 if that must wait."""
        if self.phase is not Phase.OPEN:
            life.begin(self)
            return 0
        self.interrupt = False
        handled = 0
        while (actor := self.actor) and self._may_attend() and done + handled < budget:
            message = self.current = self.system_lane.popleft()
            handled += 1
            try:
                reception.receive_system(self, actor, message)
            except BaseException as error:  # noqa: BLE001 - contained: the supervisor decides
                life.fail(self, error, message, "system", self.system_lane)
        self.handled += handled
        if self.held or self.system_lane or self.phase is not Phase.OPEN:
            self.interrupt = True
            return 0
        return budget - handled

    def _may_attend(self) -> bool:
        return self.phase is Phase.OPEN and bool(self.system_lane)

    def _end_of_turn(self) -> bool:
        """Give the marker back, and only then report a failure: the supervisor may act on it at once."""
        notice, self.notice = self.notice, None
        again = self.keep_marker()
        if notice is not None:
            life.report(self, notice)
        return again

    def settle(self) -> None:
        """What a sender calls who got the marker of a cell that is held, failed or stopped."""
        if self.keep_marker():
            self.system.dispatcher.schedule(self)

    def keep_marker(self) -> bool:
        """Give the marker back unless something may run; of a stopped cell, bury the mail first."""
        while not self._runnable():
            if self.phase is Phase.STOPPED:
                burial.bury(self)
            self.marker.release()
            waiting = self.queue or self.system_lane if self.phase is Phase.STOPPED else self._runnable()
            if not waiting or not self.marker.acquire(False):
                return False
        return True

    def _runnable(self) -> bool:
        if self.phase is Phase.OPEN:
            return bool(self.system_lane or (self.queue and not self.held))
        return self.phase in (Phase.STARTING, Phase.RESTARTING)
