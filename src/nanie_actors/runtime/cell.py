"""One actor as the runtime knows it, and the turn: how messages reach the handler, one thread at a time."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from pykka import messages as pykka_messages

from nanie_actors.runtime import burial, life, reception
from nanie_actors.runtime.mailbox import Mailbox
from nanie_actors.runtime.messages import Ask, ChildFailed
from nanie_actors.runtime.phase import OPEN, STOPPED
from nanie_actors.runtime.pykka_hooks import ActorStop
from nanie_actors.runtime.ref import PooledRef
from nanie_actors.runtime.trouble import Trouble

if TYPE_CHECKING:
    from nanie_actors.runtime.actor import PooledActor
    from nanie_actors.runtime.context import ActorContext
    from nanie_actors.runtime.system import ActorSystem

_NOT_PLAIN = frozenset(
    (Ask, ActorStop, pykka_messages.ProxyCall, pykka_messages.ProxyGetAttr, pykka_messages.ProxySetAttr)
)
"""The types that do not go straight to `on_receive`."""

LONG_STRIDE = 16
"""Messages between two readings of the clock, for an actor whose messages are quick."""

_NO_KEYWORDS: Mapping[str, Any] = {}


class Cell(Mailbox):
    """Everything the runtime knows of one actor. The instance in it may change; the cell stays.

    `share`: how many slices it may have in one turn.
    """

    share: ClassVar[int] = 1

    __slots__ = (
        "actor_class",
        "args",
        "context",
        "failed",
        "incarnation",
        "kwargs",
        "last_error",
        "name",
        "ref",
        "serial",
        "started_ms",
        "supervisor",
        "system",
        "trouble",
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
        super().__init__(system.dispatcher.schedule)
        self.system = system
        self.actor_class = actor_class
        self.args = args
        self.kwargs = kwargs or _NO_KEYWORDS
        self.name = name
        self.supervisor = supervisor
        self.serial = serial
        self.ref: PooledRef[Any] | None = PooledRef(self)
        self.context: ActorContext | None = None
        self.failed = 0
        self.incarnation = 1
        self.last_error: str | None = None
        self.started_ms = system.clock.now_ms()
        self.trouble: Trouble | None = None
        self.watchers: tuple[PooledRef[Any], ...] = ()

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
        context, self.context = self.context, None
        self.actor = self.ref = None
        self.args, self.kwargs = (), _NO_KEYWORDS
        if context is not None:
            context.cancel_timers()

    def orphan(self, notice: ChildFailed) -> None:
        """The supervisor will not decide about this failure of ours."""
        life.orphan(notice)

    def run(self, now: float, budget: int, slice_s: float) -> bool:  # noqa: C901 - one frame: this is the hot loop
        """One slice of at most `budget` messages and about `slice_s` seconds; the caller holds the marker.

        True: the marker is still held and the cell must be queued again, at the back. False: it was given
        back. `now` is the caller's reading of `time.monotonic`.

        Reading the clock costs as much as a quick message, so it is read after `stride` messages, then after
        twice as many, and so on. The stride is one until the messages prove quick; a slice that took its time
        makes it one again. So the slices of a slow actor are no longer than twice `slice_s`, or one message.
        """
        self.busy_since = now
        queue = self.queue
        done = 0
        check_at = self.stride if self.stride < budget else budget
        while True:
            if self.interrupt:
                budget = self._attend(budget, done)
                if done >= budget:
                    break
            actor = self.actor
            if actor is None:
                # The system was shut down a moment ago, while this turn went on.
                break
            message = None
            try:
                while queue:
                    if done >= check_at:
                        if done >= budget:
                            break
                        spent_s = monotonic() - now
                        if spent_s > slice_s:
                            break
                        if spent_s * LONG_STRIDE < slice_s * done:
                            self.stride = LONG_STRIDE
                        check_at += check_at
                        if check_at > budget:
                            check_at = budget
                    message = queue.popleft()
                    self.current = message
                    if type(message) in _NOT_PLAIN:
                        reception.receive(self, actor, message)
                    else:
                        actor.on_receive(message)
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
        self.idle = True
        self.marker = True
        # Whoever uses the system lane raises `interrupt` before it tries to take the marker.
        if queue or self.interrupt:
            return self.take_marker()
        return False

    def _attend(self, budget: int, done: int) -> int:
        """Start the actor, or handle its system lane; the budget for user mail, 0 if that must wait."""
        if self.phase is not OPEN:
            life.begin(self)
            return 0
        self.interrupt = False
        lane = self.system_lane
        left = most = budget - done
        while lane and left > 0:
            actor = self.actor
            if actor is None or self.phase is not OPEN:
                break
            message = self.current = lane.popleft()
            left -= 1
            try:
                if type(message) is Ask:
                    reception.answer_system(self, actor, message)
                else:
                    actor.on_system(message)
            except BaseException as error:  # noqa: BLE001 - contained: the supervisor decides
                life.fail(self, error, message, "system", lane)
        handled = most - left
        self.handled += handled
        if lane or self.held or self.phase is not OPEN:
            self.interrupt = True
            return 0
        return budget - handled

    def _end_of_turn(self) -> bool:
        """Give the marker back, and only then report a failure: the supervisor may act on it at once."""
        notice = None
        if self.trouble is not None:
            notice, self.trouble.notice = self.trouble.notice, None
        again = self.keep_marker()
        if notice is not None:
            life.report(self, notice)
        return again

    def settle(self) -> None:
        """What a sender calls who got the marker of a cell that is held, failed or stopped."""
        if self.keep_marker():
            self.system.dispatcher.schedule(self)

    def keep_marker(self) -> bool:
        """Give the marker back unless something may run (True); of a stopped actor, bury the mail first."""
        while not self.runnable():
            if self.phase is STOPPED:
                burial.bury(self)
            self.give_marker_back()
            if not self.eligible() or not self.take_marker():
                return False
        return True


class WideCell(Cell):
    """Of an actor whose turns are long; see PooledActor.wide. A class, so that nobody else's cell grows."""

    __slots__ = ()

    share: ClassVar[int] = 64
