"""The product's whole way of an event: from the source to a push that the transport has accepted."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

from bench.chat import conversation_of, group_ids, messages
from bench.gauges import Latch, beat, percentile
from bench.live_tree import LiveTree
from bench.sample import Metrics
from nanie_actors.model import ConversationId


def throughput(folder: Path, *, groups: int, events: int, extractor: str) -> Metrics:
    """Events as fast as the ingress lets them in; until every conversation was shown its newest state."""
    live = LiveTree(folder, group_ids(groups), extractor)
    live.wake()
    live.link()
    stream = messages(live.groups, events)
    told = live.told_all(more=events // groups)
    before = live.router.deliveries
    began, cpu_began = time.perf_counter(), time.process_time()
    live.put(stream)
    live.until_durable()
    durable_s = time.perf_counter() - began
    told.wait()
    told_s = time.perf_counter() - began
    cpu_s = time.process_time() - cpu_began
    stats = live.tree.log.stats()
    return {
        "events_per_s": events / told_s,
        "durable_per_s": events / durable_s,
        "cpu_s_per_event": cpu_s / events,
        "pushes": live.router.deliveries - before,
        "lines_per_flush": stats.lines / max(1, stats.flushes),
    }


def half_capacity(folder: Path, *, groups: int, events: int, seconds: float) -> Metrics:
    """How long events take at half the rate at which they can be taken, which is measured first.

    From the due time of each event until it is *told*: on disk, applied, its source and its conversations
    told. Not until a push shows it: by design a busy group is pushed no more often than every 0.1 s.
    """
    live = LiveTree(folder, group_ids(groups), "verbatim")
    live.wake()
    live.link()
    per_second = _capacity(live, events) / 2
    count = int(per_second * seconds) // groups * groups
    stream = messages(live.groups, events + count)[events:]
    told_s: list[float] = []
    latch = Latch(count)
    shown = live.told_all(more=count // groups)
    for event, due in zip(stream, beat(count, per_second), strict=True):

        def settled(due: float = due) -> None:
            told_s.append(time.perf_counter() - due)
            latch.count_down()

        live.ingress.put(event, settled)
    latch.wait()
    shown.wait()
    return {
        "capacity_per_s": 2 * per_second,
        "p50_s": percentile(told_s, 50),
        "p99_s": percentile(told_s, 99),
    }


def _capacity(live: LiveTree, events: int) -> float:
    """Events a second, as fast as they are taken, until every conversation was shown its newest state."""
    stream = messages(live.groups, events)
    told = live.told_all(more=events // len(live.groups))
    began = time.perf_counter()
    live.put(stream)
    told.wait()
    return events / (time.perf_counter() - began)


def latency(folder: Path, *, groups: int, events: int, per_second: int) -> Metrics:
    """A steady stream; from the due time of each event until a push shows it."""
    live = LiveTree(folder, group_ids(groups), "verbatim")
    live.wake()
    live.link()
    stream = messages(live.groups, events)
    under_way: dict[ConversationId, deque[float]] = {conversation_of(group): deque() for group in live.groups}
    seen = dict(live.router.shown)
    latencies: list[float] = []
    latch = Latch(events)

    def told(conversation: ConversationId, revision: int) -> None:
        now = time.perf_counter()
        for _ in range(revision - seen[conversation]):
            latencies.append(now - under_way[conversation].popleft())
            latch.count_down()
        seen[conversation] = revision

    live.router.told = told
    for event, due in zip(stream, beat(events, per_second), strict=True):
        under_way[conversation_of(event.message.group)].append(due)
        live.ingress.put(event)
    latch.wait()
    flush = live.tree.log.stats()
    return {
        "p50_s": percentile(latencies, 50),
        "p99_s": percentile(latencies, 99),
        "flush_p50_s": flush.p50_flush_s,
        "flush_p99_s": flush.p99_flush_s,
    }
