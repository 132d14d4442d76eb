"""The worker's bounded doors: an edge waits here while too much of what it handed in is unsettled.

This is the only place where a thread of an edge waits for the actors; no actor ever waits for an edge.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Condition, Event, Lock
from typing import Any, Protocol

from nanie_actors.actors.tenant_limits import CommandLimit, EventPace
from nanie_actors.following.trails import Trails
from nanie_actors.messages import Deliver, Incoming, RowArrived
from nanie_actors.model import ConnectionChanged, GroupSeen, Inbound, MessageArrived, group_of
from nanie_actors.router.edge import InboxClosed, RouterRow
from nanie_actors.ticket import Ticket
from nanie_actors.whatsapp.edge import Ingress, IngressClosed, nobody_waits

logger = logging.getLogger(__name__)

SAY_SO_AFTER_S = 5.0
"""An edge that waits longer than this is logged once a wait: people should know why nothing moves."""

PER_GROUP_SHARE = 16
"""One group may hold a sixteenth of the places, so that a slow or failing one cannot shut the others out."""

PER_CONVERSATION_SHARE = 2
"""One conversation may hold half of the places: less would let the transport's one thread wait for it sooner,
and everybody else with it; all of them would shut out the other transports."""

REST_S = 0.005
"""How long an edge rests that found all places taken. If it went in as soon as one is free, it would be woken
for every batch that is settled, and the actors would share the interpreter with it each time."""

BREATH_S = 0.001
"""How long an edge rests after a command that was one too many: a flood of refusals costs a few per cent of a
processor, and whoever comes behind it through the same edge waits a second for a thousand of them."""


class GateClosed(Exception):
    """Nobody is let in any more: the worker is stopping."""


class Gate:
    """Counts what is inside, in all and by key, and lets edges wait for a place. Thread-safe."""

    def __init__(self, name: str, *, places: int, per_key: int) -> None:
        self._name = name
        self._places = places
        self._per_key = per_key
        self._inside: dict[str, int] = {}
        self._total = 0
        self._closed = False
        self._lock = Lock()  # taken twice for every event: a condition would cost five times as much
        self._changed = Condition(self._lock)
        self._waiting = 0
        self.waits = 0

    @property
    def inside(self) -> int:
        """How much was handed in and is not settled."""
        return self._total

    def enter(self, key: str) -> None:
        """Take a place; waits for one. Raises GateClosed."""
        with self._lock:
            inside = self._inside.get(key, 0)
            if self._closed or self._total >= self._places or inside >= self._per_key:
                inside = self._wait_for_room(key)
            self._inside[key] = inside + 1
            self._total += 1

    def admit(self, key: str) -> Ticket:
        """Count what comes in by another way than an edge, and that nobody else keeps; never waits."""
        with self._lock:
            self._inside[key] = self._inside.get(key, 0) + 1
            self._total += 1
        return Ticket(self, key, nobody_waits)

    def settle(self, key: str, count: int = 1) -> None:
        """Give places back; never blocks."""
        with self._lock:
            left = self._inside[key] - count
            if left > 0:
                self._inside[key] = left
            else:
                del self._inside[key]
            self._total -= count
            if self._waiting:
                self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Let the calling edge wait, to slow it down. Raises GateClosed."""
        with self._lock:
            self.waits += 1
            if self._wait_for(lambda: self._closed, seconds):
                raise GateClosed

    def close(self) -> None:
        """Let nobody in any more; those who wait get GateClosed."""
        with self._lock:
            self._closed = True
            self._changed.notify_all()

    def wait_empty(self, timeout_s: float) -> bool:
        """Wait until everything inside is settled; False when the time is over."""
        with self._lock:
            return self._wait_for(lambda: self._total == 0, timeout_s)

    def _has_room(self, key: str) -> bool:
        return self._closed or (self._total < self._places and self._inside.get(key, 0) < self._per_key)

    def _wait_for_room(self, key: str) -> int:
        """How many of the key are inside when there is room for one more. Raises GateClosed."""
        if not self._closed:
            self.waits += 1
            if self._total >= self._places:
                self._changed.wait_for(lambda: self._closed, REST_S)
            if not self._wait_for(lambda: self._has_room(key), SAY_SO_AFTER_S):
                logger.warning("%s is full (%d unsettled): its edge waits", self._name, self._total)
                self._wait_for(lambda: self._has_room(key), None)
        if self._closed:
            raise GateClosed
        return self._inside.get(key, 0)

    def _wait_for(self, met: Callable[[], bool], timeout_s: float | None) -> bool:
        """Wait with the lock in hand; says whether it came to pass."""
        self._waiting += 1
        try:
            return self._changed.wait_for(met, timeout_s)
        finally:
            self._waiting -= 1


