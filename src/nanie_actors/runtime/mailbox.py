"""The mailbox of one actor: two lanes, and the marker that says whose turn it is.

Why no wake-up is ever lost
---------------------------
A mailbox has one *marker*: a slot of the object that is filled while nobody has it. Whoever empties it is the
only one who may put the actor into the dispatcher's queue or run it. Three rules:

1. A sender first appends to a lane, then tries to take the marker. If it gets it, it schedules the actor.
   If not, somebody else holds it, and the sender is done.
2. Whoever runs the actor holds the marker. When it finds nothing to do, it first gives the marker back and
   then looks at the lanes *once more*; if there is something, it tries to take the marker again (rule 1).
3. Everything that makes waiting mail eligible (release, restart, close) changes the state first and then acts
   like a sender.

Take any message. Its append came before the sender's attempt on the marker. If that attempt failed, the
marker was held at that moment, so the holder's give-back comes later, and its second look, later still,
sees the message. Thus either the sender or the holder schedules the actor. Both attempts may succeed only
one after the other, since only one thread can empty a slot: an actor is never queued twice, never runs on two
threads, and what one turn wrote is visible to the next, because the marker passed from one to the other.
`deque.append`, `popleft` and the deletion of a slot are single atomic steps of the interpreter; nothing here
ever blocks. A lock would do as well, but is an object of its own, and to ask it costs more than the message.

To find the slot empty is an exception, which is dear, so a sender reads the flag `idle` first. It is raised
just before the marker is given back, and lowered by whoever takes it. A sender that sees it lowered comes
before a give-back that is yet to come, and the holder's second look; that is all that rule 1 needs. A
sender that sees it raised may find the marker gone all the same, and is done as well.

A stopped actor follows the same rules, only that the holder buries its mail as dead letters instead of
running it. That is why those are counted exactly, whatever races with the stop.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nanie_actors.runtime.phase import OPEN, STOPPED, Phase

if TYPE_CHECKING:
    from nanie_actors.runtime.actor import PooledActor

_NO_LANE: deque[Any] = deque(maxlen=0)
"""Stands for the system lane of all the actors that never got system mail: an empty deque takes 0.6 KB."""

_lane_lock = threading.Lock()


class _Front:
    """What a tell touches, and a turn first.

    A class of its own because a base class's slots come first in memory. With thousands of actors each cache
    line counts: these six fields fill the first, those of `Mailbox` the second, and what only the life of an
    actor needs comes behind.
    """

    __slots__ = ("actor", "idle", "interrupt", "marker", "queue", "schedule")

    actor: PooledActor | None
    idle: bool
    interrupt: bool
    marker: bool
    queue: deque[Any]
    schedule: Callable[[Any], None]


class Mailbox(_Front):
    """The lanes and the marker, and all that a turn touches.

    `interrupt` is the one flag that the hot loop looks at: it is up whenever something other than the next
    user message may be due. `schedule` is what a sender calls once it has the marker: the dispatcher's own
    function while the actor is open, `settle` while it is held, failed or stopped.
    """

    __slots__ = ("busy_since", "current", "handled", "held", "phase", "stride", "system_lane")

    def __init__(self, schedule: Callable[[Any], None]) -> None:
        self.queue = deque()
        self.system_lane = _NO_LANE
        self.idle = True
        self.marker = True
        self.schedule = schedule
        self.phase = Phase.STARTING
        self.interrupt = True
        self.held = False
        self.actor = None
        self.current: Any = None
        self.busy_since = 0.0
        self.handled = 0
        self.stride = 1

    def put_system(self, message: Any) -> None:
        """Append to the system lane and see that it is run. Any thread; never blocks."""
        lane = self.system_lane
        if lane is _NO_LANE:
            lane = self._make_lane()
        lane.append(message)
        # After the append: whoever lowers the flag looks at the lane after that.
        self.interrupt = True
        if self.idle:
            try:
                del self.marker
            except AttributeError:
                # Somebody else took it a moment ago, and will look at the lane.
                return
            self.idle = False
            self.schedule(self)

    def _make_lane(self) -> deque[Any]:
        with _lane_lock:
            if self.system_lane is _NO_LANE:
                self.system_lane = deque()
            return self.system_lane

    def take_marker(self) -> bool:
        """Take the marker; False if somebody else has it. Any thread."""
        try:
            del self.marker
        except AttributeError:
            return False
        self.idle = False
        return True

    def give_marker_back(self) -> None:
        """Whoever does this must look once more whether there is something to do."""
        self.idle = True
        self.marker = True

    def nudge(self) -> None:
        """Act like a sender: something may have become eligible."""
        if self.take_marker():
            self.schedule(self)

    def eligible(self) -> bool:
        """Whether the marker is worth taking: something may run, or is to be buried."""
        if self.phase is STOPPED:
            return bool(self.queue or self.system_lane)
        return self.runnable()

    def runnable(self) -> bool:
        """Whether a turn would find something to do."""
        if self.phase is OPEN:
            return bool(self.system_lane or (self.queue and not self.held))
        return self.phase in (Phase.STARTING, Phase.RESTARTING)
