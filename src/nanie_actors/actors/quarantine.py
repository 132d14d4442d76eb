"""Groups that keep failing: given up, their events put aside on disk, until somebody decides about them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from nanie_actors.actors.auditor import Auditor
from nanie_actors.actors.children import Children
from nanie_actors.actors.group_lives import GroupLives
from nanie_actors.actors.parking import Parking
from nanie_actors.actors.push_ledger import PushLedger
from nanie_actors.actors.roster import Child
from nanie_actors.errors import Unavailable
from nanie_actors.messages import (
    Checkpoint,
    CommandFailed,
    Deliver,
    PoisonKept,
    PostText,
    RemoveListener,
    RouteParked,
    RunCommand,
    SendSettled,
    TakeSnapshot,
    Unquarantine,
)
from nanie_actors.model import EpochMs, GroupEvent, GroupId
from nanie_actors.runtime import PooledRef
from nanie_actors.storage.disk import DiskOk
from nanie_actors.ticket import Ticket
from nanie_actors.whatsapp.edge import SendFailed

logger = logging.getLogger(__name__)

QUARANTINED = "This group is out of order and waits for its operator; nothing was changed. Try again later."

DISK_REFUSES = (
    "The message could not be kept in a file, so it was not skipped: see to the disk, then try again."
)


class QuarantineWard:
    """Used by the RegistryActor only."""

    def __init__(
        self,
        children: Children,
        gateway: PooledRef[Any],
        parking: Parking,
        pushes: PushLedger,
        admit: Callable[[GroupId], Ticket],
        auditor: Auditor,
        registry: PooledRef[Any],
        *,
        dismissed: Callable[[GroupId], None],
    ) -> None:
        """`dismissed` hears of a group that left without being started again."""
        self._children = children
        self._roster = children.groups
        self._gateway = gateway
        self._parking = parking
        self._pushes = pushes
        self._admit = admit
        self._auditor = auditor
        self._registry = registry
        self._dismissed = dismissed
        self._leaving: set[GroupId] = set()
        self._decisions: dict[GroupId, Unquarantine] = {}

    def give_up(self, child: Child, reason: str, now: EpochMs, lives: GroupLives) -> None:
        """A group keeps failing: as before a stop, the lease goes back first."""
        logger.error("group %s is given up: %s", child.key, reason)
        self._roster.step(child, "give_up")
        child.reason, child.since_ms = reason, now
        lives.revoke(child)

    def released(self, child: Child) -> None:
        """Nobody else can tell the condemned group anything: put aside what it was told."""
        left = self._children.abandon(child)
        self._roster.step(child, "released")
        self._gateway.tell(RouteParked(GroupId(child.key)))
        if any(isinstance(message, Checkpoint) for message in left):
            # Events that were parked before are among these, and nothing else is parked.
            self._repark(child, left)
        else:
            for message in left:
                self.refuse(child, message)

    def refuse(self, child: Child, message: Any) -> None:
        """What was meant for a group that does not work: events are kept, commands are answered."""
        match message:
            case Deliver():
                self._parking.park(GroupId(child.key), message)
            case RunCommand(row=row, reply_to=reply_to):
                reply_to.tell_system(CommandFailed(row, Unavailable(QUARANTINED)))
            case TakeSnapshot(done):
                done("the group is quarantined")
            case PostText(text, reply_to):
                reply_to.tell_system(SendSettled(text, SendFailed("the group is quarantined")))
            case RemoveListener(conversation, _):
                self._pushes.cancel(conversation, GroupId(child.key))
            case _:
                pass  # Listeners are told anew when the group starts; parked events stay where they are.

    def _repark(self, child: Child, left: list[Any]) -> None:
        self._parking.replace(GroupId(child.key), [m for m in left if isinstance(m, Deliver)])
        for message in left:
            if not isinstance(message, Deliver):
                self.refuse(child, message)

    # ── the way out ─────────────────────────────────────────────────────────────────────────────────────

    def decide(self, message: Unquarantine, lives: GroupLives) -> None:
        """Somebody decided. What is to be left out is kept elsewhere first."""
        child = self._roster.get(message.group)
        if child is None or child.life != "quarantined":
            message.answer(False)
        elif message.skip and isinstance(child.poison, Deliver):
            registry = self._registry
            self._parking.skip(
                message.group,
                child.poison.event,
                lambda result: registry.tell_system(PoisonKept(message, result)),
            )
        else:
            self._carry_out(child, message, lives)

    def kept(self, message: PoisonKept, lives: GroupLives) -> None:
        """What is to be left out is on disk, or could not be written."""
        decision, child = message.decision, self._roster.get(message.decision.group)
        if not isinstance(message.result, DiskOk):
            logger.error(
                "group %s: the skipped message could not be kept (%s)", decision.group, message.result.reason
            )
            self._auditor.by_operator("skip", "failed", decision.group, "disk")
            decision.refused(DISK_REFUSES)
        elif child is None or child.life != "quarantined":
            decision.answer(False)
        else:
            self._carry_out(child, decision, lives)

    def _carry_out(self, child: Child, message: Unquarantine, lives: GroupLives) -> None:
        """What the gateway has sent until now must be parked first."""
        self._decisions[message.group] = message
        lives.revoke(child)

    def dismiss(self, child: Child, lives: GroupLives) -> None:
        """The group is forgotten, and with it whatever the gateway has sent until now."""
        self._leaving.add(GroupId(child.key))
        lives.revoke(child)

    def decided(self, child: Child, lives: GroupLives) -> None:
        """Everything is parked: start the group afresh with it, unless it is forgotten."""
        group = GroupId(child.key)
        message = self._decisions.pop(group, None)
        if group in self._leaving:
            self._leaving.discard(group)
            self._roster.step(child, "unquarantine")
            self._dismissed(group)
        elif message is not None:
            self._start(child, message, lives)

    def _start(self, child: Child, message: Unquarantine, lives: GroupLives) -> None:
        self._roster.step(child, "unquarantine")
        poison = child.poison.event if message.skip and isinstance(child.poison, Deliver) else None
        self._auditor.by_operator("skip" if message.skip else "retry", "done", message.group)
        self.deliver_parked(message.group, lives, without=poison)
        message.answer(True)

    def deliver_parked(self, group: GroupId, lives: GroupLives, without: GroupEvent | None = None) -> None:
        """Hand the kept events to a fresh start of the group; they leave the parking once durable."""
        for event in self._parking.events(group):
            if event != without:
                lives.tell(group, Deliver(event, self._admit(group)))
        lives.tell(group, Checkpoint(lambda: self._parking.clear(group)))

    def inspect(self) -> list[dict[str, Any]]:
        """Who is here, and why; of the poison only what kind of message it was."""
        return [
            {
                "group": child.key,
                "reason": child.reason,
                "since": child.since_ms,
                "poison": "" if child.poison is None else type(child.poison).__name__,
            }
            for child in self._roster.living("quarantined")
        ]
