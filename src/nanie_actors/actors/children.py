"""The registry's children: how they are started, watched, and restarted after failures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nanie_actors.actors.conversation import ConversationActor
from nanie_actors.actors.conversation_ties import ConversationServices
from nanie_actors.actors.group import GroupActor
from nanie_actors.actors.group_remains import GroupRemains
from nanie_actors.actors.open_rows import OpenRows
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
        self._given_up: dict[GroupId, GroupRemains] = {}

    def start_group(self, group: GroupId) -> Child:
        """absent → active."""
        remains = GroupRemains(self._given_up.pop(group, None))
        ref = GroupActor.start(
            group,
            self._services.group,
            remains,
            self._context.ref,
            self._gateway,
            system=self._context.system,
            name=GROUP + group,
            supervisor=self._context.ref,
        )
        self._context.system.watch(ref, self._context.ref)
        return self.groups.start(group, ref, remains)

    def start_conversation(self, conversation: ConversationId) -> Child:
        """absent → active."""
        remains = OpenRows()
        ref = ConversationActor.start(
            conversation,
            self._services.conversation,
            self._context.ref,
            remains,
            system=self._context.system,
            name=CONVERSATION + conversation,
            supervisor=self._context.ref,
        )
        self._context.system.watch(ref, self._context.ref)
        return self.conversations.start(conversation, ref, remains)

    def when_written(self, group: GroupId, then: Callable[[], None]) -> None:
        """Do something once an actor that was given up writes nothing any more: at once, or on the disk's
        thread."""
        remains = self._given_up.get(group)
        if remains is None:
            then()
        else:
            remains.writes.when_over(then)

    def find(self, name: str) -> tuple[Roster, Child | None]:
        """The child of that actor name, and the roster it is on."""
        if name.startswith(GROUP):
            return self.groups, self.groups.get(name.removeprefix(GROUP))
        return self.conversations, self.conversations.get(name.removeprefix(CONVERSATION))

    def failed(self, failure: ChildFailed, give_up: Callable[[Child, str], None]) -> None:
        """A child's handler raised: restart it after a while with the message it failed on, or give it up."""
        roster, child = self.find(failure.name)
        if child is None or child.ref is not failure.ref:
            return
        if child.life == "stopping":
            # It had nothing left to do: it ends here, and what it was told too late waits for a successor.
            child.waiting = [*child.ref.abandon(), *child.waiting]
            return
        roster.step(child, "fail")
        child.poison = failure.message
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

    def restart(self, roster: Roster, child: Child) -> None:
        """The backoff is over: the next incarnation begins with the message that the last one failed on."""
        roster.step(child, "restarted")
        child.ref.restart(retry=True)

    def revive_later(self, name: str) -> None:
        """Say RestartDue of a child that was given up, when the longest backoff is over."""
        self._context.after(self._services.restarts.max_delay_s, RestartDue(name))

    def abandon(self, child: Child) -> list[Any]:
        """Everything a given-up child was told and has not done, in order; also what waited for it here."""
        left = [*child.remains.take_all(), *child.ref.abandon(), *child.waiting]
        child.waiting = []
        if isinstance(child.remains, GroupRemains):
            self._given_up[GroupId(child.key)] = child.remains
        return left
