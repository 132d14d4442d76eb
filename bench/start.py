"""How soon a worker with many groups on disk serves its first command, and what it has in memory then."""

from __future__ import annotations

import time
from pathlib import Path

import orjson

from bench.bare_pipeline import SHOWN_EVENTS
from bench.chat import conversation_of, group_ids
from bench.gauges import NotDone, percentile
from bench.sample import Metrics
from bench.stdio_worker import StdioWorker, stdio_worker
from bench.stored_groups import large_groups
from nanie_actors.model import GroupId
from nanie_actors.storage.layout import StateLayout


def stored(_folder: Path, *, groups: int, large: int, built: str) -> Metrics:
    """The real program, from the start of its process until a linked conversation has its timeline; then the
    first touch of each of the large groups, which sleep on the disk."""
    began = time.perf_counter()
    with stdio_worker(Path(built)) as worker:
        _show(worker, group_ids(1)[0])
        ready_s = time.perf_counter() - began
        peak = worker.peak_bytes()
        touches = []
        for group in large_groups(groups, large):
            asked = time.perf_counter()
            _show(worker, group)
            touches.append(time.perf_counter() - asked)
        worker.finish()
    return {"ready_s": ready_s, "peak_bytes": peak, "touch_s": percentile(touches, 50)}


def empty(folder: Path) -> Metrics:
    """The real program with nothing on disk, from the start of its process until its first answer."""
    began = time.perf_counter()
    with stdio_worker(folder) as worker:
        worker.ask("conversation", action="GET_STATUS")
        ready_s = time.perf_counter() - began
        peak = worker.peak_bytes()
        worker.finish()
    return {"ready_s": ready_s, "peak_bytes": peak}


def reading(_folder: Path, *, groups: int, large: int, built: str) -> Metrics:
    """What nobody can leave out of a first touch who keeps JSON: read it, decode it, encode the newest."""
    layout = StateLayout(Path(built))
    reads = []
    for group in large_groups(groups, large):
        began = time.perf_counter()
        orjson.dumps(orjson.loads(layout.timeline(group).read_bytes())[-SHOWN_EVENTS:])
        reads.append(time.perf_counter() - began)
    return {"touch_s": percentile(reads, 50)}


def _show(worker: StdioWorker, group: GroupId) -> None:
    reply = worker.ask(conversation_of(group), action="GET_STATUS")
    if reply.get("type") != "DATA" or not reply["data"]["events"]:
        raise NotDone("a conversation was not shown its timeline")
