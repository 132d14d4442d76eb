"""What becomes of the registry's children: given back, failed, started again, given up, gone."""

from __future__ import annotations

from typing import Any

from nanie_actors.actors.children import CONVERSATION, Children
from nanie_actors.actors.closing import Closing
from nanie_actors.actors.conversation_lives import ConversationLives
from nanie_actors.actors.group_lives import GroupLives
from nanie_actors.actors.quarantine import QuarantineWard
from nanie_actors.actors.roster import Child
from nanie_actors.model import ConversationId, EpochMs, GroupId
from nanie_actors.runtime import ChildFailed, Clock, PooledRef


class ChildFates:
    """Used by the RegistryActor only."""

    def __init__(
        self,
        children: Children,
        groups: GroupLives,
        conversations: ConversationLives,
        ward: QuarantineWard,
        closing: Closing,
        clock: Clock,
    ) -> None:
        self._children = children
        self._groups = groups
        self._conversations = conversations
        self._ward = ward
        self._closing = closing
        self._clock = clock

    def released(self, group: GroupId) -> None:
        """The gateway gave a lease back; of several handshakes the last one counts."""
        child = self._children.groups.get(group)
        if child is None:
            return
        child.revokes -= 1
        if child.revokes:
            return
        match child.life:
            case "revoking":
                self._groups.released(child)
            case "condemned":
                self._ward.released(child)
            case "quarantined":
                self._ward.decided(child, self._groups)
            case _:
                pass  # It failed meanwhile, and goes on.

    def failed(self, message: ChildFailed) -> None:
        """A child's handler raised."""
        self._children.failed(message, self._give_up)

    def restart(self, name: str) -> None:
        """The backoff of a failed child is over."""
        roster, child = self._children.find(name)
        if child is None and roster is self._children.conversations and not self._closing.begun:
            self._conversations.revive(ConversationId(name.removeprefix(CONVERSATION)))
        if child is None or child.life != "failed":
            return
        if roster is self._children.groups:
            self._groups.restart(child)
        else:
            self._conversations.restart(child)

    def terminated(self, ref: PooledRef[Any], name: str) -> None:
        """An actor is gone; of those that were given up this is known."""
        roster, child = self._children.find(name)
        if child is None or child.ref is not ref or child.life != "stopping":
            return
        if roster is self._children.groups:
            self._groups.ended(child)
        else:
            self._conversations.ended(child)

    def give_up_failed(self) -> None:
        """The worker stops, there is no time for another try: what they were told is kept or answered."""
        for roster in (self._children.groups, self._children.conversations):
            for child in roster.living("failed"):
                self._give_up(child, "the worker stops")

    def _give_up(self, child: Child, reason: str) -> None:
        if self._children.groups.get(child.key) is child:
            now = EpochMs(self._clock.now_ms())
            self._ward.give_up(child, reason, now, self._groups)
        else:
            self._conversations.give_up(child, reason, stopping=self._closing.begun)
