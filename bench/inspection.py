"""What looking costs: dumps beside a flood of events, and one of ten thousand actors under load.

That nobody looks costs nothing by construction: what a report tells is read, by whoever wants it, from fields
that the runtime writes to do its own work; and an actor's own words are made when they are asked for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread

import orjson

from bench.chat import group_ids, messages
from bench.gauges import NotDone, beat, percentile
from bench.live_worker import LiveWorker
from bench.sample import Metrics
from nanie_actors.inspection.dump import DumpRequest
from nanie_actors.model import MessageArrived


def throughput(folder: Path, *, groups: int, events: int, every_s: float) -> Metrics:
    """The pipeline's rate with and without somebody who asks for a dump every so often: without, with, with,
    without, so that neither what grows meanwhile nor a busy minute is one side's alone."""
    live = _linked(folder, groups)
    stream = messages(live.groups, 4 * events)
    rates: dict[str, list[float]] = {"alone": [], "watched": []}
    dumps: list[float] = []
    for phase, watched in enumerate((False, True, True, False)):
        part = stream[phase * events : (phase + 1) * events]
        if watched:
            watcher = _Watcher(live, every_s)
            rates["watched"].append(_rate(live, part))
            dumps += watcher.stop()
        else:
            rates["alone"].append(_rate(live, part))
    return {
        "alone_per_s": sum(rates["alone"]) / 2,
        "watched_per_s": sum(rates["watched"]) / 2,
        "dumps": len(dumps),
    }


def dump(folder: Path, *, groups: int, dumps: int, per_second: int) -> Metrics:
    """Whole dumps of all actors, one of them per group and one per conversation, while events come steadily;
    and how long the same takes while nothing happens."""
    live = _linked(folder, groups)
    quiet = [_dump(live) for _ in range(dumps)]
    over = Event()
    load = Thread(target=_keep_busy, args=(live, per_second, over), daemon=True)
    load.start()
    busy = [_dump(live) for _ in range(dumps)]
    over.set()
    load.join()
    return {"quiet_s": percentile(quiet, 50), "busy_s": percentile(busy, 50), "worst_s": max(busy)}


class _Watcher:
    """Asks for a dump every so often, on a thread of its own, until told to stop."""

    def __init__(self, live: LiveWorker, every_s: float) -> None:
        self._live = live
        self._every_s = every_s
        self._over = Event()
        self._took: list[float] = []
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> list[float]:
        """How long each dump took, in seconds."""
        self._over.set()
        self._thread.join()
        return self._took

    def _watch(self) -> None:
        while True:
            self._took.append(_dump(self._live))
            if self._over.wait(self._every_s):
                return


def _linked(folder: Path, groups: int) -> LiveWorker:
    # The name of the control socket has to be short; it counts as it is written.
    os.chdir(folder)
    live = LiveWorker(Path("s"), group_ids(groups), "verbatim")
    live.wake()
    live.link()
    return live


def _rate(live: LiveWorker, events: Sequence[MessageArrived]) -> float:
    told = live.told_all(more=len(events) // len(live.groups))
    began = time.perf_counter()
    live.put(events)
    told.wait()
    return len(events) / (time.perf_counter() - began)


def _keep_busy(live: LiveWorker, per_second: int, over: Event) -> None:
    stream = messages(live.groups, 60 * per_second)
    for event, _ in zip(stream, beat(len(stream), per_second), strict=True):
        if over.is_set():
            return
        live.ingress.put(event)


def _dump(live: LiveWorker) -> float:
    """The seconds that a whole dump takes, until it is the text that is sent. Raises NotDone if an
    actor is missing in it."""
    began = time.perf_counter()
    found = live.worker.take_dump(DumpRequest())
    orjson.dumps(found)
    took_s = time.perf_counter() - began
    if len(found["actors"]) < 2 * len(live.groups):
        raise NotDone("the dump does not show every actor")
    return took_s
