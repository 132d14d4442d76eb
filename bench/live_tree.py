"""The product's tree of actors on a real disk, between a source and a router that cost next to nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from bench.chat import conversation_of, extractor_named
from bench.gauges import PATIENCE_S, Latch, NotDone
from nanie_actors.actors.tree import ActorTree
from nanie_actors.memory import settle_memory
from nanie_actors.messages import SnapshotAll
from nanie_actors.model import ConversationId, EpochMs, GroupId, GroupSeen, MessageArrived, RowId
from nanie_actors.router.edge import Outgoing, RouterRow
from nanie_actors.runtime import ActorSystem, DeadLetters, PoolDispatcher, SystemClock, ThreadTimers
from nanie_actors.settings import Settings
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.real_disk import RealDisk

logger = logging.getLogger(__name__)

Told = Callable[[ConversationId, int], None]
"""A conversation was shown this revision of its timeline; on whatever thread that happens."""

_REVISION = b'"revision":'
_END = b'},"ephemeral":true}'


class AcceptingRouter:
    """A transport that has everything as soon as it is told."""

    name = "bench"

    def __init__(self) -> None:
        self.shown: dict[ConversationId, int] = {}
        self.deliveries = 0
        self.told: Told = _unheard
        self.answered: Callable[[RowId], None] = _unasked
        self.settled_rows = Latch(0)

    def start(self, inbox: object) -> None:
        """Rows are put by the measurement."""

    def stop_intake(self) -> None:
        """Nothing to stop."""

    def stop(self) -> None:
        """Nothing to flush."""

    def deliver(self, out: Outgoing, accepted: Callable[[bool], None]) -> None:
        self.deliveries += 1
        if out.body.endswith(_END) and (at := out.body.rfind(_REVISION)) >= 0:
            revision = int(out.body[at + len(_REVISION) : -len(_END)])
            self.shown[out.conversation] = revision
            self.told(out.conversation, revision)
        accepted(True)

    def rename(self, conversation: ConversationId, title: str) -> None:
        """Titles are not shown."""

    def settled(self, row: RowId, keep: bool) -> None:
        self.settled_rows.count_down()
        self.answered(row)


class LiveTree:
    """Put together as the worker does it, with its default settings, in a process of its own."""

    def __init__(self, folder: Path, groups: Sequence[GroupId], extractor: str) -> None:
        settle_memory()
        self.groups = groups
        self.router = AcceptingRouter()
        clock = SystemClock()
        settings = Settings()
        self.tree = ActorTree(
            settings,
            disk=RealDisk(),
            layout=StateLayout(folder),
            clock=clock,
            extractor=extractor_named(extractor),
            sources=[],
            transports=[self.router],
        )
        self.dead_letters = DeadLetters(clock, on_dead_letter=self.tree.dead_letter)
        system = ActorSystem(
            PoolDispatcher(threads=settings.worker.threads),
            clock=clock,
            timers=ThreadTimers(clock),
            dead_letters=self.dead_letters,
        )
        self.tree.start(system, lambda name, error: logger.critical("the %s failed", name, exc_info=error))
        self.ingress = self.tree.whatsapp_door()
        self.inbox = self.tree.router_door()

    def wake(self) -> None:
        """Let every group be seen, so that its actor lives."""
        for group in self.groups:
            self.ingress.put(GroupSeen(group, EpochMs(1), name=f"Household {group[12:18]}", participants=3))
        self.until_durable()

    def link(self) -> None:
        """Link each group's conversation; until every link is durable and its timeline shown."""
        self.router.settled_rows = Latch(len(self.groups))
        for number, group in enumerate(self.groups):
            content = orjson.dumps({"action": "SELECT_GROUP", "groupId": group}).decode()
            row = RouterRow(RowId(f"row-{number}"), conversation_of(group), content, self.router.name)
            self.inbox.put(row)
        self.router.settled_rows.wait()
        if len(self.router.shown) != len(self.groups):
            raise NotDone("not every conversation was shown the timeline that it linked")

    def put(self, events: Sequence[MessageArrived]) -> None:
        """Hand events in as fast as the ingress takes them."""
        put = self.ingress.put
        for event in events:
            put(event)

    def until_durable(self) -> None:
        """Wait until everything put is in the shared log, and applied."""
        if not self.tree.ingress.wait_empty(PATIENCE_S):
            raise NotDone(f"{self.tree.ingress.inside} events were never settled")
        if self.dead_letters.total():
            raise NotDone(f"{self.dead_letters.total()} messages became dead letters")

    def told_all(self, more: int) -> Latch:
        """Opens when every conversation was shown `more` further revisions of its timeline."""
        latch = Latch(len(self.groups))
        goals = {conversation: revision + more for conversation, revision in self.router.shown.items()}

        def told(conversation: ConversationId, revision: int) -> None:
            if revision >= goals.get(conversation, revision + 1):
                del goals[conversation]
                latch.count_down()

        self.router.told = told
        return latch

    def write_files(self) -> None:
        """Let every group write its own files, as it does before it goes to rest."""
        latch = Latch(1)
        self.tree.registry.tell(SnapshotAll(None, lambda _: latch.count_down()))
        latch.wait()


def _unheard(conversation: ConversationId, revision: int) -> None:
    """Nobody waits for this."""


def _unasked(row: RowId) -> None:
    """Nobody waits for this either."""
