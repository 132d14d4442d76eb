"""The floor: the same pure parts of the product in one loop, with neither actors nor queues nor callbacks.

What remains is what no arrangement can leave out: recognise a repetition, extract, encode a record, write
and flush a batch, apply it, encode a push. It writes no group files, supervises nothing and isolates nobody.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from bench.chat import extractor_named, group_ids, messages
from bench.gauges import beat, percentile
from bench.sample import Metrics
from nanie_actors.actors.group_knowledge import GroupKnowledge
from nanie_actors.model import GroupId, MessageArrived
from nanie_actors.packed_keys import PackedKeys
from nanie_actors.protocol.replies import timeline_update
from nanie_actors.storage.lines import encode_line
from nanie_actors.timeline.decisions import EventDecider
from nanie_actors.timeline.extractor import Extractor
from nanie_actors.timeline.record_codec import encode_record
from nanie_actors.timeline.records import Record
from nanie_actors.timeline.state import GroupState

BATCH = 512
"""Events to a flush: as many as one group may have on its way through the product."""

PUSH_INTERVAL_S = 0.1
"""A group is pushed no more often: the product's default."""

SHOWN_EVENTS = 500
RECENT_MESSAGES = 50


class BareGroup:
    """One group's state, and the keys of the messages it has seen."""

    def __init__(self, group: GroupId, extractor: Extractor) -> None:
        self.state = GroupState(group, recent_messages=RECENT_MESSAGES)
        self.state.active = True
        knowledge = GroupKnowledge(
            self.state, PackedKeys(), under_way=lambda: (), stored=lambda _: iter(()), posting=lambda _: None
        )
        self._decider = EventDecider(extractor, knowledge)
        self._line = 0

    def decide(self, event: MessageArrived) -> tuple[Record, bytes] | None:
        """The record to write, and its line; None for a repetition."""
        record = self._decider.decide(self.state, event)
        if record is None:
            return None
        self._line += 1
        kind, at, data = encode_record(record)
        return record, encode_line(self.state.group, self._line, kind, at, data)

    def push(self) -> bytes:
        """The newest state, as it would leave."""
        return timeline_update(self.state.view(SHOWN_EVENTS))


class Appender:
    """A file that is flushed after every write."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def append(self, data: bytes) -> None:
        """Return when the data is on the disk."""
        os.write(self._fd, data)
        os.fdatasync(self._fd)


def throughput(folder: Path, *, groups: int, events: int, extractor: str) -> Metrics:
    """All events through one loop, in batches; until the last push is encoded."""
    reader = extractor_named(extractor)
    bare = {group: BareGroup(group, reader) for group in group_ids(groups)}
    stream = messages(list(bare), events)
    log = Appender(folder / "log")
    changed: set[GroupId] = set()
    began = pushed_at = time.perf_counter()
    cpu_began = time.process_time()
    for first in range(0, events, BATCH):
        changed |= _batch(bare, stream[first : first + BATCH], log)
        if time.perf_counter() - pushed_at >= PUSH_INTERVAL_S:
            _push(bare, changed)
            pushed_at = time.perf_counter()
    _push(bare, changed)
    return {
        "events_per_s": events / (time.perf_counter() - began),
        "cpu_s_per_event": (time.process_time() - cpu_began) / events,
    }


def _batch(bare: dict[GroupId, BareGroup], events: Sequence[MessageArrived], log: Appender) -> set[GroupId]:
    decided = [(event.message.group, bare[event.message.group].decide(event)) for event in events]
    log.append(b"".join(decision[1] for _, decision in decided if decision is not None))
    for group, decision in decided:
        if decision is not None:
            state = bare[group].state
            state.apply(state.seq + 1, decision[0])
    return {group for group, _ in decided}


def _push(bare: dict[GroupId, BareGroup], changed: set[GroupId]) -> None:
    for group in changed:
        bare[group].push()
    changed.clear()


def latency(folder: Path, *, events: int, per_second: int) -> Metrics:
    """A steady stream of appends, each flushed by itself: how long one takes.

    From its own beginning, not from its due time: a disk that is slower than the stream would otherwise
    be measured by the length of the run.
    """
    log = Appender(folder / "log")
    lines = [decision[1] for decision in _decisions(events) if decision is not None]
    latencies = []
    for line, _ in zip(lines, beat(events, per_second), strict=True):
        began = time.perf_counter()
        log.append(line)
        latencies.append(time.perf_counter() - began)
    return {"p50_s": percentile(latencies, 50), "p99_s": percentile(latencies, 99)}


def appends(folder: Path, *, lines: int) -> Metrics:
    """One line, one write, one flush, and the next: what a log without group commit does."""
    log = Appender(folder / "log")
    ready = [decision[1] for decision in _decisions(lines) if decision is not None]
    began = time.perf_counter()
    for line in ready:
        log.append(line)
    return {"lines_per_s": lines / (time.perf_counter() - began)}


def _decisions(count: int) -> list[tuple[Record, bytes] | None]:
    group = BareGroup(group_ids(1)[0], extractor_named("verbatim"))
    return [group.decide(event) for event in messages([group.state.group], count)]
