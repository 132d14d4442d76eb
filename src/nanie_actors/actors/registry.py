"""Owns the conversation-to-group map and every child's life: nobody else starts or stops one.

All commands to groups go through here, events only until the gateway has a lease. Before a group stops, the
lease is revoked by a handshake; what arrives meanwhile waits on the roster and goes to the successor, in order.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from nanie_actors.actors.access import AccessPolicy
from nanie_actors.actors.children import Children, ChildServices
from nanie_actors.actors.directory import GroupDirectory
from nanie_actors.actors.linking import Linking
from nanie_actors.actors.links import Links
from nanie_actors.actors.outlet import Outlet
from nanie_actors.actors.parking import Parking
from nanie_actors.actors.roster import Child
from nanie_actors.actors.snapshots import Snapshots
from nanie_actors.errors import CommandError, InternalError, Unavailable
from nanie_actors.messages import (
    AddListener,
    CatchUp,
    Checkpoint,
    CommandDone,
    CommandFailed,
    ConversationDrained,
    ConversationIdle,
    ConversationUp,
    Deliver,
    Describe,
    GatewayReady,
    GroupDrained,
    GroupIdle,
    GroupRenamed,
    LinkChanged,
    LinkState,
    ListLives,
    MappingsSaved,
    PassivateConversation,
    PassivateGroup,
    Released,
    RemoveListener,
    RestartDue,
    Resume,
    Revoke,
    Route,
    RouteGranted,
    RouteParked,
    RowArrived,
    RowGiven,
    RunCommand,
    RunLinkCommand,
    SetListeners,
    SnapshotAll,
    StopAll,
    TakeSnapshot,
    Unquarantine,
    WriteBehind,
)
from nanie_actors.model import ConversationId, EpochMs, GroupId, RowId
from nanie_actors.protocol import replies
from nanie_actors.protocol.commands import (
    DeleteConversation,
    ListGroups,
    SelectGroup,
    StartStandalone,
)
from nanie_actors.runtime import ChildFailed, Clock, PooledActor, PooledRef, Terminated
from nanie_actors.storage.disk import DiskOk, DiskResult
from nanie_actors.storage.mappings import Mapping as Link
from nanie_actors.storage.mappings import MappingChange, MappingsStore

logger = logging.getLogger(__name__)

QUARANTINED = "This group is out of order and waits for its operator; nothing was changed. Try again later."


@dataclass(frozen=True, slots=True)
class RegistryServices:
    """Everything outside itself that the registry touches."""

    store: MappingsStore
    links: Links
    handled_rows: set[RowId]
    directory: GroupDirectory
    policy: AccessPolicy
    outlet: Outlet
    parking: Parking
    admit: Callable[[GroupId, int], None]
    children: ChildServices
    clock: Clock
    wake: frozenset[GroupId]
    """Groups with unfinished work: they are started with the worker."""
    erase_orphans: bool


class RegistryActor(PooledActor):
    """See the module. Its failure ends the process."""

    def __init__(self, services: RegistryServices) -> None:
        super().__init__()
        self._services = services
        self._links = services.links
        self._linking = Linking(services.directory, services.policy, services.links)
        self._rows = services.handled_rows
        self._saving: set[ConversationId] = set()
        self._decisions: dict[GroupId, Unquarantine] = {}
        self._stopping: Callable[[], None] | None = None

    def on_receive(self, message: Any) -> None:
        """The user lane."""
        match message:
            case RowArrived():
                self._row_arrived(message)
            case Route(group, event):
                self._route(group, event)
            case RunCommand():
                self._run_command(message)
            case RunLinkCommand():
                self._run_link_command(message)
            case ConversationUp(conversation):
                self._conversation_up(conversation)
            case Released(group):
                self._released(group)
            case GroupIdle(group):
                self._group_idle(group)
            case GroupDrained(group, ok):
                self._group_drained(group, ok=ok)
            case GroupRenamed(group, name):
                self._renamed(group, name)
            case ConversationIdle(conversation):
                self._conversation_idle(conversation)
            case ConversationDrained(conversation):
                child = self._children.conversations.get(conversation)
                if child is not None and child.life == "draining":
                    child.ref.stop(block=False)
            case Unquarantine():
                self._unquarantine(message)
            case WriteBehind(groups):
                for group in groups:
                    self._tell_live(group, CatchUp())
            case ListLives(answer):
                answer(self._lives())
            case SnapshotAll(group, done):
                self._snapshot(group, done)
            case StopAll(done):
                self._stop_all(done)
            case _:
                super().on_receive(message)

    def on_system(self, message: Any) -> Any:
        """The system lane: children's fates, the disk, timers."""
        match message:
            case GatewayReady(gateway):
                self._begin(gateway)
            case ChildFailed():
                self._children.failed(message, self._give_up)
                self._stop_failed()
            case RestartDue(name):
                self._restart(name)
            case Terminated(ref, name):
                self._terminated(ref, name)
            case MappingsSaved():
                self._mappings_saved(message)
            case _:
                return super().on_system(message)
        return None

    def on_start(self) -> None:
        """Wait until the gateway is known."""
        self.context.hold()

    def _begin(self, gateway: PooledRef[Any]) -> None:
        self._gateway = gateway
        self._children = Children(self.context, self._services.children, gateway)
        for group in sorted(self._services.wake):
            self._group(group)
        for group in self._services.parking.groups():
            self._deliver_parked(group, skip=False)
        self.context.release()

    # ── groups ──────────────────────────────────────────────────────────────────────────────────────────

    def _group(self, group: GroupId) -> Child:
        """The group's child, started if it is absent."""
        child = self._children.groups.get(group)
        if child is None:
            child = self._children.start_group(group)
            child.ref.tell(self._listeners_of(group))
        return child

    def _listeners_of(self, group: GroupId) -> SetListeners:
        listeners = [(listener, self._listener(listener)) for listener in self._links.listeners(group)]
        return SetListeners(tuple((who, ref) for who, ref in listeners if ref is not None))

    def _tell_group(self, group: GroupId, message: Any) -> Child:
        child = self._group(group)
        if child.takes_mail:
            child.ref.tell(message)
        elif child.life == "quarantined":
            self._refuse(child, message)
        else:
            child.waiting.append(message)
        return child

    def _tell_live(self, group: GroupId, message: Any) -> None:
        child = self._children.groups.get(group)
        if child is not None and child.life == "active":
            child.ref.tell(message)

    def _route(self, group: GroupId, event: Any) -> None:
        child = self._tell_group(group, Deliver(event))
        if child.takes_mail:
            self._gateway.tell(RouteGranted(group, child.ref))
        elif child.life == "quarantined":
            self._gateway.tell(RouteParked(group))

    def _run_command(self, message: RunCommand) -> None:
        link = self._links.get(message.row.conversation)
        if link is None or link.group != message.group:
            # The link went while the command was on its way: it must not reach a group that is not its own.
            message.reply_to.tell_system(
                CommandFailed(message.row, Unavailable("The link has changed: try again."))
            )
        else:
            self._tell_group(message.group, message)

    def _group_idle(self, group: GroupId) -> None:
        child = self._children.groups.get(group)
        if child is not None and child.life == "active":
            self._passivate(child)

    def _passivate(self, child: Child) -> None:
        """First the lease goes back; the handshake ends in _released."""
        self._children.groups.step(child, "passivate")
        self._gateway.tell(Revoke(GroupId(child.key)))

    def _released(self, group: GroupId) -> None:
        child = self._children.groups.get(group)
        if child is None:
            return
        if child.life == "revoking":
            self._children.groups.step(child, "released")
            child.ref.tell(PassivateGroup(child.erase))
        elif child.life == "quarantined" and group in self._decisions:
            self._decide(child, self._decisions.pop(group))

    def _group_drained(self, group: GroupId, *, ok: bool) -> None:
        child = self._children.groups.get(group)
        if child is None or child.life != "draining":
            return
        if ok or self._stopping is not None:
            child.ref.stop(block=False)
        else:
            self._children.groups.step(child, "resume")
            child.ref.tell(Resume())
            self._flush_waiting(child)

    def _flush_waiting(self, child: Child) -> None:
        """What waited for a successor goes to it, in order; then the gateway may have its lease."""
        waiting, child.waiting = child.waiting, []
        for message in waiting:
            child.ref.tell(message)
        if any(isinstance(message, Deliver) for message in waiting):
            self._gateway.tell(RouteGranted(GroupId(child.key), child.ref))

    # ── conversations ───────────────────────────────────────────────────────────────────────────────────

    def _listener(self, conversation: ConversationId) -> PooledRef[Any] | None:
        """The conversation's actor, started if it is absent; None while it is stopping (it joins later)."""
        child = self._children.conversations.get(conversation)
        if child is None:
            child = self._children.start_conversation(conversation)
        return child.ref if child.takes_mail else None

    def _row_arrived(self, message: RowArrived) -> None:
        conversation = message.row.conversation
        child = self._children.conversations.get(conversation)
        if child is None:
            child = self._children.start_conversation(conversation)
        given = RowGiven(message.row)
        if child.takes_mail:
            child.ref.tell(given)
        else:
            child.waiting.append(given)

    def _conversation_up(self, conversation: ConversationId) -> None:
        child = self._children.conversations.get(conversation)
        if child is not None:
            child.ref.tell_system(LinkState(self._links.get(conversation)))

    def _conversation_idle(self, conversation: ConversationId) -> None:
        """A conversation lives as long as its group: only then does nobody else tell it anything."""
        child = self._children.conversations.get(conversation)
        link = self._links.get(conversation)
        listening = link is not None and link.group in self._children.groups
        if (
            child is not None
            and child.life == "active"
            and not listening
            and conversation not in self._saving
        ):
            self._passivate_conversation(child)

    def _passivate_conversation(self, child: Child) -> None:
        self._children.conversations.step(child, "passivate")
        self._children.conversations.step(child, "released")
        child.ref.tell(PassivateConversation())

    # ── ends and failures ───────────────────────────────────────────────────────────────────────────────

    def _terminated(self, ref: PooledRef[Any], name: str) -> None:
        roster, child = self._children.find(name)
        if child is None or child.ref is not ref or child.life != "draining":
            return
        roster.step(child, "drained")
        if roster is self._children.groups:
            self._group_gone(child)
        else:
            self._conversation_gone(child)
        self._try_to_stop()

    def _group_gone(self, child: Child) -> None:
        if child.waiting and self._stopping is None:
            successor = self._group(GroupId(child.key))
            successor.waiting = child.waiting
            self._flush_waiting(successor)

    def _conversation_gone(self, child: Child) -> None:
        conversation = ConversationId(child.key)
        link = self._links.get(conversation)
        group = None if link is None else self._children.groups.get(link.group)
        if not child.waiting and group is None:
            return
        successor = self._children.start_conversation(conversation)
        for message in child.waiting:
            successor.ref.tell(message)
        if group is not None and link is not None:
            self._tell_group(link.group, AddListener(conversation, successor.ref))

    def _restart(self, name: str) -> None:
        child = self._children.restart(name)
        if child is None:
            return
        if self._children.roster_of(child) is self._children.groups:
            child.ref.tell(self._listeners_of(GroupId(child.key)))
        self._flush_waiting(child)

    def _give_up(self, child: Child, reason: str) -> None:
        """A child that keeps failing: a group is quarantined, a conversation starts afresh with its next row."""
        roster = self._children.roster_of(child)
        logger.error("%s is given up: %s", child.key, reason)
        left = self._children.abandon(child)
        roster.step(child, "give_up")
        child.reason, child.since_ms = reason, self._services.clock.now_ms()
        if roster is self._children.conversations:
            roster.step(child, "unquarantine")
        else:
            self._gateway.tell(RouteParked(GroupId(child.key)))
        for message in left:
            self._refuse(child, message)

    def _refuse(self, child: Child, message: Any) -> None:
        """What was meant for a child that does not work: events are kept, commands are answered."""
        match message:
            case Deliver(event):
                self._services.parking.park(GroupId(child.key), event)
            case RunCommand(row=row, reply_to=reply_to):
                reply_to.tell_system(CommandFailed(row, Unavailable(QUARANTINED)))
            case RowGiven(row):
                error = InternalError("The worker could not handle this message: it was dropped.")
                self._services.outlet.reply(row, replies.error(error), lambda _: None)
                self._services.outlet.finished(row, keep=True)
            case TakeSnapshot(done):
                done("the group is quarantined")
            case Checkpoint(done):
                done()
            case _:
                pass  # Listeners are told anew when the group starts again.

    def _unquarantine(self, message: Unquarantine) -> None:
        child = self._children.groups.get(message.group)
        if child is None or child.life != "quarantined":
            message.answer(False)
            return
        self._decisions[message.group] = message
        self._gateway.tell(Revoke(message.group))

    def _decide(self, child: Child, message: Unquarantine) -> None:
        self._children.groups.step(child, "unquarantine")
        self._deliver_parked(message.group, skip=message.skip)
        message.answer(True)

    def _deliver_parked(self, group: GroupId, *, skip: bool) -> None:
        """Hand the kept events to a fresh start of the group; they leave the parking once they are durable."""
        events = self._services.parking.events(group)[1 if skip else 0 :]
        self._services.admit(group, len(events))
        for event in events:
            self._tell_group(group, Deliver(event))
        self._tell_group(group, Checkpoint(lambda: self._services.parking.clear(group)))

    # ── the map ─────────────────────────────────────────────────────────────────────────────────────────

    def _run_link_command(self, message: RunLinkCommand) -> None:
        conversation = message.row.conversation
        if isinstance(message.command, ListGroups):
            body = self._linking.list_groups(conversation)
            message.reply_to.tell_system(CommandDone(message.row, (body,)))
            return
        current = self._links.get(conversation)
        if message.row.row_id in self._rows:
            message.reply_to.tell_system(LinkChanged(message.row, current))
            return
        try:
            link = self._wanted_link(message)
        except CommandError as error:
            message.reply_to.tell_system(CommandFailed(message.row, error))
            return
        if link is None and current is None:
            message.reply_to.tell_system(LinkChanged(message.row, None))
        else:
            self._save(message, conversation, link)

    def _wanted_link(self, message: RunLinkCommand) -> Link | None:
        conversation, now = message.row.conversation, self._now()
        match message.command:
            case SelectGroup() as command:
                return self._linking.select(conversation, command, now)
            case StartStandalone() as command:
                return self._linking.standalone(message.row.row_id, conversation, command, now)
            case _:
                return None

    def _save(self, request: RunLinkCommand | None, conversation: ConversationId, link: Link | None) -> None:
        """Durable first; the map in memory, the groups and the conversation hear of it afterwards."""
        row = None if request is None else request.row.row_id
        change = MappingChange(row, conversation, link, self._now())
        myself = self.context.ref
        self._saving.add(conversation)

        def done(result: DiskResult) -> None:
            myself.tell_system(MappingsSaved(request, change, result))

        self._services.store.save([change], done)

    def _mappings_saved(self, message: MappingsSaved) -> None:
        change, request = message.change, message.request
        self._saving.discard(change.conversation)
        if not isinstance(message.result, DiskOk):
            logger.error("the conversation map could not be written (%s)", message.result.reason)
            if request is not None:
                error = Unavailable(
                    "The worker cannot write to its disk; nothing was changed. Try again later."
                )
                request.reply_to.tell_system(CommandFailed(request.row, error))
            return
        before = self._links.get(change.conversation)
        self._links.assign(change.conversation, change.mapping)
        if request is None:
            self._tell_link(change)
            return
        self._rows.add(request.row.row_id)
        self._move_listener(change, before, request)
        request.reply_to.tell_system(LinkChanged(request.row, change.mapping))

    def _move_listener(self, change: MappingChange, before: Link | None, request: RunLinkCommand) -> None:
        conversation, link = change.conversation, change.mapping
        if before is not None and (link is None or link.group != before.group):
            deleted = isinstance(request.command, DeleteConversation)
            child = self._tell_group(before.group, RemoveListener(conversation, deleted))
            if deleted and self._services.erase_orphans and not self._links.count(before.group):
                self._erase(child)
        if link is None:
            return
        listener = self._listener(conversation)
        if link.mode == "standalone":
            self._tell_group(link.group, Describe(link.group_name))
        if listener is not None:
            self._tell_group(link.group, AddListener(conversation, listener))

    def _erase(self, child: Child) -> None:
        child.erase = True
        if child.life == "active":
            self._passivate(child)

    def _tell_link(self, change: MappingChange) -> None:
        child = self._children.conversations.get(change.conversation)
        if child is not None and child.takes_mail:
            child.ref.tell_system(LinkState(change.mapping))

    def _renamed(self, group: GroupId, name: str) -> None:
        for conversation in self._links.listeners(group):
            link = self._links.get(conversation)
            if link is not None and link.group_name != name and conversation not in self._saving:
                self._save(None, conversation, replace(link, group_name=name))

    # ── the whole ───────────────────────────────────────────────────────────────────────────────────────

    def _snapshot(self, group: GroupId | None, done: Callable[[Any], None]) -> None:
        live = [child for child in self._children.groups.all() if group is None or child.key == group]
        gathering = Snapshots([GroupId(child.key) for child in live], done)
        for child in live:
            key = GroupId(child.key)
            self._tell_group(key, TakeSnapshot(partial(gathering.answer, key)))
        gathering.start()

    def _stop_all(self, done: Callable[[], None]) -> None:
        self._stopping = done
        for child in self._children.groups.all():
            if child.life == "active":
                self._passivate(child)
        self._stop_failed()
        self._try_to_stop()

    def _stop_failed(self) -> None:
        """There is no time for another try: what failed children were told is kept or answered."""
        if self._stopping is None:
            return
        for child in [*self._children.groups.all(), *self._children.conversations.all()]:
            if child.life == "failed":
                self._give_up(child, "the worker stops")
        self._try_to_stop()

    def _try_to_stop(self) -> None:
        """Groups first: they may still change timelines; then the conversations that show them."""
        if self._stopping is None or any(c.life != "quarantined" for c in self._children.groups.all()):
            return
        for child in self._children.conversations.all():
            if child.life == "active":
                self._passivate_conversation(child)
        if not len(self._children.conversations) and not self._saving:
            done, self._stopping = self._stopping, None
            done()

    def _lives(self) -> Mapping[GroupId, tuple[str, int, str | None]]:
        lives: dict[GroupId, tuple[str, int, str | None]] = {
            group: ("absent", self._links.count(group), None) for group in self._links.groups()
        }
        for child in self._children.groups.all():
            group = GroupId(child.key)
            reason = child.reason if child.life == "quarantined" else None
            lives[group] = (child.life, self._links.count(group), reason)
        return lives

    def inspect(self) -> Mapping[str, Any]:
        """The registry's own words for the dump."""
        quarantined = [child for child in self._children.groups.all() if child.life == "quarantined"]
        return {
            "conversations": len(self._links),
            "lives": self._children.groups.counts(),
            "conversation_lives": self._children.conversations.counts(),
            "quarantined": [
                {"group": child.key, "reason": child.reason, "since": child.since_ms, "poison": child.poison}
                for child in quarantined
            ],
            "saving": bool(self._saving),
        }

    def _now(self) -> EpochMs:
        return EpochMs(self._services.clock.now_ms())