class Told(Protocol):
    """As much of an actor reference as a door needs."""

    def tell(self, message: Any, /) -> None:
        """Put a message into the actor's mailbox."""


class SourceWatch:
    """How far a source is, for those who start and stop the worker. Thread-safe."""

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self.announced = Event()
        """It has told which groups it has, or cannot tell them soon: nobody need wait for it."""
        self.ended = Event()
        """It will tell nothing more."""

    def saw(self, event: Inbound) -> None:
        """The source handed in this event."""
        match event:
            case ConnectionChanged(state="finished" | "failed"):
                self.announced.set()
                self.ended.set()
            case ConnectionChanged(state="connecting") | GroupSeen():
                pass
            case ConnectionChanged(state="online") if not self._live:
                pass  # What is played tells its groups from here on, before their messages.
            case ConnectionChanged():
                self.announced.set()
            case _ if self._live:
                pass  # What an earlier run left may come first; `online` comes after the groups.
            case _:
                self.announced.set()


class GatewayIngress:
    """The door on WhatsApp's side. Implements whatsapp.edge.Ingress; shared by all sources."""

    def __init__(self, gate: Gate, gateway: Told, trails: Trails) -> None:
        self._gate = gate
        self._gateway = gateway
        self._trails = trails

    def put(self, event: Inbound, settled: Callable[[], None] = nobody_waits) -> None:
        """Hand in one event; waits while the gate is full. Raises IngressClosed."""
        key = event.message.group if isinstance(event, MessageArrived) else key_of(event)
        try:
            self._gate.enter(key)
        except GateClosed:
            raise IngressClosed from None
        trail = self._trails.begin(event) if self._trails.following else None
        ticket = Ticket(self._gate, key, settled, trail)
        if isinstance(event, ConnectionChanged):
            self._gateway.tell(Incoming(event, ticket))
        else:
            self._gateway.tell(Deliver(event, ticket))


class WatchedIngress:
    """What one source hands its events to, so that its progress is known."""

    def __init__(self, inner: Ingress, watch: SourceWatch) -> None:
        self._inner = inner
        self._watch = watch

    def put(self, event: Inbound, settled: Callable[[], None] = nobody_waits) -> None:
        """Hand in one event; waits and raises as the inner ingress does."""
        self._inner.put(event, settled)
        self._watch.saw(event)


class PacedIngress:
    """What a live source hands its events to, so that no group tells more than is its share."""

    def __init__(self, inner: Ingress, gate: Gate, pace: EventPace) -> None:
        self._inner = inner
        self._gate = gate
        self._pace = pace

    def put(self, event: Inbound, settled: Callable[[], None] = nobody_waits) -> None:
        """Hand in one event; waits while its group floods, and as the inner ingress does."""
        try:
            while wait_s := self._pace.wait_s(event):
                self._gate.pause(wait_s)
        except GateClosed:
            raise IngressClosed from None
        self._inner.put(event, settled)


def key_of(event: Inbound) -> str:
    """Whose places an event takes."""
    return "" if isinstance(event, ConnectionChanged) else group_of(event)


class InboxGate:
    """What transports hand rows to. Implements router.edge.RowInbox."""

    def __init__(self, gate: Gate, registry: Told, limit: CommandLimit | None = None) -> None:
        """`limit` answers what a conversation sends beyond its share."""
        self._gate = gate
        self._registry = registry
        self._limit = limit

    def put(self, row: RouterRow) -> None:
        """Hand in one row; waits while the gate is full, or a moment if it is refused. Raises InboxClosed."""
        try:
            self._gate.enter(row.conversation)
            if self._limit is not None and self._limit.refuses(row):
                self._gate.pause(BREATH_S)
                return
        except GateClosed:
            raise InboxClosed from None
        self._registry.tell(RowArrived(row))
