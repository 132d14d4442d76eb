"""Everything of Pykka that is not public, in one place.

Pykka leaves three hooks to the makers of runtimes (`_create_actor_inbox`, `_create_future`,
`_start_actor_loop`) and talks to itself by an internal stop message and a weak reference to the instance.
They are private, so the minor version is pinned, nothing outside this file names them, and a test compares
their names and signatures with what is written here.
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

import pykka
from pykka import messages
from pykka._introspection import get_attr_directly

from nanie_actors.runtime.future import PoolFuture

A = TypeVar("A", bound="pykka.Actor")

ActorStop = messages._ActorStop
"""The message by which Pykka's own code (`actor.stop()`) asks for the stop."""

_STOP = ActorStop()

ProxyMessage = messages.ProxyCall | messages.ProxyGetAttr | messages.ProxySetAttr


def stop_message() -> messages._ActorStop:
    """The stop request; it has no content, so one serves for all."""
    return _STOP


def is_from_proxy(message: Any) -> bool:
    """Whether a proxy sent this, so that `answer_proxy` must handle it."""
    return isinstance(message, ProxyMessage)


def answer_proxy(actor: pykka.Actor, message: ProxyMessage) -> Any:
    """Do what a proxy asks of the actor: call a method, read or write an attribute."""
    if isinstance(message, messages.ProxyCall):
        return get_attr_directly(actor, message.attr_path)(*message.args, **message.kwargs)
    if isinstance(message, messages.ProxyGetAttr):
        return get_attr_directly(actor, message.attr_path)
    parent = get_attr_directly(actor, message.attr_path[:-1])
    return setattr(parent, message.attr_path[-1], message.value)


class HookedActor(pykka.Actor):
    """An actor whose mailbox and turns are made by a system instead of by Pykka."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        # Pykka's own __init__ would make a UUID, an inbox and an Event: 2 KB and 5 µs an actor for
        # things that the cell already is.
        pass

    @staticmethod
    def _create_actor_inbox() -> NoReturn:
        raise TypeError("the mailbox of a pooled actor is made by its system: start the actor")

    @staticmethod
    def _create_future() -> PoolFuture[Any]:
        return PoolFuture()

    def _start_actor_loop(self) -> NoReturn:
        raise TypeError("a pooled actor has no loop of its own: start it by its system")


class HookedRef(pykka.ActorRef[A]):
    """A ref that finds its instance by itself, because a restart exchanges it."""

    __slots__ = ()

    def __init__(self) -> None:
        # Pykka's own __init__ would tie the ref to one instance.
        pass

    def _actor_weakref(self) -> A | None:  # type: ignore[override]
        return self._instance()

    def _instance(self) -> A | None:
        raise NotImplementedError
