"""One worker on one state directory: what it is made of, and the order in which it starts and stops."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Any

from nanie_actors import __version__
from nanie_actors.actors.gate import SourceWatch, WatchedIngress
from nanie_actors.actors.tree import ActorTree
from nanie_actors.control import LiveControl
from nanie_actors.errors import NanieError
from nanie_actors.inspection.control_server import ControlServer
from nanie_actors.inspection.dump import DumpRequest, dump_to_log, take_dump
from nanie_actors.llm_opening import open_model
from nanie_actors.messages import Checkpoint, SaveDirectory, StopAll
from nanie_actors.model import EpochMs
from nanie_actors.observability.tracing import open_tracing
from nanie_actors.router.edge import RouterTransport
from nanie_actors.router.envelope import RowRules
from nanie_actors.runtime import ActorSystem, DeadLetters, PoolDispatcher, SystemClock, ThreadTimers
from nanie_actors.settings import Settings
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.erasing import Erased, finish_erasures
from nanie_actors.storage.layout import StateLayout, sweep_erased
from nanie_actors.storage.legacy import find_flat_files, read_legacy
from nanie_actors.storage.legacy_import import import_legacy
from nanie_actors.storage.real_disk import RealDisk
from nanie_actors.storage.state_format import claim_format
from nanie_actors.storage.state_lock import StateLock
from nanie_actors.timeline.extractors.loading import load_extractor
from nanie_actors.web_opening import Served, WebSide
from nanie_actors.whatsapp.edge import Ingress, WhatsAppSource
from nanie_actors.whatsapp.recording import RecordingIngress

logger = logging.getLogger(__name__)

ANNOUNCED_WITHIN_S = 10.0
"""How long the routers wait for a source to tell its groups, so that a first SELECT_GROUP finds its group."""


class Worker:
    """Built whole or not at all: raises StateError or SettingsError. Starts and stops once."""

    def __init__(
        self,
        settings: Settings,
        *,
        sources: Sequence[WhatsAppSource] = (),
        transports: Sequence[RouterTransport] = (),
        record: Path | None = None,
        stop: Event | None = None,
        served: Served | None = None,
    ) -> None:
        self.settings = settings
        self.sources = tuple(sources)
        self.transports: list[RouterTransport] = list(transports)
        self.watches = [SourceWatch(live=source.live) for source in sources]
        self.failure: str | None = None
        self.running = False
        self.stop_requested = stop or Event()
        self.clock = SystemClock()
        self.layout = StateLayout(settings.state.dir)
        self._record = record
        self.web = WebSide(self, served)
        self._recording: RecordingIngress | None = None
        self.control = LiveControl(self)
        self._lock = StateLock(self.layout.root)
        self._lock.acquire()
        self.disk = RealDisk()
        try:
            self._open()
        except BaseException:
            self.disk.close(1.0)
            self._lock.release()
            raise

    def _open(self) -> None:
        """Whatever an earlier run left behind is put in order before anything starts."""
        rules = RowRules.of(self.settings.router)
        self._socket = ControlServer(self.layout.run_socket, rules, self.take_dump, self.control)
        self.transports += [self._socket, *self.web.transports]
        extractor = load_extractor(self.settings.extraction.extractor, self.settings.zone())
        self.model = open_model(self.settings)
        erased = self._take_over()
        sweep_erased(self.disk, self.layout)
        self._import_flat_files()
        self.tree = ActorTree(
            self.settings,
            disk=self.disk,
            layout=self.layout,
            clock=self.clock,
            extractor=extractor,
            sources=self.sources,
            transports=self.transports,
            model=self.model,
        )
        self._end_tracing = open_tracing(self.settings.telemetry, self.tree.trails)
        for one in erased:
            for entry in one.entries(EpochMs(self.clock.now_ms())):
                self.tree.audit.note(entry)
        self.web.bind()

    def _take_over(self) -> list[Erased]:
        """Claim the directory; forget what an earlier run was to forget. Raises StateError."""
        disk = DirectDisk()
        try:
            claim_format(disk, self.layout, __version__)
            return finish_erasures(disk, self.layout, EpochMs(self.clock.now_ms()))
        finally:
            disk.close(0.0)

    def _import_flat_files(self) -> None:
        """Take over `memory/<groupId>.json` of older versions; an unreadable one is left where it is."""
        for path in find_flat_files(self.disk, self.layout):
            try:
                report = import_legacy(self.layout, read_legacy(path))
            except NanieError as error:
                logger.warning("%s is left where it is: %s", path.name, error)
            else:
                logger.info("imported %s: %d events", path.name, report.added)

    def start(self) -> None:
        """Actors first, then WhatsApp, then the routers: a command finds the groups it may name."""
        self.started_ms = self.clock.now_ms()
        self.dead_letters = DeadLetters(self.clock, on_dead_letter=self.tree.dead_letter)
        self.system = ActorSystem(
            PoolDispatcher(threads=self.settings.worker.threads),
            clock=self.clock,
            timers=ThreadTimers(self.clock),
            dead_letters=self.dead_letters,
        )
        if self.model is not None:
            self.model.start()
        self.tree.start(self.system, self._beyond_repair)
        self._socket.open()
        self.web.start()
        ingress: Ingress = self.tree.whatsapp_door()
        if self._record is not None:
            ingress = self._recording = RecordingIngress(ingress, self._record)
        for source, watch in zip(self.sources, self.watches, strict=True):
            door = self.tree.paced(ingress) if source.live else ingress
            source.start(WatchedIngress(door, watch))
        self._wait_until_announced()
        inbox = self.tree.router_door()
        for transport in self.transports:
            transport.start(inbox)
        self.running = True

    def _wait_until_announced(self) -> None:
        """Until the sources have told their groups, and the gateway has taken that in.

        A live account whose groups are known from an earlier run is not waited for: it may be long away.
        """
        deadline = time.monotonic() + ANNOUNCED_WITHIN_S
        known = len(self.tree.directory) > 0
        for source, watch in zip(self.sources, self.watches, strict=True):
            if not (source.live and known):
                self._wait_for(watch.announced, deadline)
        taken_in = Event()
        self.tree.gateway.tell(Checkpoint(taken_in.set))
        taken_in.wait(_left(deadline))

    def _wait_for(self, announced: Event, deadline: float) -> None:
        """Not for longer than until a stop is requested."""
        while not announced.wait(0.05) and time.monotonic() < deadline:
            if self.stop_requested.is_set():
                return

    def wait_for_sources(self) -> None:
        """Wait until every source that comes to an end has told all it has, or a stop is requested."""
        finite = [watch for source, watch in zip(self.sources, self.watches, strict=True) if not source.live]
        while not all(watch.ended.is_set() for watch in finite):
            if self.stop_requested.wait(0.05):
                return

    def stop(self, within_s: float | None = None) -> bool:
        """Close the edges, let everything inside finish, write the files, leave; within the deadline.

        False: something did not finish in time, and the log says what.
        """
        deadline = time.monotonic() + (within_s or self.settings.worker.stop_deadline_s)
        clean = self._close_edges(deadline)
        clean = self._drain(deadline) and clean
        for transport in self.transports:
            transport.stop()
        clean = self.web.stop(_left(deadline)) and clean
        clean = (self.model is None or self.model.stop(_left(deadline))) and clean
        self._end_tracing()
        clean = self.tree.log.close(_left(deadline)) and clean
        clean = self.disk.close(_left(deadline)) and clean
        clean = self.system.shutdown(_left(deadline)) and clean
        self._lock.release()
        return clean

    def _close_edges(self, deadline: float) -> bool:
        for transport in self.transports:
            transport.stop_intake()
        self.tree.ingress.close()
        for source in self.sources:
            source.stop()
        if self._recording is not None:
            self._recording.close()
        for gate, what in ((self.tree.ingress, "events"), (self.tree.inbox, "commands")):
            if not gate.wait_empty(_left(deadline)):
                logger.warning(
                    "stopping with %d %s unsettled: nobody was told they were done", gate.inside, what
                )
                return False
        self.tree.inbox.close()
        return True

    def _drain(self, deadline: float) -> bool:
        if self.failure is not None:
            return False
        done = Event()
        self.tree.registry.tell(StopAll(done.set))
        self.tree.gateway.tell(SaveDirectory())
        drained = done.wait(_left(deadline))
        if not drained:
            logger.warning(
                "stopping before every group was through: the shared log keeps what is not in files"
            )
        saved = Event()
        self.tree.pushes.flush(lambda _: saved.set())
        if drained:
            self.tree.stop(_left(deadline))
        return saved.wait(_left(deadline)) and drained

    def take_dump(self, request: DumpRequest) -> Mapping[str, Any]:
        """What every actor is and does. Any thread but an actor's."""
        return take_dump(self.system, self.control, request)

    def dump_to_log(self) -> None:
        """The whole dump as one log record."""
        dump_to_log(self.system, self.control)

    def _beyond_repair(self, name: str, error: BaseException) -> None:
        logger.critical("the %s failed beyond repair: the worker ends", name, exc_info=error)
        self.failure = f"the {name} failed ({type(error).__name__})"
        self.stop_requested.set()


def _left(deadline: float) -> float:
    """Seconds until the deadline; a moment more, so that what is ready can still be taken."""
    return max(0.1, deadline - time.monotonic())
