"""How the parts of a conversation's actor reach the world around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nanie_actors.actors.open_rows import OpenRows
from nanie_actors.actors.outages import OutageBoard
from nanie_actors.actors.outlet import Outlet
from nanie_actors.actors.push_ledger import PushLedger
from nanie_actors.actors.token_bucket import Rate
from nanie_actors.following.trails import Trails
from nanie_actors.model import ConversationId
from nanie_actors.runtime import ActorContext, Cancellable, Clock, PooledRef


@dataclass(frozen=True, slots=True)
class ConversationLimits:
    """The numbers of a conversation's life, in seconds, and how many updates it may get."""

    push_interval_s: float
    command_deadline_s: float
    passivate_after_s: float
    pushes: Rate


@dataclass(frozen=True, slots=True)
class ConversationServices:
    """Everything outside itself that a conversation touches."""

    outlet: Outlet
    pushes: PushLedger
    outages: OutageBoard
    trails: Trails
    clock: Clock
    limits: ConversationLimits


@dataclass(frozen=True, slots=True)
class ConversationTies:
    """One incarnation's own: what it starts carries the incarnation, so that a successor can tell."""

    conversation: ConversationId
    services: ConversationServices
    open_rows: OpenRows
    registry: PooledRef[Any]
    context: ActorContext
    incarnation: int

    def note(self, message: Any) -> None:
        """Tell the conversation's own actor, on the system lane. Any thread."""
        self.context.ref.tell_system(message)

    def later(self, delay_s: float, message: Any) -> Cancellable:
        """The same, after a while."""
        return self.context.after(delay_s, message)
