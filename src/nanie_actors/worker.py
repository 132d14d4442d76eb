"""`nanie run`: opens what the command line names, runs the worker, and ends it cleanly."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from types import FrameType

from nanie_actors.assembly import Worker
from nanie_actors.memory import Thrift, settle_memory
from nanie_actors.observability.heartbeat import Heartbeat
from nanie_actors.observability.systemd import ServiceManager
from nanie_actors.router.edge import RouterTransport
from nanie_actors.router.envelope import RowRules
from nanie_actors.router.stdio import StdioTransport
from nanie_actors.router_opening import open_nats, open_supabase
from nanie_actors.settings import Settings
from nanie_actors.storage.layout import StateLayout
from nanie_actors.web_opening import Served
from nanie_actors.whatsapp.edge import WhatsAppSource
from nanie_actors.whatsapp.export.chat import Progress
from nanie_actors.whatsapp.live.source import LiveSource
from nanie_actors.whatsapp.opening import open_sources

logger = logging.getLogger(__name__)

STOP_WITHOUT_READER_S = 2.0
"""How long a worker takes to stop whose router is gone: nobody waits for what is still owed."""


OTHERS = 0o077
"""Whatever the worker or a library of it makes is for its owner only."""


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What the command line says; `whatsapp` and `routers` are specs, without `none`."""

    settings: Settings
    whatsapp: tuple[str, ...] = ()
    routers: tuple[str, ...] = ()
    record: Path | None = None
    progress: Callable[[str], Progress] | None = None
    """Makes what is told how far the replay of a path is; for people who watch."""
    served: Served | None = None
    until_played: bool = False
    """End when every replay has told what it had to tell."""


class End:
    """Why and how a running worker comes to its end. Thread-safe."""

    def __init__(self) -> None:
        self.stop = Event()
        self.input_over = Event()
        self.nobody_reads = Event()

    def broken(self) -> None:
        """The router reads no answer any more."""
        self.nobody_reads.set()
        self.stop.set()


def run_worker(options: WorkerOptions) -> int:
    """Run until SIGTERM, Ctrl-C, the end of a router's input, or a failure; the exit status.

    To be called on the main thread. Raises NanieError for what cannot be opened, before anything runs.
    """
    os.umask(OTHERS)
    settle_memory()
    manager = ServiceManager.of(os.environ, os.getpid())
    end = End()
    settings = options.settings
    sources = _open_whatsapp(options)
    transports = _open_routers(options, end)
    worker = Worker(
        settings,
        sources=sources,
        transports=transports,
        record=options.record,
        stop=end.stop,
        served=options.served,
    )
    heartbeat = Heartbeat(worker, manager)
    with _signals(worker, end):
        worker.start()
        logger.info("the worker runs on %s", worker.layout.root)
        heartbeat.start()
        if options.until_played:
            end.input_over.set()
        _wait(worker, end, finite=options.until_played or settings.replay.speed is None)
        heartbeat.stopping()
        clean = worker.stop(STOP_WITHOUT_READER_S if end.nobody_reads.is_set() else None)
        heartbeat.end()
    if worker.failure is not None:
        logger.critical("the worker ended: %s", worker.failure)
    return 0 if clean and worker.failure is None else 1


def thrift_of(worker: Worker) -> Thrift:
    """Gives memory back while nothing is under way in a worker."""
    tree = worker.tree
    return Thrift(lambda: tree.log.stats().lines, lambda: tree.ingress.inside == 0, time.monotonic)


def _wait(worker: Worker, end: End, *, finite: bool) -> None:
    """Until a stop is requested, or the input is over and with it what a replay had to tell."""
    thrift = thrift_of(worker)
    while not end.stop.wait(0.2):
        thrift.look()
        if end.input_over.is_set():
            if finite:
                worker.wait_for_sources()
            return


def _open_whatsapp(options: WorkerOptions) -> list[WhatsAppSource]:
    settings, replay = options.settings, options.settings.replay
    sources: list[WhatsAppSource] = []
    for spec in options.whatsapp:
        if spec == "neonize":
            sources.append(LiveSource(settings.whatsapp, StateLayout(settings.state.dir)))
            continue
        path = Path(spec.removeprefix("replay:"))
        zone = settings.zone()
        progress = None if options.progress is None or path.is_dir() else options.progress(path.name)
        sources += open_sources(
            path, zone=zone, date_order=replay.date_order, speed=replay.speed, progress=progress
        )
    return sources


def _open_routers(options: WorkerOptions, end: End) -> list[RouterTransport]:
    transports: list[RouterTransport] = []
    if "stdio" in options.routers:
        rules = RowRules.of(options.settings.router)
        transports.append(StdioTransport(rules, on_end=end.input_over.set, on_broken=end.broken))
    if "supabase" in options.routers:
        transports.append(open_supabase(options.settings))
    if "nats" in options.routers:
        transports.append(open_nats(options.settings))
    return transports


@contextmanager
def _signals(worker: Worker, end: End) -> Iterator[None]:
    """SIGTERM and SIGINT stop, SIGUSR1 dumps. A second SIGINT or SIGTERM has the usual, immediate effect."""

    def stop(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        end.stop.set()

    def dump(_number: int, _frame: FrameType | None) -> None:
        # Taking a dump waits for actors: not in a signal handler, which may have interrupted anything.
        Thread(target=worker.dump_to_log, name="dump", daemon=True).start()

    handlers = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGUSR1: dump}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
