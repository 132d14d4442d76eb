"""What can be seen of every actor without its help, even when it is stuck."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Literal

from nanie_actors.runtime.messages import message_type
from nanie_actors.runtime.phase import Phase

if TYPE_CHECKING:
    from nanie_actors.runtime.cell import Cell

ActorState = Literal["starting", "idle", "ready", "running", "held", "failed", "stopping", "stopped"]


@dataclass(frozen=True, slots=True)
class ActorReport:
    """One actor at one moment. The fields are read one after the other, so they may differ by a message.

    `depth` and `system_depth` are messages waiting. `busy_with` is the type of the message in hand, and
    `busy_s` how long the current slice has taken, hence at most a slice more than that message. `handled`
    counts messages done, well or not, up to the last finished slice; `failed` those that raised.
    `last_error` is a type name.
    """

    name: str
    kind: str
    state: ActorState
    depth: int
    system_depth: int
    busy_with: str | None
    busy_s: float
    handled: int
    failed: int
    restarts: int
    incarnation: int
    last_error: str | None
    started_ms: int


def report_of(cell: Cell) -> ActorReport:
    """Read one cell. Any thread; takes no lock and waits for nobody."""
    busy_since, current = cell.busy_since, cell.current
    return ActorReport(
        name=cell.name,
        kind=cell.actor_class.__name__,
        state=_state(cell, busy=bool(busy_since)),
        depth=len(cell.queue),
        system_depth=len(cell.system_lane),
        busy_with=message_type(current) if busy_since and current is not None else None,
        busy_s=max(monotonic() - busy_since, 0.0) if busy_since else 0.0,
        handled=cell.handled,
        failed=cell.failed,
        restarts=cell.incarnation - 1,
        incarnation=cell.incarnation,
        last_error=cell.last_error,
        started_ms=cell.started_ms,
    )


def _state(cell: Cell, *, busy: bool) -> ActorState:
    match cell.phase:
        case Phase.STARTING | Phase.RESTARTING:
            return "starting"
        case Phase.FAILED:
            return "failed"
        case Phase.STOPPING:
            return "stopping"
        case Phase.STOPPED:
            return "stopped"
        case Phase.OPEN if busy:
            return "running"
        case Phase.OPEN if cell.held:
            return "held"
        case Phase.OPEN:
            return "idle" if cell.idle else "ready"
