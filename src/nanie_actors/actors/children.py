"""The registry's children: how they are started, watched, restarted after failures, and given up."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nanie_actors.actors.conversation import ConversationActor, ConversationServices
from nanie_actors.actors.group import GroupActor
from nanie_actors.actors.group_journal import Unsettled
from nanie_actors.actors.roster import Child, Roster
from nanie_actors.actors.services import GroupServices
from nanie_actors.errors import CorruptGroup
from nanie_actors.messages import RestartDue
from nanie_actors.model import ConversationId, GroupId
from nanie_actors.runtime import (
    ActorContext,
    ChildFailed,
    Clock,
    PooledRef,
    Quarantine,
    RestartAfter,
    RestartPolicy,
)

logger = logging.getLogger(__name__)

GROUP = "group/"
CONVERSATION = "conversation/"
"""How actors are called in dumps and logs: kind, slash, key."""


@dataclass(frozen=True, slots=True)
class ChildServices:
    """What children are given when they are started."""

    group: GroupServices
    conversation: ConversationServices
    restarts: RestartPolicy
    clock: Clock


class Children:
    """Used by the RegistryActor only, on its thread."""

    def __init__(self, context: ActorContext, services: ChildServices, gateway: PooledRef[Any]) -> None:
        self._context = context
        self._services = services
        self._gateway = gateway
        self.groups = Roster()
        self.conversations = Roster()
        self._unsettled: dict[GroupId, Unsettled] = {}

    def start_group(self, group: GroupId) -> Child:
        """absent → active."""
        unsettled = self._unsettled[group] = Unsettled()
        ref = GroupActor.start(
            group,
            self._services.group,
            unsettled,
            self._context.ref,
            self._gateway,
            system=self._context.system,
            name=GROUP + group,
            supervisor=self._context.ref,
        )
        self._context.system.watch(ref, self._context.ref)
        return self.groups.start(group, ref)

    def start_conversation(self, conversation: ConversationId) -> Child:
        """absent → active."""
        ref = ConversationActor.start(
            conversation,
            self._services.conversation,
            self._context.ref,
            {},
            system=self._context.system,
            name=CONVERSATION + conversation,
            supervisor=self._context.ref,
        )
        self._context.system.watch(ref, self._context.ref)
        return self.conversations.start(conversation, ref)

    def find(self, name: str) -> tuple[Roster, Child | None]:
        """The child of that actor name, and the roster it is on."""
        if name.startswith(GROUP):
            return self.groups, self.groups.get(name.removeprefix(GROUP))
        return self.conversations, self.conversations.get(name.removeprefix(CONVERSATION))

    def roster_of(self, child: Child) -> Roster:
        """Which roster a child is on: a conversation may be called like a group."""
        return self.groups if self.groups.get(child.key) is child else self.conversations

    def failed(self, failure: ChildFailed, give_up: Callable[[Child, str], None]) -> None:
        """A child's handler raised: restart it after a while with the message it failed on, or give it up."""
        roster, child = self.find(failure.name)
        if child is None or child.ref is not failure.ref:
            return
        roster.step(child, "fail")
        child.poison = type(failure.message).__name__ if failure.message is not None else ""
        if isinstance(failure.error, CorruptGroup):
            give_up(child, str(failure.error))
            return
        now = self._services.clock.monotonic()
        child.failures.append(now)
        match self._services.restarts.decide(child.failures, now):
            case RestartAfter(delay_s):
                self._context.after(delay_s, RestartDue(failure.name))
            case Quarantine(reason):
                give_up(child, f"{type(failure.error).__name__}: {reason}")

    def restart(self, name: str) -> Child | None:
        """The backoff is over; None if the child is not waiting for that any more."""
        roster, child = self.find(name)
        if child is None or child.life != "failed":
            return None
        roster.step(child, "restarted")
        child.ref.restart(retry=True)
        return child

    def abandon(self, child: Child) -> list[Any]:
        """Everything a given-up child was told and has not done, in order; also what waited here."""
        left: list[Any] = []
        if self.roster_of(child) is self.groups:
            left.extend(self._unsettled[GroupId(child.key)].take_all())
        left.extend(child.ref.abandon())
        left.extend(child.waiting)
        child.waiting = []
        return left
