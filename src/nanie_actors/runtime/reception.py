"""Handling what is not a plain user message: asks, stops, what proxies send, and the system lane."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nanie_actors.runtime import life
from nanie_actors.runtime.messages import Ask
from nanie_actors.runtime.pykka_hooks import ActorStop, answer_proxy, is_from_proxy

if TYPE_CHECKING:
    from nanie_actors.runtime.actor import PooledActor
    from nanie_actors.runtime.cell import Cell

_log = logging.getLogger(__name__)


def receive(cell: Cell, actor: PooledActor, message: Any) -> None:
    """Handle a user message that is not plain. The marker is held; what a tell raises goes up."""
    if type(message) is ActorStop:
        life.stop(cell, None)
    elif type(message) is not Ask:
        answer_proxy(actor, message)
    elif type(message.message) is ActorStop:
        life.stop(cell, message.reply_to)
    elif is_from_proxy(message.message):
        _answer(cell, message, lambda inner: answer_proxy(actor, inner))
    else:
        _answer(cell, message, actor.on_receive)


def answer_system(cell: Cell, actor: PooledActor, ask: Ask) -> None:
    """Handle an ask on the system lane. The marker is held."""
    _answer(cell, ask, actor.on_system)


def _answer(cell: Cell, ask: Ask, handle: Callable[[Any], Any]) -> None:
    """Give the asker what the handler returns or raises; as in Pykka, the actor lives on either way."""
    try:
        value = handle(ask.message)
    except BaseException as error:  # noqa: BLE001 - contained: it is the asker's
        cell.failed += 1
        cell.last_error = type(error).__name__
        _log.info("%s: %s on a %s goes to the asker", cell.name, cell.last_error, type(ask.message).__name__)
        ask.reply_to.set_exception(sys.exc_info())
    else:
        ask.reply_to.set(value)
