"""The base class of every actor in this program: Pykka's, on a pool of threads."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from nanie_actors.runtime.context import ActorContext
from nanie_actors.runtime.messages import ChildFailed, Inspect, Terminated
from nanie_actors.runtime.pykka_hooks import HookedActor

if TYPE_CHECKING:
    from nanie_actors.runtime.cell import Cell
    from nanie_actors.runtime.ref import PooledRef, StopFlag
    from nanie_actors.runtime.system import ActorSystem

_log = logging.getLogger(__name__)


class PooledActor(HookedActor):
    """Subclass it as you would `pykka.ThreadingActor`: `__init__` with `super().__init__()`, then the hooks.

    `__init__` runs on the thread that starts the actor, and on a pool thread at each restart; every hook
    runs on a pool thread, never two at once. A hook must not block: not on a lock, a queue, the network or
    another actor.
    """

    wide: ClassVar[bool] = False
    """Whether its turns may be much longer than others'. For one that everything passes through, quickly:
    what it passes on then comes to the others in batches."""

    _cell: Cell

    @classmethod
    def start(
        cls,
        *args: Any,
        system: ActorSystem,
        name: str | None = None,
        supervisor: PooledRef[Any] | None = None,
        **kwargs: Any,
    ) -> PooledRef[Self]:
        """Start an actor in `system`; the other arguments go to `__init__`. See ActorSystem.start.

        Without a name it gets one of its own, made of the class and a number.
        """
        return system.start(cls, *args, name=name, supervisor=supervisor, **kwargs)

    @property
    def context(self) -> ActorContext:
        """Name, ref, hold and release, timers. There from `__init__` on, for actors that a system started."""
        cell = self._cell
        if cell.context is None:
            cell.context = ActorContext(cell)
        return cell.context

    @property
    def actor_ref(self) -> PooledRef[Self]:
        """As in Pykka."""
        return self._cell.own_ref()

    @property
    def actor_urn(self) -> str:  # type: ignore[override]
        """As in Pykka."""
        return self._cell.urn

    @property
    def actor_stopped(self) -> StopFlag:  # type: ignore[override]
        """As in Pykka, with `is_set()` only."""
        return self._cell.own_ref().actor_stopped

    def on_receive(self, message: Any) -> Any:
        """Handle a message of the user lane. What it returns answers an ask.

        What it raises on a tell suspends the actor and goes to the supervisor; on an ask it goes to the
        asker.
        """
        _log.warning("%s does not handle %s", self, type(message).__name__)

    def on_system(self, message: Any) -> Any:
        """Handle a message of the system lane. Override it for your own, and call super for the rest.

        Inspect is answered with `inspect()`. Terminated needs nothing done. A ChildFailed that comes here
        has a supervisor that does not decide: the child is stopped, as if it had none.
        """
        if isinstance(message, Inspect):
            return self.inspect()
        if isinstance(message, ChildFailed):
            message.ref.cell.orphan(message)
        elif not isinstance(message, Terminated):
            _log.warning("%s does not handle %s on the system lane", self, type(message).__name__)
        return None

    def inspect(self) -> Mapping[str, Any]:
        """The actor's own words for the dump: a fresh mapping of plain values, quick to make."""
        return {}

    def __str__(self) -> str:
        return f"{type(self).__name__} ({self._cell.name})"
