"""Mechanisms of the worker that a negative control works without: the checker must find what then breaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chaos.inside.aims import replace
from nanie_actors.messages import Released, Revoke

SYNC = "sync"
"""Carried out by the file system (see `plug`): nothing is ever synced."""


def _no_lock() -> None:
    """Any number of workers may use one state directory."""
    for name in ("acquire", "release"):
        replace(f"nanie_actors.storage.state_lock:StateLock.{name}", lambda _: lambda _lock: None)


def _no_dedupe() -> None:
    """Every message and every row is taken for a new one."""
    replace("nanie_actors.actors.group_knowledge:GroupKnowledge.take_new", lambda _: lambda *_: True)

    def forgetful(inner: Callable[..., Any]) -> Callable[..., Any]:
        def answers_and_does_it_again(rows: Any, row: Any) -> None:
            inner(rows, row)
            rows.clear()

        return answers_and_does_it_again

    replace("nanie_actors.timeline.handled_rows:HandledRows.remember", forgetful)


def _no_handover() -> None:
    """The gateway says that it gave a lease back, and goes on using it."""

    def keeps_the_route(inner: Callable[..., Any]) -> Callable[..., Any]:
        def on_receive(gateway: Any, message: Any) -> None:
            if isinstance(message, Revoke):
                gateway._registry.tell(Released(message.group))
            else:
                inner(gateway, message)

        return on_receive

    replace("nanie_actors.actors.gateway:GatewayActor.on_receive", keeps_the_route)


SWITCHES: Mapping[str, Callable[[], None]] = {
    "lock": _no_lock,
    "dedupe": _no_dedupe,
    "handover": _no_handover,
}
