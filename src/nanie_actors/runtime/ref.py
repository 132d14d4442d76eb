"""The address of an actor: all that others ever hold of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

import pykka

from nanie_actors.runtime import life
from nanie_actors.runtime.errors import AskInsideActor
from nanie_actors.runtime.future import PoolFuture
from nanie_actors.runtime.messages import Ask
from nanie_actors.runtime.phase import Phase
from nanie_actors.runtime.pykka_hooks import HookedRef, stop_message
from nanie_actors.runtime.turn import inside_a_turn

if TYPE_CHECKING:
    from nanie_actors.runtime.cell import Cell

A = TypeVar("A", bound="pykka.Actor")


class PooledRef(HookedRef[A]):
    """Sends to one actor through all its incarnations. Callable from any thread; refs of one actor are equal.

    `cell` is the runtime's own.
    """

    __slots__ = ("cell",)

    def __init__(self, cell: Cell) -> None:
        self.cell = cell

    @property
    def name(self) -> str:
        """Unique among the living actors of the system."""
        return self.cell.name

    @property
    def actor_class(self) -> type[A]:  # type: ignore[override]
        """As in Pykka."""
        return self.cell.actor_class  # type: ignore[return-value]

    @property
    def actor_urn(self) -> str:  # type: ignore[override]
        """As in Pykka: unique among all actors this process ever started."""
        return self.cell.urn

    @property
    def actor_stopped(self) -> StopFlag:  # type: ignore[override]
        """As in Pykka, except that nobody can wait for it: watch the actor instead."""
        return StopFlag(self.cell)

    def is_alive(self) -> bool:
        """False once the actor has fully stopped: unlike in Pykka, its on_stop has returned by then."""
        return self.cell.phase is not Phase.STOPPED

    def tell(self, message: Any) -> None:
        """Put a message into the user lane. Never blocks or raises. To a stopped actor: a dead letter."""
        cell = self.cell
        cell.queue.append(message)
        if cell.idle:
            try:
                del cell.marker
            except AttributeError:
                # Somebody else took it a moment ago, and will look at the lane.
                return
            cell.idle = False
            cell.schedule(cell)

    def tell_system(self, message: Any) -> None:
        """Put a message into the system lane: it overtakes the user lane and goes on while that is held."""
        self.cell.put_system(message)

    @overload
    def ask(
        self, message: Any, *, block: Literal[False], timeout: float | None = None
    ) -> pykka.Future[Any]: ...

    @overload
    def ask(self, message: Any, *, block: Literal[True], timeout: float | None = None) -> Any: ...

    @overload
    def ask(
        self, message: Any, *, block: bool = True, timeout: float | None = None
    ) -> Any | pykka.Future[Any]: ...

    def ask(
        self, message: Any, *, block: bool = True, timeout: float | None = None
    ) -> Any | pykka.Future[Any]:
        """As in Pykka. Raises AskInsideActor where blocking would hold a pool thread."""
        future = _future(block)
        self.tell(Ask(message, future))
        return future.get(timeout=timeout) if block else future

    def ask_system(
        self, message: Any, *, block: bool = True, timeout: float | None = None
    ) -> Any | pykka.Future[Any]:
        """Like `ask`, on the system lane: the answer is what `on_system` returns."""
        future = _future(block)
        self.tell_system(Ask(message, future))
        return future.get(timeout=timeout) if block else future

    @overload
    def stop(self, *, block: Literal[True], timeout: float | None = None) -> bool: ...

    @overload
    def stop(self, *, block: Literal[False], timeout: float | None = None) -> pykka.Future[bool]: ...

    @overload
    def stop(self, *, block: bool = True, timeout: float | None = None) -> bool | pykka.Future[bool]: ...

    def stop(self, *, block: bool = True, timeout: float | None = None) -> bool | pykka.Future[bool]:
        """Stop the actor behind everything told before; what is told after becomes dead letters.

        The result is True when on_stop has returned, False if the actor was stopped before, and what on_stop
        raised otherwise. Raises AskInsideActor where blocking would hold a pool thread.
        """
        future = _future(block)
        self.tell(Ask(stop_message(), future))
        return future.get(timeout=timeout) if block else future

    def restart(self, *, retry: bool) -> None:
        """Give a failed actor its next incarnation, made of the original class and arguments, on the pool.

        The mailbox stays. `retry`: the poison is handled first; otherwise it becomes a dead letter
        ("skipped"). An actor that has not failed is left alone.
        """
        life.restart(self.cell, retry=retry)

    def poison(self) -> object | None:
        """The message that a suspended actor failed on; None if there was none."""
        trouble = self.cell.trouble
        return None if trouble is None else trouble.poison

    def abandon(self) -> list[Any]:
        """Give up a failed actor: it is stopped without on_stop, for its instance is broken.

        Its user mail comes back in order, the poison first, for the caller to keep or to lay among the dead
        letters; askers among it get ActorDeadError. Empty for an actor that has not failed.
        """
        return life.abandon(self.cell)

    def _instance(self) -> A | None:
        return self.cell.actor  # type: ignore[return-value]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PooledRef) and other.cell is self.cell

    def __hash__(self) -> int:
        return hash(self.cell)

    def __str__(self) -> str:
        return f"{self.cell.actor_class.__name__} ({self.cell.name})"


class StopFlag:
    """What Pykka keeps a threading.Event for."""

    __slots__ = ("_cell",)

    def __init__(self, cell: Cell) -> None:
        self._cell = cell

    def is_set(self) -> bool:
        """Whether the actor has fully stopped."""
        return self._cell.phase is Phase.STOPPED


def _future(block: bool) -> PoolFuture[Any]:
    if block and inside_a_turn():
        raise AskInsideActor
    return PoolFuture()
