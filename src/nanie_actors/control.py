"""A running worker as the control socket sees it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from nanie_actors import __version__
from nanie_actors.errors import Unavailable
from nanie_actors.inspection.port import GroupListing, SnapshotResult
from nanie_actors.messages import EraseGroup, ListLives, SnapshotAll, Unquarantine
from nanie_actors.model import EpochMs, GroupId
from nanie_actors.observability.health import liveness, readiness
from nanie_actors.observability.readings import Reader
from nanie_actors.observability.trails import FOLLOWED_EVERY_S, GroupFollower
from nanie_actors.router.edge import RouterTransport, Troubled
from nanie_actors.state_hold import LiveStateHold

DECIDED_WITHIN_S = 10.0
"""How long `retry` and `skip` wait for the registry."""

ERASED_WITHIN_S = 60.0
"""How long `forget` waits: a group that just fails is given up first, which takes its restarts."""

if TYPE_CHECKING:
    from nanie_actors.assembly import Worker

Lives = Mapping[GroupId, tuple[str, int, str | None]]


class LiveControl:
    """Implements inspection.port.WorkerControl over a started Worker."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._reader = Reader(worker)
        self._measuring = Lock()

    def facts(self) -> Mapping[str, Any]:
        """What the process is, and its counters; no names, no texts."""
        worker, tree = self._worker, self._worker.tree
        log = tree.log.stats()
        return {
            "version": __version__,
            "pid": os.getpid(),
            "started": worker.started_ms,
            "state": str(worker.layout.root),
            "sources": [source.name for source in worker.sources],
            "routers": [transport.name for transport in worker.transports],
            "troubles": troubles_of(worker.transports),
            "ingress": {"inside": tree.ingress.inside, "waits": tree.ingress.waits},
            "inbox": {"inside": tree.inbox.inside, "waits": tree.inbox.waits},
            "log": {name: getattr(log, name) for name in log.__dataclass_fields__ if name != "flush_times"},
            "model": None if worker.model is None else asdict(worker.model.stats()),
            "web": worker.web.url,
            "dead_letters": worker.dead_letters.total(),
            "failure": worker.failure,
        }

    def health(self, *, ready: bool) -> Mapping[str, Any]:
        """Whether the worker lives, or is ready to take messages and commands."""
        found = readiness(self._worker) if ready else liveness(self._worker)
        return found.to_json()

    def metrics(self) -> str:
        """What is measured, as Prometheus reads it."""
        try:
            from nanie_actors.observability.exposition import exposition
        except ImportError as error:
            raise Unavailable(f"{error.name} is not installed: pip install 'nanie-actors[ui]'.") from None
        with self._measuring:
            return exposition(self._reader.read()).decode()

    def follow(self, group: GroupId, tell: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
        """Tell of every step of a group's messages, five new ones a second, until what is returned is called.

        `tell` is called on the actors' threads: it must not block.
        """
        return self._worker.tree.trails.follow(GroupFollower(group, tell, every_s=FOLLOWED_EVERY_S))

    def snapshot(self, group: GroupId | None, done: Callable[[SnapshotResult], None]) -> None:
        """Write the files of one group or of all live ones; the others' are up to date already."""
        self._worker.tree.registry.tell(SnapshotAll(group, done))

    def groups(self, deadline_s: float) -> list[GroupListing]:
        """All groups: those of the account, newest activity first, then what else is linked."""
        lives = self._lives(deadline_s)
        known = {entry.group: entry for entry in self._worker.tree.directory.all()}
        listings = []
        for group in [*known, *(group for group in lives if group not in known)]:
            life, conversations, why = lives.get(group, ("absent", 0, None))
            entry = known.get(group)
            name, size, at = (
                (entry.name, entry.participants, entry.last_activity) if entry else ("", 0, EpochMs(0))
            )
            listings.append(GroupListing(group, name, size, at, life, conversations, why))
        return listings

    def retry(self, group: GroupId) -> bool:
        """Start a quarantined group again with the message that it failed on."""
        return self._decide(group, skip=False)

    def skip(self, group: GroupId) -> bool:
        """Start a quarantined group again without that message."""
        return self._decide(group, skip=True)

    def forget(self, group: GroupId) -> None:
        """Erase what is kept of a group; returns when that is durable."""
        failures: list[str | None] = []
        answered = Event()

        def answer(failure: str | None) -> None:
            failures.append(failure)
            answered.set()

        self._worker.tree.registry.tell(EraseGroup(group, answer))
        if not answered.wait(ERASED_WITHIN_S):
            raise Unavailable("The worker is still erasing the group: look at `nanie dump`, then try again.")
        if failures[0] is not None:
            raise Unavailable(
                f"The group could not be erased completely ({failures[0]}): "
                "try again; otherwise the next start of the worker goes on with it."
            )

    def hold_state(self) -> LiveStateHold:
        """Help somebody who copies the state directory."""
        return LiveStateHold(self._worker.disk, self._worker.layout, self._worker.tree.log)

    def stop(self) -> None:
        """Ask the worker to stop cleanly."""
        self._worker.stop_requested.set()

    def _lives(self, deadline_s: float) -> Lives:
        answers: list[Lives] = []
        answered = Event()

        def answer(lives: Lives) -> None:
            answers.append(lives)
            answered.set()

        self._worker.tree.registry.tell(ListLives(answer))
        if not answered.wait(deadline_s):
            raise Unavailable(
                "The worker is too busy to list its groups: try again, or look at `nanie dump`."
            )
        return answers[0]

    def _decide(self, group: GroupId, *, skip: bool) -> bool:
        answers: list[bool | str] = []
        answered = Event()

        def answer(outcome: bool | str) -> None:
            answers.append(outcome)
            answered.set()

        self._worker.tree.registry.tell(Unquarantine(group, skip, answer, answer))
        if not answered.wait(DECIDED_WITHIN_S):
            raise Unavailable("The worker is too busy to decide about the group: try again.")
        outcome = answers[0]
        if isinstance(outcome, str):
            raise Unavailable(outcome)
        return outcome


def troubles_of(transports: Iterable[RouterTransport]) -> Mapping[str, Mapping[str, str]]:
    """By transport, what does not work at the moment, and why; those in no trouble are left out."""
    told = {each.name: each.status.facts() for each in transports if isinstance(each, Troubled)}
    return {name: jobs for name, jobs in told.items() if jobs}
