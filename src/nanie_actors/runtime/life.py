"""The life of a cell: its transitions, and who is told of them.

    STARTING ───► OPEN ◄─── RESTARTING ◄── restart ──┐
        │          │ │           │                   │
        │          │ └─ a handler failed ────────► FAILED ── abandon ──┐
        └──────────┼──────── on_start failed ────────┘                 ▼
                   └── stop ──► STOPPING ── on_stop returned ─────► STOPPED

Any phase goes straight to STOPPED by a shutdown, and by a failure that no supervisor hears of.

Transitions for which another thread may compete (open, fail, restart, abandon, close) are made under the
system's life lock, which is held for a few assignments and never while foreign code runs.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from nanie_actors.runtime import burial
from nanie_actors.runtime.lanes import take_all
from nanie_actors.runtime.messages import ChildFailed, FailurePhase, ReplyTo, Terminated
from nanie_actors.runtime.phase import Phase
from nanie_actors.runtime.trouble import Trouble

if TYPE_CHECKING:
    from nanie_actors.runtime.cell import Cell
    from nanie_actors.runtime.dead_letters import DeadReason
    from nanie_actors.runtime.ref import PooledRef

_log = logging.getLogger(__name__)


def begin(cell: Cell) -> None:
    """Start the actor, or its next incarnation; in any other phase there is nothing to do. Marker held."""
    if cell.phase is Phase.RESTARTING:
        _make_way(cell)
    elif cell.phase is not Phase.STARTING:
        return
    try:
        actor = cell.actor = cell.actor or cell.build()
        actor.on_start()
    except BaseException as error:  # noqa: BLE001 - contained: the supervisor decides
        fail(cell, error, None, "start", None)
        return
    _open(cell)


def _open(cell: Cell) -> None:
    with cell.system.life_lock:
        # A shutdown may have closed it while on_start ran.
        if cell.phase is not Phase.STOPPED:
            cell.phase = Phase.OPEN
            reopen(cell)


def _make_way(cell: Cell) -> None:
    """Put the poison where the supervisor wants it, and make room for the next instance."""
    if cell.trouble is not None and cell.trouble.retry:
        lane, poison = cell.trouble.take_poison()
        if lane is not None:
            lane.appendleft(poison)
    burial.take_poison(cell, "skipped")
    cell.trouble = None
    cell.incarnation += 1
    cell.held = False
    cell.actor = None


def reopen(cell: Cell) -> None:
    """Let senders schedule an open cell directly, unless it is held. Life lock held."""
    if cell.phase is Phase.OPEN and not cell.held:
        cell.schedule = cell.system.dispatcher.schedule
        # Lowered before the lane is looked at: a sender appends first and raises the flag after.
        cell.interrupt = False
        if cell.system_lane:
            cell.interrupt = True


def fail(
    cell: Cell, error: BaseException, message: Any, phase: FailurePhase, lane: deque[Any] | None
) -> None:
    """A handler, or the start, raised: suspend the actor and keep its mail. Marker held.

    `lane` is where the message came from and where a retry puts it back; None if there was no message.
    """
    cell.failed += 1
    cell.last_error = type(error).__name__
    _log.error("%s failed (%s, incarnation %d)", cell.name, phase, cell.incarnation, exc_info=error)
    if phase != "start":
        _call_on_failure(cell, error)
    with cell.system.life_lock:
        trouble = cell.trouble = Trouble(message, lane)
        closed = cell.phase is Phase.STOPPED
        if not closed:
            _restrict(cell, Phase.FAILED)
            trouble.notice = ChildFailed(cell.own_ref(), cell.name, error, message, phase, cell.incarnation)
    if closed:
        burial.take_poison(cell, "shutdown")


def _call_on_failure(cell: Cell, error: BaseException) -> None:
    actor = cell.actor
    try:
        if actor is not None:
            actor.on_failure(type(error), error, error.__traceback__)
    except BaseException:  # noqa: BLE001 - contained and logged
        _log.exception("%s: on_failure itself failed", cell.name)


def _restrict(cell: Cell, phase: Phase) -> None:
    cell.phase = phase
    cell.interrupt = True
    cell.schedule = type(cell).settle


def report(cell: Cell, notice: ChildFailed) -> None:
    """Tell the supervisor, after the turn that failed has ended: it may act at once, on its own thread."""
    if cell.supervisor is None:
        orphan(notice)
    else:
        # A supervisor that stopped, or stops before it reads this, buries it: see `orphan`.
        cell.supervisor.tell_system(notice)


def orphan(notice: ChildFailed) -> None:
    """Nobody will decide about this failure: stop the actor; its mail becomes dead letters."""
    cell = notice.ref.cell
    with cell.system.life_lock:
        if cell.phase is not Phase.FAILED or cell.incarnation != notice.incarnation:
            return
        _shut(cell)
    _log.error("%s is stopped: it failed and has no supervisor", cell.name)
    _finish(cell, "failed")


def restart(cell: Cell, *, retry: bool) -> None:
    """Begin the next incarnation of a failed actor on the pool. Any thread; any other phase: no effect."""
    with cell.system.life_lock:
        if cell.phase is not Phase.FAILED:
            _log.warning("%s is not restarted: it is %s", cell.name, cell.phase.value)
            return
        if cell.trouble is not None:
            cell.trouble.retry = retry
        cell.phase = Phase.RESTARTING
    cell.nudge()


def abandon(cell: Cell) -> list[Any]:
    """Close a failed actor and hand out its user mail in order, the poison first. Any thread."""
    with cell.system.life_lock:
        if cell.phase is not Phase.FAILED:
            _log.warning("%s is not abandoned: it is %s", cell.name, cell.phase.value)
            return []
        _shut(cell)
        kept = []
        if cell.trouble is not None and cell.trouble.lane is cell.queue:
            kept = [cell.trouble.take_poison()[1]]
    kept += take_all(cell.queue)
    _finish(cell, "abandoned")
    return [message for message in kept if not burial.answered(cell, message, stopping=True)]


def stop(cell: Cell, reply_to: ReplyTo | None) -> None:
    """Run on_stop and close. The asker gets True, or what on_stop raised. Marker held."""
    failure = None
    with cell.system.life_lock:
        if cell.phase is not Phase.STOPPED:
            _restrict(cell, Phase.STOPPING)
    try:
        if cell.actor is not None:
            cell.actor.on_stop()
    except BaseException as error:  # noqa: BLE001 - contained, logged, and told to the asker
        failure = error
        cell.failed += 1
        cell.last_error = type(error).__name__
        _log.exception("%s: on_stop failed", cell.name)
    close(cell, "stopped", stopping=True)
    if reply_to is None:
        return
    if failure is None:
        reply_to.set(True)
    else:
        reply_to.set_exception((type(failure), failure, failure.__traceback__))


def close(cell: Cell, reason: DeadReason, *, stopping: bool = False) -> bool:
    """The last transition, from any phase; False if it was made before. Any thread."""
    with cell.system.life_lock:
        if cell.phase is Phase.STOPPED:
            return False
        _shut(cell)
    _finish(cell, reason, stopping=stopping)
    return True


def _shut(cell: Cell) -> None:
    """Close and free the name in one step: nobody sees the actor gone and its name taken. Lock held."""
    _restrict(cell, Phase.STOPPED)
    cell.system.forget(cell)


def _finish(cell: Cell, reason: DeadReason, *, stopping: bool = False) -> None:
    """Bury the mail and tell the watchers. Only whoever shut the cell comes here."""
    ref = cell.own_ref()
    watchers, cell.watchers = cell.watchers, ()
    cell.let_go()
    burial.bury(cell, reason, stopping=stopping)
    for watcher in watchers:
        watcher.tell_system(Terminated(ref, cell.name))


def watch(cell: Cell, watcher: PooledRef[Any]) -> None:
    """Tell `watcher` when the cell has stopped; at once if it already has. Any thread."""
    with cell.system.life_lock:
        alive = cell.phase is not Phase.STOPPED
        if alive and watcher not in cell.watchers:
            cell.watchers += (watcher,)
    if not alive:
        watcher.tell_system(Terminated(cell.own_ref(), cell.name))


def hold(cell: Cell) -> None:
    """Keep user mail back after the current message. Any thread, meant for the actor's own."""
    with cell.system.life_lock:
        if cell.phase is not Phase.STOPPED:
            cell.held = True
            cell.interrupt = True
            cell.schedule = type(cell).settle


def release(cell: Cell) -> None:
    """End a hold. Any thread, meant for the actor's own."""
    with cell.system.life_lock:
        cell.held = False
        reopen(cell)
    cell.nudge()
