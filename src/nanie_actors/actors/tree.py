"""The tree of actors and what they share, on whatever disk, clock and dispatcher it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nanie_actors.actors.access import AccessPolicy, Allowed
from nanie_actors.actors.auditor import Auditor
from nanie_actors.actors.children import ChildServices
from nanie_actors.actors.code_desk import CodeServices
from nanie_actors.actors.conversation_ties import ConversationServices
from nanie_actors.actors.directory import GroupDirectory
from nanie_actors.actors.erasures import ErasureServices
from nanie_actors.actors.gate import (
    PER_CONVERSATION_SHARE,
    PER_GROUP_SHARE,
    Gate,
    GatewayIngress,
    InboxGate,
    PacedIngress,
)
from nanie_actors.actors.gateway import GatewayActor, GatewayServices
from nanie_actors.actors.guardian import GuardianActor
from nanie_actors.actors.link_codes import CodeBook, CodeRules, new_code
from nanie_actors.actors.links import Links
from nanie_actors.actors.outage_desk import OutageServices
from nanie_actors.actors.outages import OutageBoard, Reachability
from nanie_actors.actors.outlet import Outlet
from nanie_actors.actors.parking import Parking
from nanie_actors.actors.push_ledger import PushLedger
from nanie_actors.actors.registry import RegistryActor
from nanie_actors.actors.registry_parts import RegistryServices
from nanie_actors.actors.services import GroupServices
from nanie_actors.actors.set_limits import conversation_limits, group_limits, restart_policy
from nanie_actors.actors.tenant_limits import CommandLimit, EventPace
from nanie_actors.actors.token_bucket import Rate
from nanie_actors.following.trails import Trails
from nanie_actors.messages import Deliver, GatewayReady, Incoming, Route, WriteBehind
from nanie_actors.model import EpochMs, GroupId
from nanie_actors.router.edge import RouterTransport
from nanie_actors.runtime import ActorSystem, Clock, DeadLetter, PooledRef, SpareWork
from nanie_actors.settings import Settings
from nanie_actors.storage.audit_log import AuditLog
from nanie_actors.storage.disk import Disk, Lane
from nanie_actors.storage.documents import JsonDocument
from nanie_actors.storage.group_files import GroupFiles
from nanie_actors.storage.layout import StateLayout, behind_their_journals, stored_groups
from nanie_actors.storage.mappings import MappingsStore
from nanie_actors.storage.shared_log import SharedLog
from nanie_actors.timeline.extractor import Extractor
from nanie_actors.timeline.questions import Model
from nanie_actors.whatsapp.edge import Ingress, WhatsAppSource

BeyondRepair = Callable[[str, BaseException], None]


class ActorTree:
    """Built from what the disk holds; nothing runs before `start`. Raises StateError if it cannot be used."""

    def __init__(
        self,
        settings: Settings,
        *,
        disk: Disk,
        layout: StateLayout,
        clock: Clock,
        extractor: Extractor,
        sources: Sequence[WhatsAppSource],
        transports: Sequence[RouterTransport],
        model: Model | None = None,
    ) -> None:
        """`model` reads again what `extractor` has read first."""
        self._settings = settings
        self._disk = disk
        self._layout = layout
        self._clock = clock
        self._sources = sources
        self.log = SharedLog.open(
            disk,
            layout.wal,
            segment_bytes=settings.storage.segment_bytes,
            max_segments=settings.storage.segments,
        )
        self.trails = Trails(clock)
        self.pushes = PushLedger(JsonDocument(disk, layout.cursors))
        self._directory_file = JsonDocument(disk, layout.directory)
        self.directory = GroupDirectory(self._directory_file.load())
        self._store = MappingsStore(disk, layout.mappings, layout.registry_log)
        self._mapped = self._store.load()
        places = settings.ingress.in_flight
        self.ingress = Gate("the ingress", places=places, per_key=max(1, places // PER_GROUP_SHARE))
        rows = settings.router.unanswered
        self.inbox = Gate("the inbox", places=rows, per_key=max(1, rows // PER_CONVERSATION_SHARE))
        self.audit = AuditLog(
            disk,
            layout.audit,
            most_bytes=settings.access.audit_bytes,
            files=settings.access.audit_files,
        )
        self.outlet = Outlet(
            {transport.name: transport for transport in transports}, self.inbox.settle, clock
        )
        limits = settings.limits
        rate = Rate.per_minute(limits.commands_per_minute, burst=limits.commands_burst)
        self.command_limit = CommandLimit(rate, self.outlet, clock)
        self.group_services = self._services_of_groups(extractor, model)

    def start(self, system: ActorSystem, beyond_repair: BeyondRepair) -> None:
        """Start the guardian, the registry and the gateway; the rest is started by the registry on demand."""
        guardian = self._guardian = GuardianActor.start(beyond_repair, system=system, name="guardian")
        self.registry: PooledRef[Any] = RegistryActor.start(
            self._services_of_registry(), system=system, name="registry", supervisor=guardian
        )
        gateway_services = GatewayServices(self._sources, self.directory, self._directory_file, self._clock)
        self.gateway: PooledRef[Any] = GatewayActor.start(
            gateway_services, self.registry, system=system, name="gateway", supervisor=guardian
        )
        self.log.on_pressure = lambda groups: self.registry.tell(WriteBehind(tuple(groups)))
        flush = SpareWork("the shared log's flush", self.log.flush)
        self.log.on_waiting = lambda: system.dispatcher.offer(flush)
        self.registry.tell_system(GatewayReady(self.gateway))

    def whatsapp_door(self) -> GatewayIngress:
        """What sources hand their events to; after `start`."""
        return GatewayIngress(self.ingress, self.gateway, self.trails)

    def paced(self, door: Ingress) -> PacedIngress:
        """The same for live sources, which anybody who is in a group can flood."""
        limits = self._settings.limits
        rate = Rate.per_minute(limits.events_per_minute, burst=limits.events_burst)
        return PacedIngress(door, self.ingress, EventPace(rate, self._clock))

    def router_door(self) -> InboxGate:
        """What transports hand their rows to, all the same one; after `start`."""
        return InboxGate(self.inbox, self.registry, self.command_limit)

    def stop(self, within_s: float) -> None:
        """End the three that never stop by themselves, after every child is gone. Not on an actor's turn."""
        for ref in (self.gateway, self.registry, self._guardian):
            ref.stop(block=True, timeout=within_s)

    def dead_letter(self, letter: DeadLetter) -> None:
        """A lost event must not keep its place at the ingress. To be hooked into the dead letters."""
        match letter.message:
            case Deliver(ticket=ticket) | Incoming(ticket=ticket) | Route(delivery=Deliver(ticket=ticket)):
                ticket.lose()
            case _:
                pass

    def _services_of_groups(self, extractor: Extractor, model: Model | None) -> GroupServices:
        return GroupServices(
            log=self.log,
            files=lambda group: GroupFiles(self._disk, self._layout.memory(group), group),
            files_quiet=lambda done: self._disk.barrier(lane=Lane.BULK, done=done),
            extractor=extractor,
            pushes=self.pushes,
            trails=self.trails,
            clock=self._clock,
            limits=group_limits(self._settings),
            model=model,
        )

    def _services_of_registry(self) -> RegistryServices:
        settings = self._settings
        links = Links(self._mapped.mappings)
        rules = [Allowed(rule.conversation, rule.group, rule.sender) for rule in settings.access.allow]
        owed = self.pushes.groups() & links.groups()
        board = OutageBoard()
        return RegistryServices(
            store=self._store,
            links=links,
            handled_rows=set(self._mapped.rows),
            added_rows=dict(self._mapped.added),
            directory=self.directory,
            policy=AccessPolicy(settings.access.policy, rules),
            codes=self._services_of_codes(),
            auditor=Auditor(self.audit, self._clock),
            erasures=ErasureServices(
                self._disk,
                self._layout,
                self.log,
                self._store,
                JsonDocument(self._disk, self._layout.forgetting),
            ),
            outlet=self.outlet,
            parking=Parking(self._disk, self._layout.parked, self._layout.skipped),
            admit=self.ingress.admit,
            outages=self._services_of_outages(board),
            children=ChildServices(
                group=self.group_services,
                conversation=ConversationServices(
                    self.outlet, self.pushes, board, self.trails, self._clock, conversation_limits(settings)
                ),
                restarts=restart_policy(settings),
                clock=self._clock,
            ),
            clock=self._clock,
            wake=self._to_be_woken(links) | owed,
            erase_orphans=settings.groups.on_orphaned == "erase",
            message_days=settings.groups.message_days,
            stored_groups=self._stored_groups,
        )

    def _to_be_woken(self, links: Links) -> frozenset[GroupId]:
        """Who has something to do. What waits for a language model only the groups themselves know."""
        reading = links.groups() if self.group_services.model is not None else set()
        behind = behind_their_journals(self._disk, self._layout)
        return frozenset(self.log.groups()) | behind | reading

    def _stored_groups(self) -> list[GroupId]:
        """All that have anything on disk: files of their own, or lines in the shared log only."""
        return list(dict.fromkeys([*stored_groups(self._disk, self._layout), *self.log.groups()]))

    def _services_of_codes(self) -> CodeServices:
        access = self._settings.access
        rules = CodeRules(
            valid_ms=round(access.code_valid_s * 1000),
            tries=access.code_tries,
            per_conversation=Rate.per_hour(access.codes_per_hour),
            per_group=Rate.per_hour(access.group_codes_per_hour),
        )
        document = JsonDocument(self._disk, self._layout.link_codes)
        return CodeServices(CodeBook(rules, document.load()), document, new_code, access.code_valid_s)

    def _services_of_outages(self, board: OutageBoard) -> OutageServices:
        live = [source.name for source in self._sources if source.live]
        reachability = Reachability(live, EpochMs(self._clock.now_ms()))
        return OutageServices(reachability, board, self._settings.whatsapp.announce_after_s)
