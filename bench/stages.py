"""Where the time of an event goes: the product's own functions, stage by stage, on the pipeline's events.

Each stage is timed over a batch before the next one begins, on one thread and by its processor time, so that
neither waiting nor the watch itself counts. What the pipeline takes beyond their sum is the *remainder*:
actors being scheduled, locks, callbacks, threads that wait for the interpreter, memory that is in no cache.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from bench.bare_pipeline import BATCH, RECENT_MESSAGES, SHOWN_EVENTS
from bench.chat import conversation_of, extractor_named, group_ids, messages
from bench.pipeline import throughput
from bench.runtime import fan_out
from bench.sample import Metrics
from nanie_actors.actors.directory import GroupDirectory
from nanie_actors.actors.gate import Gate
from nanie_actors.actors.group_knowledge import GroupKnowledge
from nanie_actors.actors.group_remains import WritesUnderWay
from nanie_actors.actors.group_writer import GroupWriter
from nanie_actors.actors.push_ledger import PushLedger
from nanie_actors.messages import FilesWritten
from nanie_actors.model import GroupId, MessageArrived
from nanie_actors.packed_keys import PackedKeys
from nanie_actors.protocol.replies import timeline_update
from nanie_actors.settings import Settings
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.documents import JsonDocument
from nanie_actors.storage.group_files import GroupFiles
from nanie_actors.storage.lines import encode_line
from nanie_actors.ticket import Ticket
from nanie_actors.timeline.decisions import EventDecider
from nanie_actors.timeline.extractor import Extractor
from nanie_actors.timeline.record_codec import encode_record
from nanie_actors.timeline.records import Record
from nanie_actors.timeline.state import GroupState
from nanie_actors.timeline.view import TimelineView
from nanie_actors.whatsapp.edge import nobody_waits
from nanie_actors.whatsapp.recording import decode_event, encode_event

A = TypeVar("A")
B = TypeVar("B")

BEFORE = "decode"
"""Not in the pipeline's figure: there, events come decoded."""

WAITED = "flush"
"""Not in the pipeline's figure either: the disk's time, in which the processor does other things."""

OUTSIDE = frozenset({BEFORE, WAITED})

ORDER = (
    "decode",
    "enter and settle",
    "route",
    "tells",
    "dedupe",
    "extract",
    "decide",
    "encode record",
    "write",
    "flush",
    "apply",
    "group files",
    "announce",
    "encode push",
)
"""The stages, in the order in which an event goes through them."""


class _Group:
    """What a group's actor works with, without the actor."""

    def __init__(self, group: GroupId, extractor: Extractor, disk: DirectDisk, folder: Path) -> None:
        self.state = GroupState(group, recent_messages=RECENT_MESSAGES)
        self.state.active = True
        self.deduping = self._knowledge()
        self.decider = EventDecider(extractor, self._knowledge())
        files = GroupFiles(disk, folder / group, group)
        files.load()
        self.writer = GroupWriter(
            group, files, WritesUnderWay(), message_log=Settings().groups.message_log, incarnation=1
        )
        self.lines = 0

    def encode(self, record: Record) -> bytes:
        self.lines += 1
        kind, at, data = encode_record(record)
        return encode_line(self.state.group, self.lines, kind, at, data)

    def apply(self, record: Record, line: bytes) -> Callable[[], None]:
        """Take a record in; what is left to do for it is to note it for the group's files."""
        applied = self.state.apply(self.state.seq + 1, record)
        return partial(self.writer.absorbed, record, applied, line)

    def write_if_due(self) -> None:
        if self.writer.due(self.state):
            self.writer.write(self.state, self._written)

    def _written(self, told: FilesWritten) -> None:
        self.writer.written(told.result)

    def _knowledge(self) -> GroupKnowledge:
        return GroupKnowledge(
            self.state, PackedKeys(), under_way=lambda: (), stored=lambda _: iter(()), posting=lambda _: None
        )


