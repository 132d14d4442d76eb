"""The composition root: what the worker is made of, and the order in which it starts and stops."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Event
from typing import Any

from nanie_actors.actors.access import AccessPolicy, Allowed
from nanie_actors.actors.children import ChildServices
from nanie_actors.actors.conversation import ConversationLimits, ConversationServices
from nanie_actors.actors.directory import GroupDirectory
from nanie_actors.actors.gate import Gate, InboxGate, SourceIngress, SourceWatch, key_of
from nanie_actors.actors.gateway import GatewayActor, GatewayServices
from nanie_actors.actors.guardian import GuardianActor
from nanie_actors.actors.links import Links
from nanie_actors.actors.outlet import Outlet
from nanie_actors.actors.parking import Parking
from nanie_actors.actors.push_ledger import PushLedger
from nanie_actors.actors.registry import RegistryActor, RegistryServices
from nanie_actors.actors.services import GroupLimits, GroupServices
from nanie_actors.messages import Deliver, GatewayReady, Incoming, SaveDirectory, StopAll, WriteBehind
from nanie_actors.router.edge import RouterTransport
from nanie_actors.runtime import (
    ActorSystem,
    DeadLetter,
    DeadLetters,
    PoolDispatcher,
    PooledRef,
    RestartPolicy,
    SystemClock,
    ThreadTimers,
)
from nanie_actors.settings import Settings
from nanie_actors.storage.disk import Lane
from nanie_actors.storage.documents import JsonDocument
from nanie_actors.storage.group_files import GroupFiles
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.legacy import import_flat_files
from nanie_actors.storage.mappings import MappingsStore
from nanie_actors.storage.real_disk import RealDisk
from nanie_actors.storage.shared_log import SharedLog
from nanie_actors.storage.state_lock import StateLock
from nanie_actors.timeline.extractors.loading import load_extractor
from nanie_actors.whatsapp.edge import Ingress, WhatsAppSource

logger = logging.getLogger(__name__)

ANNOUNCED_WITHIN_S = 10.0
"""How long the routers wait for a source to tell its groups, so that a first SELECT_GROUP finds its group."""

Recording = Callable[[Ingress], Ingress]


class Worker:
    """One worker on one state directory. Built whole or not at all: raises StateError or SettingsError."""

    def __init__(
        self,
        settings: Settings,
        *,
        sources: Sequence[WhatsAppSource] = (),
        transports: Sequence[RouterTransport] = (),
        recording: Recording | None = None,
    ) -> None:
        self.settings = settings
        self.started_ms = 0
        self.failure: str | None = None
        self.stop_requested = Event()
        self.layout = StateLayout(settings.state.dir)
        self._lock = StateLock(self.layout.root)
        self._lock.acquire()
        try:
            self._build(sources, transports, recording)
        except BaseException:
            self._lock.release()
            raise

    def _build(
        self,
        sources: Sequence[WhatsAppSource],
        transports: Sequence[RouterTransport],
        recording: Recording | None,
    ) -> None:
        settings = self.settings
        self.sources = tuple(sources)
        self.transports = tuple(transports)
        self.watches = {source.name: SourceWatch() for source in sources}
        self._recording = recording
        extractor = load_extractor(settings.extraction.extractor, settings.zone())
        import_flat_files(self.layout)
        self.clock = SystemClock()
        self.disk = RealDisk()
        self.log = SharedLog.open(
            self.disk,
            self.layout.wal,
            segment_bytes=settings.storage.segment_bytes,
            max_segments=settings.storage.segments,
        )
        self.pushes = PushLedger(JsonDocument(self.disk, self.layout.cursors))
        self._directory_file = JsonDocument(self.disk, self.layout.directory)
        self.directory = GroupDirectory(self._directory_file.load())
        self.store = MappingsStore(self.disk, self.layout.mappings, self.layout.registry_log)
        self._mapped = self.store.load()
        self.ingress = Gate(
            "the ingress", places=settings.ingress.in_flight, per_key=max(1, settings.ingress.in_flight // 8)
        )
        self.inbox = Gate("the inbox", places=settings.router.unanswered, per_key=settings.router.unanswered)
        self.outlet = Outlet({t.name: t for t in self.transports}, self.inbox.settle)
        self._group_services = GroupServices(
            log=self.log,
            files=lambda group: GroupFiles(self.disk, self.layout.memory(group), group),
            files_quiet=lambda done: self.disk.barrier(lane=Lane.BULK, done=done),
            extractor=extractor,
            settle=self.ingress.settle,
            pushes=self.pushes,
            clock=self.clock,
            limits=_group_limits(settings),
        )

    # ── start ───────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Actors first, then WhatsApp, then the routers: a command finds the groups it may name."""
        self.started_ms = self.clock.now_ms()
        self.dead_letters = DeadLetters(self.clock, on_dead_letter=self._dead_letter)
        timers = ThreadTimers(self.clock)
        dispatcher = PoolDispatcher(threads=self.settings.worker.threads)
        self.system = ActorSystem(dispatcher, clock=self.clock, timers=timers, dead_letters=self.dead_letters)
        guardian = GuardianActor.start(self._beyond_repair, system=self.system, name="guardian")
        self.registry: PooledRef[Any] = RegistryActor.start(
            self._registry_services(), system=self.system, name="registry", supervisor=guardian
        )
        self.gateway: PooledRef[Any] = GatewayActor.start(
            GatewayServices(
                self.sources, self.directory, self._directory_file, self.ingress.settle, self.clock
            ),
            self.registry,
            system=self.system,
            name="gateway",
            supervisor=guardian,
        )
        self.log.on_pressure = lambda groups: self.registry.tell(WriteBehind(tuple(groups)))
        self.registry.tell_system(GatewayReady(self.gateway))
        self._start_edges()

    def _start_edges(self) -> None:
        for source in self.sources:
            ingress: Ingress = SourceIngress(
                source.name, self.ingress, self.gateway, self.watches[source.name]
            )
            source.start(ingress if self._recording is None else self._recording(ingress))
        for watch in self.watches.values():
            watch.announced.wait(ANNOUNCED_WITHIN_S)
        for transport in self.transports:
            transport.start(InboxGate(self.inbox, self.registry))

    def _registry_services(self) -> RegistryServices:
        settings = self.settings
        links = Links(self._mapped.mappings)
        rules = [Allowed(rule.conversation, rule.group) for rule in settings.access.allow]
        owed = self.pushes.groups() & links.groups()
        return RegistryServices(
            store=self.store,
            links=links,
            handled_rows=set(self._mapped.rows),
            directory=self.directory,
            policy=AccessPolicy(settings.access.policy, rules),
            outlet=self.outlet,
            parking=Parking(self.disk, self.layout.parked, self.ingress.settle),
            admit=self.ingress.admit,
            children=ChildServices(
                group=self._group_services,
                conversation=ConversationServices(
                    self.outlet, self.pushes, self.clock, _conversation_limits(settings)
                ),
                restarts=_restart_policy(settings),
                clock=self.clock,
            ),
            clock=self.clock,
            wake=frozenset(self.log.groups()) | owed,
            erase_orphans=settings.groups.on_orphaned == "erase",
        )

    # ── stop ────────────────────────────────────────────────────────────────────────────────────────────

    def wait_sources(self) -> None:
        """Wait until every source has told all it has, or a stop is requested."""
        while not self.stop_requested.wait(0.05):
            if all(watch.ended.is_set() for watch in self.watches.values()):
                return

    def stop(self) -> bool:
        """Close the edges, let everything inside finish, write the files, leave; within the deadline.

        False: something did not finish in time, and the log says what.
        """
        deadline = time.monotonic() + self.settings.worker.stop_deadline_s
        clean = self._close_edges(deadline)
        clean = self._drain(deadline) and clean
        for transport in self.transports:
            transport.stop()
        clean = self.log.close(_left(deadline)) and clean
        clean = self.disk.close(_left(deadline)) and clean
        clean = self.system.shutdown(_left(deadline)) and clean
        self._lock.release()
        return clean

    def _close_edges(self, deadline: float) -> bool:
        for transport in self.transports:
            transport.stop_intake()
        self.ingress.close()
        for source in self.sources:
            source.stop()
        for gate, what in ((self.ingress, "events"), (self.inbox, "commands")):
            if not gate.wait_empty(_left(deadline)):
                logger.warning(
                    "stopping with %d %s unsettled: nobody was told they were done", gate.inside, what
                )
                return False
        self.inbox.close()
        return True

    def _drain(self, deadline: float) -> bool:
        if self.failure is not None:
            return False
        done = Event()
        self.registry.tell(StopAll(done.set))
        self.gateway.tell(SaveDirectory())
        if not done.wait(_left(deadline)):
            logger.warning(
                "stopping before every group and conversation was through: the log keeps what they owe"
            )
            self._flush_pushes(deadline)
            return False
        return self._flush_pushes(deadline)

    def _flush_pushes(self, deadline: float) -> bool:
        saved = Event()
        self.pushes.flush(lambda _: saved.set())
        return saved.wait(_left(deadline))

    # ── what can go wrong ───────────────────────────────────────────────────────────────────────────────

    def _beyond_repair(self, name: str, error: BaseException) -> None:
        logger.critical("the %s failed beyond repair: the worker ends", name, exc_info=error)
        self.failure = f"the {name} failed ({type(error).__name__})"
        self.stop_requested.set()

    def _dead_letter(self, letter: DeadLetter) -> None:
        """A lost event must not keep its place at the ingress."""
        match letter.message:
            case Deliver(event) | Incoming(event=event):
                self.ingress.settle(key_of(event))
            case _:
                pass


def _left(deadline: float) -> float:
    return max(0.1, deadline - time.monotonic())


def _group_limits(settings: Settings) -> GroupLimits:
    return GroupLimits(
        passivate_after_s=settings.groups.passivate_after_s,
        message_log=settings.groups.message_log,
        recent_messages=settings.groups.recent_messages,
        shown_events=settings.push.events,
        outbox_first_delay_s=settings.outbox.first_delay_s,
        outbox_max_delay_s=settings.outbox.max_delay_s,
        on_orphaned=settings.groups.on_orphaned,
    )


def _conversation_limits(settings: Settings) -> ConversationLimits:
    return ConversationLimits(
        push_interval_s=settings.push.interval_s,
        command_deadline_s=settings.router.command_deadline_s,
        passivate_after_s=settings.groups.passivate_after_s,
    )


def _restart_policy(settings: Settings) -> RestartPolicy:
    limits = settings.supervision
    return RestartPolicy(
        max_restarts=limits.max_restarts,
        window_s=limits.window_s,
        first_delay_s=limits.first_delay_s,
        factor=limits.factor,
        max_delay_s=limits.max_delay_s,
    )
