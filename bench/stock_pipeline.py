"""The plain way with Pykka: a thread per actor, a journal per group, a flush per event, a push per change.

It does the same for an event as the product does, by the same pure parts, but restarts, dead letters,
snapshots and back-pressure are not there.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pykka

from bench.bare_pipeline import SHOWN_EVENTS, Appender, BareGroup
from bench.chat import extractor_named, group_ids, messages
from bench.gauges import Latch
from bench.sample import Metrics
from nanie_actors.model import GroupId, MessageArrived
from nanie_actors.protocol.replies import timeline_update
from nanie_actors.timeline.extractor import Extractor
from nanie_actors.timeline.view import TimelineView


class Gateway(pykka.ThreadingActor):
    """Tells every event to its group."""

    def __init__(self, routes: dict[GroupId, pykka.ActorRef[Any]]) -> None:
        super().__init__()
        self._routes = routes

    def on_receive(self, message: MessageArrived) -> None:
        self._routes[message.message.group].tell(message)


class Group(pykka.ThreadingActor):
    """Decides, writes and flushes, applies, tells its conversation: for each event."""

    def __init__(
        self, group: GroupId, extractor: Extractor, journal: Path, listener: pykka.ActorRef[Any]
    ) -> None:
        super().__init__()
        self._bare = BareGroup(group, extractor)
        self._journal = Appender(journal)
        self._listener = listener

    def on_receive(self, message: MessageArrived) -> None:
        decision = self._bare.decide(message)
        if decision is None:
            return
        record, line = decision
        self._journal.append(line)
        state = self._bare.state
        state.apply(state.seq + 1, record)
        self._listener.tell(state.view(SHOWN_EVENTS))


class Conversation(pykka.ThreadingActor):
    """Encodes a push for each change."""

    def __init__(self, goal: int, latch: Latch) -> None:
        super().__init__()
        self._goal = goal
        self._latch = latch

    def on_receive(self, message: TimelineView) -> None:
        timeline_update(message)
        if message.revision == self._goal:
            self._latch.count_down()


def throughput(folder: Path, *, groups: int, events: int, extractor: str) -> Metrics:
    """Events as fast as they can be told; until every conversation was shown its newest state."""
    reader = extractor_named(extractor)
    ids = group_ids(groups)
    latch = Latch(groups)
    routes: dict[GroupId, pykka.ActorRef[Any]] = {}
    for group in ids:
        listener = Conversation.start(events // groups, latch)
        routes[group] = Group.start(group, reader, folder / group, listener)
    gateway = Gateway.start(routes)
    stream = messages(ids, events)
    began = time.perf_counter()
    for event in stream:
        gateway.tell(event)
    latch.wait()
    return {"events_per_s": events / (time.perf_counter() - began)}