class _Stages:
    """The watch, and everything that events go through."""

    def __init__(self, folder: Path, groups: Sequence[GroupId], extractor: str, flushed: int) -> None:
        """`flushed`: records that share a flush."""
        folder.mkdir()
        disk = DirectDisk()
        self.spent_s: dict[str, float] = defaultdict(float)
        self._extractor = extractor_named(extractor)
        self._groups = {group: _Group(group, self._extractor, disk, folder) for group in groups}
        self._flushed = flushed
        self._gate = Gate("the bench", places=BATCH, per_key=BATCH)
        self._directory = GroupDirectory()
        self._pushes = PushLedger(JsonDocument(disk, folder / "debts"))
        self._log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def take(self, lines: Sequence[bytes]) -> None:
        """One batch of recorded events, through all stages."""
        events = self._timed("decode", lines, _arrived)
        self._timed("enter and settle", events, self._enter)
        owners = self._timed("route", events, self._route)
        pairs = list(zip(owners, events, strict=True))
        self._timed("dedupe", pairs, _dedupe)
        self._timed("extract", events, self._extract)
        records = self._timed("decide", pairs, _decide)
        recorded = list(zip(owners, records, strict=True))
        encoded = self._timed("encode record", recorded, _encode)
        self._flush(encoded)
        rest = self._timed("apply", zip(owners, records, encoded, strict=True), _apply)
        self._timed("group files", zip(owners, rest, strict=True), _store)
        views = self._timed("announce", owners, self._announce)
        self._timed("encode push", views, timeline_update)

    def _timed(self, stage: str, things: Iterable[A], work: Callable[[A], B]) -> list[B]:
        ready = list(things)
        began = time.thread_time()
        done = [work(thing) for thing in ready]
        self.spent_s[stage] += time.thread_time() - began
        return done

    def _flush(self, lines: Sequence[bytes]) -> None:
        """The processor's part, and what is waited for the disk."""
        began, cpu_began = time.perf_counter(), time.thread_time()
        for first in range(0, len(lines), self._flushed):
            os.write(self._log, b"".join(lines[first : first + self._flushed]))
            os.fdatasync(self._log)
        cpu_s = time.thread_time() - cpu_began
        self.spent_s["write"] += cpu_s
        self.spent_s[WAITED] += time.perf_counter() - began - cpu_s

    def _enter(self, event: MessageArrived) -> None:
        key = event.message.group
        self._gate.enter(key)
        Ticket(self._gate, key, nobody_waits).settle()

    def _route(self, event: MessageArrived) -> _Group:
        self._directory.learn(event)
        return self._groups[event.message.group]

    def _extract(self, event: MessageArrived) -> None:
        self._extractor.extract(event.message.text, event.message.at)

    def _announce(self, group: _Group) -> TimelineView:
        view = group.state.view(SHOWN_EVENTS)
        conversation = conversation_of(view.group)
        self._pushes.owe(conversation, view.group, view.revision)
        self._pushes.pay(conversation, view.group, view.revision)
        return view


def _arrived(line: bytes) -> MessageArrived:
    event = decode_event(line)
    assert isinstance(event, MessageArrived)
    return event


def _dedupe(pair: tuple[_Group, MessageArrived]) -> None:
    group, event = pair
    group.deduping.take_new(event.message.sender, event.message.message_id)


def _decide(pair: tuple[_Group, MessageArrived]) -> Record:
    group, event = pair
    record = group.decider.decide(group.state, event)
    assert record is not None
    return record


def _encode(pair: tuple[_Group, Record]) -> bytes:
    group, record = pair
    return group.encode(record)


def _apply(place: tuple[_Group, Record, bytes]) -> Callable[[], None]:
    group, record, line = place
    return group.apply(record, line)


def _store(pair: tuple[_Group, Callable[[], None]]) -> None:
    group, absorb = pair
    absorb()
    group.write_if_due()


TELLS = 3
"""Messages from actor to actor for an event that comes alone: to the gateway, the group, the conversation."""


def profile(folder: Path, *, groups: int, events: int, extractor: str) -> Metrics:
    """Seconds of each stage an event, and those of the whole pipeline for the same events."""
    ids = group_ids(groups)
    whole = throughput(folder / "whole", groups=groups, events=events, extractor=extractor)
    stages = _Stages(folder / "stages", ids, extractor, max(1, round(whole["lines_per_flush"])))
    recorded = [encode_event(event) for event in messages(ids, events)]
    for first in range(0, events, BATCH):
        stages.take(recorded[first : first + BATCH])
    spent = {stage: seconds / events for stage, seconds in stages.spent_s.items()}
    spent["decide"] = max(0.0, spent["decide"] - spent["dedupe"] - spent["extract"])
    told = fan_out(folder, kind="pooled", actors=groups, messages=events)
    spent["tells"] = TELLS / told["messages_per_s"]
    return {**{stage: spent[stage] for stage in ORDER}, "whole": whole["cpu_s_per_event"]}
