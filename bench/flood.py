"""What quiet tenants lose beside one conversation and one group that flood, each as fast as it is let.

Alone and beside the flood in turn, in one process and on one tree of actors. The flood's bursts are used up
before anything is measured: what is measured is what lasts.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event, Thread

from bench.chat import conversation_of, group_ids, messages
from bench.gauges import PATIENCE_S, Latch, NotDone, beat, percentile
from bench.live_tree import LiveTree
from bench.sample import Metrics
from nanie_actors.model import (
    ChatMessage,
    ConversationId,
    EpochMs,
    GroupId,
    MessageArrived,
    MessageId,
    RowId,
    SenderId,
)
from nanie_actors.router.edge import RouterRow
from nanie_actors.settings import Settings

EVENTS_PER_S = 2
COMMANDS_PER_S = 1
"""Of each quiet tenant: a lively household, at its liveliest."""

STATUS = '{"action":"GET_STATUS"}'
PHASES = ("alone", "beside")

MOST_EVENTS = 60_000
"""Enough for the longest run; they are made before it."""


class Flood:
    """Two edges that never rest by themselves: one conversation's commands, one group's messages."""

    def __init__(self, live: LiveTree, group: GroupId) -> None:
        self._live = live
        self._group = group
        self._on = Event()
        self.rows = 0
        self.events = 0
        for flow in (self._commands, self._messages):
            Thread(target=flow, daemon=True).start()

    def use_up_bursts(self) -> None:
        """Flood until both have had what is let in at once."""
        limits = Settings().limits
        self._on.set()
        deadline = time.perf_counter() + PATIENCE_S
        while self.rows <= limits.commands_burst or self.events <= limits.events_burst:
            if time.perf_counter() > deadline:
                raise NotDone("the flood was never slowed down")
            time.sleep(0.05)
        self._on.clear()
        self.rows = self.events = 0

    def set(self, phase: str) -> None:
        """Flood, or do not."""
        if phase == "beside":
            self._on.set()
        else:
            self._on.clear()
        time.sleep(0.2)  # what is under way comes to its end

    def _commands(self) -> None:
        conversation = conversation_of(self._group)
        for number in count():
            self._on.wait()
            self._live.inbox.put(RouterRow(RowId(f"flood-{number}"), conversation, STATUS, "bench"))
            self.rows += 1

    def _messages(self) -> None:
        door = self._live.tree.paced(self._live.ingress)
        for number in count():
            self._on.wait()
            door.put(_message(self._group, number))
            self.events += 1


@dataclass
class Figures:
    """What was measured in one kind of phase."""

    told_s: list[float] = field(default_factory=list)
    answered_s: list[float] = field(default_factory=list)
    events: int = 0
    seconds: float = 0.0


class Tenants:
    """The quiet ones: how long until an event is shown, and until a command is answered."""

    def __init__(self, live: LiveTree, groups: Sequence[GroupId]) -> None:
        self._live = live
        self._groups = groups
        self._events = iter(messages(groups, MOST_EVENTS))
        self._rows = count()
        self._told_at: dict[ConversationId, deque[float]] = {conversation_of(g): deque() for g in groups}
        self._asked_at: dict[RowId, float] = {}
        self._seen = {who: live.router.shown[who] for who in self._told_at}
        self._figures = Figures()
        self._latch = Latch(0)
        live.router.told = self._told
        live.router.answered = self._answered

    def steady(self, seconds: int, figures: Figures) -> None:
        """A steady stream of events and commands for a while; until all of it was shown and answered."""
        each = EVENTS_PER_S + COMMANDS_PER_S
        per_second = len(self._groups) * each
        self._figures, self._latch = figures, Latch(seconds * per_second)
        for number, due in enumerate(beat(seconds * per_second, per_second)):
            if number % each < EVENTS_PER_S:
                self._tell(due)
            else:
                self._ask(self._groups[number // each % len(self._groups)], due)
        self._latch.wait()

    def burst(self, events: int, figures: Figures) -> None:
        """So many events as fast as they are let in; until all of them are on disk."""
        latch = Latch(events)
        stream = [next(self._events) for _ in range(events)]
        began = time.perf_counter()
        for event in stream:
            self._live.ingress.put(event, latch.count_down)
        latch.wait()
        figures.seconds += time.perf_counter() - began
        figures.events += events

    def _tell(self, due: float) -> None:
        event = next(self._events)
        self._told_at[conversation_of(event.message.group)].append(due)
        self._live.ingress.put(event)

    def _ask(self, group: GroupId, due: float) -> None:
        row = RowId(f"quiet-{next(self._rows)}")
        self._asked_at[row] = due
        self._live.inbox.put(RouterRow(row, conversation_of(group), STATUS, self._live.router.name))

    def _told(self, conversation: ConversationId, revision: int) -> None:
        """On whichever thread; of one conversation one after the other."""
        waiting = self._told_at.get(conversation)
        if waiting is None:
            return
        now = time.perf_counter()
        for _ in range(min(revision - self._seen[conversation], len(waiting))):
            self._figures.told_s.append(now - waiting.popleft())
            self._latch.count_down()
        self._seen[conversation] = max(revision, self._seen[conversation])

    def _answered(self, row: RowId) -> None:
        asked = self._asked_at.pop(row, None)
        if asked is not None:
            self._figures.answered_s.append(time.perf_counter() - asked)
            self._latch.count_down()


def latency(folder: Path, *, tenants: int, phases: int, seconds: int) -> Metrics:
    """From the due time of an event until it is shown, and of a command until it is answered."""
    flood, quiet = _begin(folder, tenants)
    figures = {phase: Figures() for phase in PHASES}
    for phase in PHASES * phases:
        flood.set(phase)
        quiet.steady(seconds, figures[phase])
    metrics: dict[str, float] = {}
    for phase, found in figures.items():
        for name, values in (("told", found.told_s), ("answered", found.answered_s)):
            metrics |= {f"{phase}_{name}_p{p}_s": percentile(values, p) for p in (50, 95)}
    return {**metrics, **_size(flood, phases * seconds)}


def throughput(folder: Path, *, tenants: int, phases: int, events: int) -> Metrics:
    """Events that come to the disk in a second, as fast as they are let in."""
    flood, quiet = _begin(folder, tenants)
    figures = {phase: Figures() for phase in PHASES}
    for phase in PHASES * phases:
        flood.set(phase)
        quiet.burst(events, figures[phase])
    metrics = {f"{phase}_events_per_s": found.events / found.seconds for phase, found in figures.items()}
    return {**metrics, **_size(flood, figures["beside"].seconds)}


def _begin(folder: Path, tenants: int) -> tuple[Flood, Tenants]:
    *quiet, loud = group_ids(tenants + 1)
    live = LiveTree(folder, [*quiet, loud], "verbatim")
    live.wake()
    live.link()
    flood = Flood(live, loud)
    flood.use_up_bursts()
    return flood, Tenants(live, quiet)


def _size(flood: Flood, seconds: float) -> Metrics:
    """How hard the flood tried, that is how much of it the doors let pass or answered."""
    return {"flood_rows_per_s": flood.rows / seconds, "flood_events_per_s": flood.events / seconds}


def _message(group: GroupId, number: int) -> MessageArrived:
    return MessageArrived(
        ChatMessage(
            group=group,
            message_id=MessageId(f"FLOOD{number:016X}"),
            sender=SenderId("972500000099@s.whatsapp.net"),
            sender_name="Somebody",
            at=EpochMs(time.time_ns() // 1_000_000),
            kind="text",
            text="spam " * 20,
        )
    )
