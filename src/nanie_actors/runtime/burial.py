"""What becomes of mail that no instance will handle: askers are told, the rest is counted as dead letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pykka import ActorDeadError

from nanie_actors.runtime.lanes import take_all
from nanie_actors.runtime.messages import Ask, ChildFailed
from nanie_actors.runtime.pykka_hooks import ActorStop

if TYPE_CHECKING:
    from nanie_actors.runtime.cell import Cell
    from nanie_actors.runtime.dead_letters import DeadReason


def bury(cell: Cell, reason: DeadReason = "stopped", *, stopping: bool = False) -> None:
    """Empty both lanes of a closed cell. `stopping`: a stop request found among them was in time.

    Safe beside senders that append and others that bury: every message is taken out exactly once.
    """
    take_poison(cell, reason)
    for lane in (cell.system_lane, cell.queue):
        for message in take_all(lane):
            dispose(cell, reason, message, stopping=stopping)


def take_poison(cell: Cell, reason: DeadReason) -> None:
    """Bury the message that the actor failed on, if there is one."""
    if cell.trouble is not None:
        lane, poison = cell.trouble.take_poison()
        if lane is not None:
            dispose(cell, reason, poison)


def dispose(cell: Cell, reason: DeadReason, message: Any, *, stopping: bool = False) -> None:
    """End one message that was not delivered: whoever waits for it is told, the rest is counted."""
    if answered(cell, message, stopping=stopping):
        return
    if type(message) is ChildFailed:
        message.ref.cell.orphan(message)
    else:
        cell.system.dead_letters.add(reason, cell.name, cell.actor_class.__name__, message)


def answered(cell: Cell, message: Any, *, stopping: bool) -> bool:
    """Answer whoever waits for this message; True if it needs no more than that."""
    if type(message) is not Ask:
        return type(message) is ActorStop
    if type(message.message) is ActorStop:
        message.reply_to.set(stopping)
    else:
        error = ActorDeadError(f"{cell.name} stopped before handling the message")
        message.reply_to.set_exception((ActorDeadError, error, None))
    return True
