"""Owns the conversation-to-group map and every child's life: nobody else starts or stops one.

All commands to groups go through here, events only until the gateway has a lease. Before a group stops, the
lease is revoked by a handshake; what arrives meanwhile waits on the roster and goes to the successor, in
order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from nanie_actors.actors.registry_parts import RegistryParts, RegistryServices
from nanie_actors.actors.snapshots import Snapshots
from nanie_actors.messages import (
    CatchUp,
    CodeDue,
    CodeSaved,
    ConversationDrained,
    ConversationIdle,
    ConversationUp,
    EraseGroup,
    ErasureStep,
    GatewayReady,
    GroupDrained,
    GroupIdle,
    GroupRenamed,
    ListLives,
    MappingsSaved,
    OutageDue,
    PoisonKept,
    Released,
    RestartDue,
    RetentionDue,
    Route,
    RowArrived,
    RunCommand,
    RunLinkCommand,
    SendSettled,
    SnapshotAll,
    SourceChanged,
    StopAll,
    TakeSnapshot,
    Unquarantine,
    WriteBehind,
)
from nanie_actors.model import GroupId
from nanie_actors.runtime import ChildFailed, PooledActor, PooledRef, Terminated

FromGroup = GroupIdle | GroupDrained | GroupRenamed
FromConversation = RunCommand | RunLinkCommand | ConversationUp | ConversationIdle | ConversationDrained
FromOperator = Unquarantine | EraseGroup | ListLives | SnapshotAll | StopAll


class RegistryActor(PooledActor):
    """See the module. Its failure ends the process."""

    _parts: RegistryParts

    def __init__(self, services: RegistryServices) -> None:
        super().__init__()
        self._services = services
        self._links = services.links
        self._begun = False

    # ── the start ───────────────────────────────────────────────────────────────────────────────────────

    def on_start(self) -> None:
        """Wait until the gateway is known."""
        self.context.hold()

    def _begin(self, gateway: PooledRef[Any]) -> None:
        self._parts = parts = RegistryParts(self.context, self._services, gateway)
        self._begun = True
        parts.retention.begin()
        for group in sorted(self._services.wake):
            parts.groups.wake(group)
        for group in self._services.parking.groups():
            parts.ward.deliver_parked(group, parts.groups)
        self.context.release()

    # ── mail ────────────────────────────────────────────────────────────────────────────────────────────

    def on_receive(self, message: Any) -> None:
        """The user lane. It waits until the gateway is known."""
        parts = self._parts
        match message:
            case RowArrived(row):
                parts.conversations.row_arrived(row)
            case (
                RunCommand()
                | RunLinkCommand()
                | ConversationUp()
                | ConversationIdle()
                | ConversationDrained()
            ):
                self._from_conversation(parts, message)
            case Route():
                parts.groups.route(message)
            case Released(group):
                parts.fates.released(group)
            case GroupIdle() | GroupDrained() | GroupRenamed():
                self._from_group(parts, message)
            case SourceChanged():
                parts.outages.changed(message)
            case WriteBehind(groups):
                for group in groups:
                    parts.groups.tell_active(group, CatchUp())
            case Unquarantine() | EraseGroup() | ListLives() | SnapshotAll() | StopAll():
                self._from_operator(parts, message)
            case _:
                super().on_receive(message)
        self._go_further(parts)

    def on_system(self, message: Any) -> Any:
        """The system lane: children's fates, the disk, timers."""
        match message:
            case GatewayReady(gateway):
                self._begin(gateway)
            case ChildFailed():
                self._parts.fates.failed(message)
            case RestartDue(name):
                self._parts.fates.restart(name)
            case Terminated(ref, name):
                self._parts.fates.terminated(ref, name)
            case MappingsSaved():
                self._parts.desk.saved(message)
            case RetentionDue():
                self._parts.retention.due()
            case OutageDue():
                self._parts.outages.due()
            case ErasureStep():
                self._parts.erasures.step(message)
            case PoisonKept():
                self._parts.ward.kept(message, self._parts.groups)
            case CodeSaved() | CodeDue() | SendSettled():
                self._of_codes(self._parts, message)
            case _:
                return super().on_system(message)
        self._go_further(self._parts)
        return None

    def _go_further(self, parts: RegistryParts) -> None:
        if not parts.closing.begun:
            parts.erasures.go_on()  # else the next start does
        else:
            parts.fates.give_up_failed()
            parts.closing.go_on()

    def _from_conversation(self, parts: RegistryParts, message: FromConversation) -> None:
        match message:
            case RunCommand():
                parts.desk.run_group_command(message)
            case RunLinkCommand():
                parts.desk.run(message)
            case ConversationUp(conversation):
                parts.conversations.up(conversation)
            case ConversationIdle(conversation):
                if not parts.desk.saving(conversation):
                    parts.conversations.idle(conversation)
            case ConversationDrained(conversation):
                parts.conversations.drained(conversation)

    def _of_codes(self, parts: RegistryParts, message: CodeSaved | CodeDue | SendSettled) -> None:
        match message:
            case CodeSaved():
                parts.codes.saved(message)
            case CodeDue():
                parts.codes.due(message)
            case SendSettled():
                parts.codes.posted(message)

    def _from_group(self, parts: RegistryParts, message: FromGroup) -> None:
        match message:
            case GroupIdle(group):
                parts.groups.idle(group)
            case GroupDrained(group, ok):
                parts.groups.drained(group, ok=ok, stopping=parts.closing.begun)
            case GroupRenamed():
                parts.desk.renamed(message)

    def _from_operator(self, parts: RegistryParts, message: FromOperator) -> None:
        match message:
            case Unquarantine():
                parts.ward.decide(message, parts.groups)
            case EraseGroup():
                parts.erasures.begin(message)
            case ListLives(answer):
                answer(self._lives(parts))
            case SnapshotAll(group, done):
                self._snapshot(parts, group, done)
            case StopAll(done):
                parts.closing.begin(done)

    # ── the whole ───────────────────────────────────────────────────────────────────────────────────────

    def _snapshot(self, parts: RegistryParts, group: GroupId | None, done: Callable[[Any], None]) -> None:
        live = [GroupId(child.key) for child in parts.children.groups.all() if group in (None, child.key)]
        gathering = Snapshots(live, done)
        for key in live:
            parts.groups.tell(key, TakeSnapshot(partial(gathering.answer, key)))
        gathering.start()

    def _lives(self, parts: RegistryParts) -> Mapping[GroupId, tuple[str, int, str | None]]:
        lives: dict[GroupId, tuple[str, int, str | None]] = {
            group: ("absent", self._links.count(group), None) for group in self._links.groups()
        }
        for child in parts.children.groups.all():
            group = GroupId(child.key)
            reason = child.reason if child.life == "quarantined" else None
            lives[group] = (child.life, self._links.count(group), reason)
        return lives

    def inspect(self) -> Mapping[str, Any]:
        """The registry's own words for the dump."""
        if not self._begun:
            return {"conversations": len(self._links), "lives": {}, "conversation_lives": {}}
        return {
            "conversations": len(self._links),
            "lives": self._parts.children.groups.counts(),
            "conversation_lives": self._parts.children.conversations.counts(),
            "quarantined": self._parts.ward.inspect(),
            "saving": self._parts.desk.busy,
            "erasing": self._parts.erasures.groups,
        }
