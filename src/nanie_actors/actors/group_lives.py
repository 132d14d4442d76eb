"""The lives of groups: started when somebody has something for them, put to sleep by a handshake.

A group is stopped only when nobody can send to it any more: first the gateway gives its lease back, then the
group settles everything and writes its files. What arrives meanwhile waits and goes to the successor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nanie_actors.actors.children import Children
from nanie_actors.actors.links import Links
from nanie_actors.actors.roster import Child
from nanie_actors.messages import (
    Deliver,
    Describe,
    PassivateGroup,
    Resume,
    Revoke,
    Route,
    RouteGranted,
    RouteParked,
    SetListeners,
)
from nanie_actors.model import GroupId, is_standalone
from nanie_actors.runtime import PooledRef


class GroupLives:
    """Used by the RegistryActor only."""

    def __init__(
        self,
        children: Children,
        gateway: PooledRef[Any],
        links: Links,
        *,
        listeners: Callable[[GroupId], SetListeners],
        refuse: Callable[[Child, Any], None],
        erased: Callable[[GroupId], None],
    ) -> None:
        """`refuse` takes what is meant for a quarantined group, or can no longer be done; `erased` hears of a
        group that is gone for good, before anything else starts it anew."""
        self._children = children
        self._roster = children.groups
        self._gateway = gateway
        self._links = links
        self._listeners = listeners
        self._refuse = refuse
        self._erased = erased

    def wake(self, group: GroupId) -> Child:
        """The group's child, started if it is absent."""
        return self._roster.get(group) or self._start(group)

    def living(self, group: GroupId) -> bool:
        """Whether the group has an actor, or will have one again by itself."""
        child = self._roster.get(group)
        return child is not None and child.life not in ("condemned", "quarantined")

    def tell(self, group: GroupId, message: Any) -> Child:
        """Give a group a message, now or when it is back."""
        child = self.wake(group)
        if child.takes_mail:
            child.ref.tell(message)
        elif child.life == "quarantined":
            self._refuse(child, message)
        else:
            child.waiting.append(message)
        return child

    def tell_active(self, group: GroupId, message: Any) -> None:
        """Give a group a message that only matters while it is awake."""
        child = self._roster.get(group)
        if child is not None and child.life == "active":
            child.ref.tell(message)

    def tell_awake(self, message: Any) -> None:
        """Tell every group that is awake, ahead of its mail."""
        for child in self._roster.living("active"):
            child.ref.tell_system(message)

    def route(self, message: Route) -> None:
        """The gateway has no lease for a group, and an event."""
        group = message.group
        child = self.tell(group, message.delivery)
        if child.takes_mail:
            self._gateway.tell(RouteGranted(group, child.ref))
        elif child.life == "quarantined":
            self._gateway.tell(RouteParked(group))

    # ── going to sleep ──────────────────────────────────────────────────────────────────────────────────

    def idle(self, group: GroupId) -> None:
        """A group has had nothing to do for long."""
        child = self._roster.get(group)
        if child is not None and child.life == "active":
            self.passivate(child)

    def passivate(self, child: Child) -> None:
        """First the lease goes back; the handshake ends in `released`."""
        self._roster.step(child, "passivate")
        self.revoke(child)

    def revoke(self, child: Child) -> None:
        """Ask the gateway for its lease."""
        child.revokes += 1
        self._gateway.tell(Revoke(GroupId(child.key)))

    def released(self, child: Child) -> None:
        """Nobody else can tell the group anything: whatever it was told is in its mailbox."""
        self._roster.step(child, "released")
        child.erasing = child.erase and not self._links.count(GroupId(child.key))
        child.erase = False
        child.ref.tell(PassivateGroup(child.erasing))

    def drained(self, group: GroupId, *, ok: bool, stopping: bool) -> None:
        """It settled everything, or could not; a worker that stops cannot wait for a better disk."""
        child = self._roster.get(group)
        if child is None or child.life != "draining":
            if child is not None and child.life == "active":
                # It failed before it came to its PassivateGroup, and was started again, which ended that.
                child.ref.tell(Resume())
            return
        if ok or stopping:
            child.erasing &= ok
            self._roster.step(child, "drained")
            child.ref.stop(block=False)
        else:
            self._roster.step(child, "resume")
            child.erase |= child.erasing
            child.ref.tell(Resume())
            self._flush(child)

    def ended(self, child: Child) -> None:
        """Its actor is gone: what waited goes to a successor."""
        self._roster.step(child, "ended")
        for message in child.remains.take_all():
            self._refuse(child, message)
        if child.erasing:
            self._erased(GroupId(child.key))
        if child.waiting:
            successor = self.wake(GroupId(child.key))
            successor.waiting, successor.erase = child.waiting, child.erase
            self._flush(successor)
            self._erase_if_orphaned(successor)

    # ── coming back ─────────────────────────────────────────────────────────────────────────────────────

    def restart(self, child: Child) -> None:
        """A failed group tries again; it knows who listens before it goes on with its mail."""
        child.ref.tell_system(self._listeners(GroupId(child.key)))
        self._children.restart(self._roster, child)
        child.erase |= child.erasing
        self._flush(child)
        self._erase_if_orphaned(child)

    def erase(self, child: Child) -> None:
        """Nobody is linked to the group any more, and its data is to go."""
        child.erase = True
        self._erase_if_orphaned(child)

    def keep(self, group: GroupId) -> None:
        """Somebody is linked to the group again."""
        child = self._roster.get(group)
        if child is not None:
            child.erase = False

    def _erase_if_orphaned(self, child: Child) -> None:
        if child.erase and child.life == "active" and not self._links.count(GroupId(child.key)):
            self.passivate(child)

    def _start(self, group: GroupId) -> Child:
        child = self._children.start_group(group)
        child.ref.tell_system(self._listeners(group))
        if is_standalone(group):
            for conversation in self._links.listeners(group):
                link = self._links.get(conversation)
                if link is not None:
                    # The title is known from the link alone, should the group never have heard of it.
                    child.ref.tell(Describe(link.group_name))
        return child

    def _flush(self, child: Child) -> None:
        """What waited goes to the child, in order; then the gateway may have its lease."""
        waiting, child.waiting = child.waiting, []
        for message in waiting:
            child.ref.tell(message)
        if any(isinstance(message, Deliver) for message in waiting):
            self._gateway.tell(RouteGranted(GroupId(child.key), child.ref))
