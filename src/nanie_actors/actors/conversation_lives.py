"""The lives of conversations: started by their rows, or by their group when it has something to show.

A conversation lives as long as its group: only then does nobody else tell it anything. So it needs no
handshake with anybody, and what arrives while it settles its last things waits for its successor.
"""

from __future__ import annotations

import logging
from typing import Any

from nanie_actors.actors.children import CONVERSATION, Children
from nanie_actors.actors.group_lives import GroupLives
from nanie_actors.actors.links import Links
from nanie_actors.actors.outlet import Outlet
from nanie_actors.actors.roster import Child, Step
from nanie_actors.errors import InternalError
from nanie_actors.messages import (
    AddListener,
    LinkState,
    PassivateConversation,
    RowGiven,
    SetListeners,
)
from nanie_actors.model import ConversationId, GroupId
from nanie_actors.protocol import replies
from nanie_actors.router.edge import RouterRow
from nanie_actors.runtime import PooledRef

logger = logging.getLogger(__name__)

_GIVE_UP: tuple[Step, ...] = ("give_up", "released", "unquarantine")
"""A conversation is not quarantined: nobody would decide about it."""

DROPPED = "The worker could not handle this message: it was dropped."


class ConversationLives:
    """Used by the RegistryActor only."""

    def __init__(
        self,
        children: Children,
        links: Links,
        outlet: Outlet,
        groups: GroupLives,
    ) -> None:
        self._children = children
        self._roster = children.conversations
        self._links = links
        self._outlet = outlet
        self._groups = groups

    def row_arrived(self, row: RouterRow) -> None:
        """A router row, in order."""
        child = self._roster.get(row.conversation)
        if child is None:
            child = self._children.start_conversation(row.conversation)
            self._join(child)
        if child.takes_mail:
            child.ref.tell(RowGiven(row))
        else:
            child.waiting.append(RowGiven(row))

    def up(self, conversation: ConversationId) -> None:
        """A conversation's actor (re)started and must know its link."""
        child = self._roster.get(conversation)
        if child is not None:
            child.ref.tell_system(LinkState(self._links.get(conversation)))

    def relinked(self, conversation: ConversationId) -> None:
        """Its link is another one, without its having asked for that."""
        child = self._roster.get(conversation)
        if child is not None and child.takes_mail:
            child.ref.tell_system(LinkState(self._links.get(conversation)))

    def listeners(self, group: GroupId) -> SetListeners:
        """Who listens to a group; the actors are started if they are absent."""
        listeners = [(listener, self.listener(listener)) for listener in self._links.listeners(group)]
        return SetListeners(tuple((who, ref) for who, ref in listeners if ref is not None))

    def listener(self, conversation: ConversationId) -> PooledRef[Any] | None:
        """The conversation's actor, started if it is absent; None while it is stopping (it joins later)."""
        child = self._wake(conversation)
        return child.ref if child.takes_mail else None

    # ── going to sleep ──────────────────────────────────────────────────────────────────────────────────

    def idle(self, conversation: ConversationId) -> None:
        """A conversation has had nothing to do for a while."""
        child = self._roster.get(conversation)
        link = self._links.get(conversation)
        listening = link is not None and self._children.groups.get(link.group) is not None
        if child is not None and child.life == "active" and not listening:
            self.passivate(child)

    def passivate(self, child: Child) -> None:
        """Nobody has a lease on a conversation: it can drain at once."""
        self._roster.step(child, "passivate")
        self._roster.step(child, "released")
        child.ref.tell(PassivateConversation())

    def drained(self, conversation: ConversationId) -> None:
        """It has nothing under way any more."""
        child = self._roster.get(conversation)
        if child is not None and child.life == "draining":
            self._roster.step(child, "drained")
            child.ref.stop(block=False)

    def ended(self, child: Child) -> None:
        """Its actor is gone: what waited goes to a successor, which its group has to know."""
        self._roster.step(child, "ended")
        self._succeed(child, child.waiting)

    # ── failures ────────────────────────────────────────────────────────────────────────────────────────

    def restart(self, child: Child) -> None:
        """A failed conversation tries again; it has forgotten what it was shown."""
        self._children.restart(self._roster, child)
        self._flush(child)
        self._join(child)

    def give_up(self, child: Child, reason: str, *, stopping: bool) -> None:
        """A conversation that keeps failing starts afresh, without the row that it failed on: for the rows
        behind that one at once, else after a while, or with its next row."""
        logger.error("conversation %s is given up: %s", child.key, reason)
        under_way = child.remains.take_all()
        left = self._children.abandon(child)
        for step in _GIVE_UP:
            self._roster.step(child, step)
        others = [message for message in left if message is not child.poison]
        behind = others if len(others) < len(left) and not stopping else []
        for message in (*under_way, *left):
            if message not in behind:
                self._drop(message)
        if behind:
            self._succeed(child, behind)
        elif not stopping:
            self._children.revive_later(CONVERSATION + child.key)

    def revive(self, conversation: ConversationId) -> None:
        """A conversation that was given up has a timeline to show."""
        if self._listens(conversation):
            self._join(self._wake(conversation))

    def _drop(self, message: Any) -> None:
        if isinstance(message, RowGiven):
            self._outlet.reply(message.row, replies.error(InternalError(DROPPED)), lambda _: None)
            self._outlet.finished(message.row, keep=True)

    def _succeed(self, child: Child, waiting: list[Any]) -> None:
        """Start anew, if anybody has something to tell or to show."""
        conversation = ConversationId(child.key)
        if not waiting and not self._listens(conversation):
            return
        successor = self._children.start_conversation(conversation)
        successor.waiting = waiting
        self._flush(successor)
        self._join(successor)

    def _join(self, child: Child) -> None:
        """Its group has to know it, and to show it where the timeline stands."""
        conversation = ConversationId(child.key)
        link = self._links.get(conversation)
        if link is not None and self._groups.living(link.group):
            self._groups.tell(link.group, AddListener(conversation, child.ref))

    def _listens(self, conversation: ConversationId) -> bool:
        link = self._links.get(conversation)
        return link is not None and self._groups.living(link.group)

    def _wake(self, conversation: ConversationId) -> Child:
        return self._roster.get(conversation) or self._children.start_conversation(conversation)

    def _flush(self, child: Child) -> None:
        waiting, child.waiting = child.waiting, []
        for message in waiting:
            child.ref.tell(message)
