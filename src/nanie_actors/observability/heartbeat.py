"""The worker's signs of life to systemd: each one has gone through the actors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from nanie_actors.observability.health import Health, liveness
from nanie_actors.observability.systemd import ServiceManager

if TYPE_CHECKING:
    from nanie_actors.assembly import Worker

logger = logging.getLogger(__name__)

STATUS_EVERY_S: Final = 30.0
"""How old the line for people may be."""

BEATS_PER_PERIOD: Final = 3
"""One sign of life may be late without anybody being alarmed."""


class Heartbeat:
    """A thread from when the worker is ready until it has stopped; none where no systemd listens."""

    def __init__(
        self, worker: Worker, manager: ServiceManager, look: Callable[[Worker], Health] = liveness
    ) -> None:
        self._worker = worker
        self._manager = manager
        self._look = look
        self._over = Event()
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """The worker is ready."""
        if self._manager.listens:
            self._manager.ready(status_line(self._worker))
            self._thread.start()

    def stopping(self) -> None:
        """The worker begins to stop; until `end` it counts as alive, since the stop has its own deadline."""
        self._manager.stopping()

    def end(self) -> None:
        """The worker has stopped."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self._manager.close()

    def beat(self) -> None:
        """One sign of life, if there is life."""
        if self._worker.stop_requested.is_set():
            self._manager.alive("stopping")
            return
        found = self._look(self._worker)
        if found.ok:
            self._manager.alive(status_line(self._worker))
        else:
            problems = "; ".join(check.problem for check in found.checks if check.problem is not None)
            logger.error("no sign of life for systemd: %s", problems)
            self._manager.unwell(problems)

    def _run(self) -> None:
        while not self._over.wait(beat_every_s(self._manager.watchdog_s)):
            self.beat()


def beat_every_s(watchdog_s: float | None) -> float:
    """The time between two signs of life, in seconds."""
    return STATUS_EVERY_S if watchdog_s is None else min(watchdog_s / BEATS_PER_PERIOD, STATUS_EVERY_S)


def status_line(worker: Worker) -> str:
    """What `systemctl status` shows: numbers, and no names."""
    tree = worker.tree
    return (
        f"{len(tree.directory)} groups known, {tree.ingress.inside} events and {tree.inbox.inside} commands "
        f"under way, {worker.dead_letters.total()} dead letters"
    )
