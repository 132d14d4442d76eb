"""The shared log alone: many writers that go on as soon as they are told that their line is on the disk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bench.bare_pipeline import BareGroup
from bench.chat import extractor_named, group_ids, messages
from bench.gauges import Latch
from bench.sample import Metrics
from nanie_actors.model import GroupId
from nanie_actors.storage.disk import DiskResult
from nanie_actors.storage.real_disk import RealDisk
from nanie_actors.storage.shared_log import SharedLog


class Writer:
    """Appends its next line when the one before is durable."""

    def __init__(self, log: SharedLog, group: GroupId, lines: Iterator[bytes], latch: Latch) -> None:
        self._log = log
        self._group = group
        self._lines = lines
        self._latch = latch

    def go_on(self, _: DiskResult | None = None) -> None:
        """On the commit thread, but for the first time."""
        line = next(self._lines, None)
        if line is None:
            self._latch.count_down()
        else:
            self._log.append(self._group, [line], self.go_on)


def appends(folder: Path, *, lines: int, writers: int) -> Metrics:
    """`lines` of `writers` groups, one under way a group; until the last is durable."""
    log = SharedLog.open(RealDisk(), folder / "wal")
    latch = Latch(writers)
    all_writers = [
        Writer(log, group, iter(_lines(group, lines // writers)), latch) for group in group_ids(writers)
    ]
    began = time.perf_counter()
    for writer in all_writers:
        writer.go_on()
    latch.wait()
    took_s = time.perf_counter() - began
    stats = log.stats()
    return {"lines_per_s": stats.lines / took_s, "lines_per_flush": stats.lines / max(1, stats.flushes)}


def _lines(group: GroupId, count: int) -> list[bytes]:
    bare = BareGroup(group, extractor_named("verbatim"))
    decided = [bare.decide(event) for event in messages([group], count)]
    return [decision[1] for decision in decided if decision is not None]
