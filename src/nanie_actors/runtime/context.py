"""What an actor can do beside handling messages: hold its mail, tell itself later, know who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nanie_actors.runtime import life
from nanie_actors.runtime.timers import Cancellable

if TYPE_CHECKING:
    from nanie_actors.runtime.cell import Cell
    from nanie_actors.runtime.ref import PooledRef
    from nanie_actors.runtime.system import ActorSystem


class ActorContext:
    """One actor's own view of the runtime; the same object through all its incarnations."""

    __slots__ = ("_cell", "_timers")

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self._timers: set[SelfTimer] | None = None

    @property
    def name(self) -> str:
        """Unique among the living actors of the system."""
        return self._cell.name

    @property
    def system(self) -> ActorSystem:
        """Where the actor lives: its clock, timers and dead letters."""
        return self._cell.system

    @property
    def ref(self) -> PooledRef[Any]:
        """The actor's address, to be given to others."""
        return self._cell.own_ref()

    @property
    def incarnation(self) -> int:
        """1 for the first instance, one more after each restart."""
        return self._cell.incarnation

    @property
    def supervisor(self) -> PooledRef[Any] | None:
        """Who hears of this actor's failures."""
        return self._cell.supervisor

    @property
    def held(self) -> bool:
        """Whether user messages wait for `release`."""
        return self._cell.held

    @property
    def more_mail(self) -> bool:
        """Whether a user message comes right after the one in hand, unless that fails."""
        cell = self._cell
        return bool(cell.queue) and not cell.held

    def hold(self) -> None:
        """Keep user messages in the mailbox, in order, after the current one; system messages go on.

        Lasts until `release` or a restart: the next incarnation decides for itself, in on_start. A stop
        waits too.
        """
        life.hold(self._cell)

    def release(self) -> None:
        """Let user messages through again."""
        life.release(self._cell)

    def after(self, delay_s: float, message: Any, *, system: bool = True) -> Cancellable:
        """Tell myself `message` after `delay_s` seconds, on the system or the user lane.

        A successor incarnation gets it too, so it should tell what it belongs to. Nothing comes after the
        stop.
        """
        if self._timers is None:
            self._timers = set()
        return SelfTimer(self._cell, self._timers, delay_s, message, system=system)

    def cancel_timers(self) -> None:
        """For the runtime, when the actor has stopped."""
        for timer in tuple(self._timers or ()):
            timer.cancel()


class SelfTimer:
    """A message on its way to its own sender."""

    __slots__ = ("_cell", "_message", "_siblings", "_system", "_timer")

    def __init__(
        self, cell: Cell, siblings: set[SelfTimer], delay_s: float, message: Any, *, system: bool
    ) -> None:
        self._cell = cell
        self._siblings = siblings
        self._message = message
        self._system = system
        siblings.add(self)
        self._timer = cell.system.timers.call_later(delay_s, self._fire)

    def cancel(self) -> None:
        """Call it off; harmless when it has fired."""
        self._timer.cancel()
        self._forget()

    def _fire(self) -> None:
        self._forget()
        ref = self._cell.own_ref()
        if ref.is_alive():
            (ref.tell_system if self._system else ref.tell)(self._message)

    def _forget(self) -> None:
        self._siblings.discard(self)
