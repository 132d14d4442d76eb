"""What a long timeline costs the events that come to it: nothing, if storing and pushing are well made."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import orjson

from bench.bare_pipeline import SHOWN_EVENTS, BareGroup
from bench.chat import extractor_named, group_ids, messages
from bench.live_tree import LiveTree
from bench.sample import Metrics
from nanie_actors.protocol.replies import timeline_update
from nanie_actors.timeline.view import TimelineView


def event_cost(folder: Path, *, groups: int, length: int, events: int, built: str) -> Metrics:
    """Events to groups that have `length` each already, through the product's whole pipeline.

    With one group: enough events for its files to be compacted on the way, which is due when the timeline
    has doubled. What writing them takes is the run's, as they are written while it goes on.
    """
    ids = group_ids(groups)
    shutil.copytree(built, folder, dirs_exist_ok=True)
    live = LiveTree(folder, ids, "verbatim")
    live.wake()
    live.link()
    each = [messages([group], length + events // groups)[length:] for group in ids]
    stream = [event for turn in zip(*each, strict=True) for event in turn]
    told = live.told_all(more=events // groups)
    began, cpu_began = time.perf_counter(), time.process_time()
    live.put(stream)
    told.wait()
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    return {
        "s_per_event": took_s / events,
        "cpu_s_per_event": cpu_s / events,
        "events_per_s": events / took_s,
    }


def pushes(_folder: Path, *, pushes: int) -> Metrics:
    """The newest events as one update: from the lines that the timeline keeps, and encoded anew."""
    group = BareGroup(group_ids(1)[0], extractor_named("verbatim"))
    for event in messages([group.state.group], SHOWN_EVENTS):
        decision = group.decide(event)
        assert decision is not None
        group.state.apply(group.state.seq + 1, decision[0])
    kept_s = anew_s = 0.0
    decoded = [orjson.loads(line) for line in group.state.view(SHOWN_EVENTS).events]
    for _ in range(pushes):
        began = time.perf_counter()
        timeline_update(group.state.view(SHOWN_EVENTS))
        kept_at = time.perf_counter()
        lines = (orjson.dumps(decoded)[1:-1],)
        timeline_update(TimelineView(group.state.group, "", 1, lines))
        kept_s += kept_at - began
        anew_s += time.perf_counter() - kept_at
    return {"kept_s": kept_s / pushes, "anew_s": anew_s / pushes}
