"""How the parts of a group's actor reach the world around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nanie_actors.actors.group_remains import GroupRemains
from nanie_actors.actors.services import GroupLimits, GroupServices
from nanie_actors.messages import SendText
from nanie_actors.model import EpochMs, GroupId
from nanie_actors.runtime import ActorContext, PooledRef
from nanie_actors.whatsapp.edge import OutgoingText


@dataclass(frozen=True, slots=True)
class GroupTies:
    """One incarnation's own: what it starts carries the incarnation, so that a successor can tell."""

    group: GroupId
    services: GroupServices
    remains: GroupRemains
    registry: PooledRef[Any]
    gateway: PooledRef[Any]
    context: ActorContext
    incarnation: int

    @property
    def limits(self) -> GroupLimits:
        """The numbers of the group's life."""
        return self.services.limits

    def now(self) -> EpochMs:
        """The wall clock."""
        return EpochMs(self.services.clock.now_ms())

    def note(self, message: Any) -> None:
        """Tell the group's own actor, on the system lane. Any thread."""
        self.context.ref.tell_system(message)

    def later(self, delay_s: float, message: Any) -> None:
        """The same, after a while."""
        self.context.after(delay_s, message)

    def send(self, text: OutgoingText) -> None:
        """Have a text sent to WhatsApp; the outcome comes as SendSettled."""
        self.gateway.tell(SendText(text, self.context.ref))


class MailPause:
    """Keeps user mail waiting for as long as anybody of several wants that. Used on the actor's thread."""

    def __init__(self, context: ActorContext) -> None:
        self._context = context
        self._wanted = 0

    def begin(self) -> None:
        """Let the mailbox wait, after the current message."""
        if not self._wanted:
            self._context.hold()
        self._wanted += 1

    def end(self) -> None:
        """One less who wants it to wait; the last lets the mail go on."""
        self._wanted -= 1
        if not self._wanted:
            self._context.release()
