"""What one tenant may take at the worker's doors, so that the others do not notice it.

Asked on the edges' own threads, before any actor hears of a row or an event: whoever floods costs no turn of
anybody's.
"""

from __future__ import annotations

from threading import Lock

from nanie_actors.actors.outlet import Outlet
from nanie_actors.actors.token_bucket import Buckets, Rate
from nanie_actors.errors import RateLimited
from nanie_actors.model import ConnectionChanged, Inbound, MessageArrived, group_of
from nanie_actors.protocol import replies
from nanie_actors.router.edge import RouterRow
from nanie_actors.runtime import Clock

RECENT_MS = 3_600_000
"""Events that are older than this do not count: a history sync and an exported chat are no flood."""

TOO_MANY = "Too many commands of this conversation; nothing was done"


class CommandLimit:
    """Thread-safe."""

    def __init__(self, rate: Rate, outlet: Outlet, clock: Clock) -> None:
        self._buckets = Buckets(rate)
        self._outlet = outlet
        self._clock = clock
        self._lock = Lock()
        self.refused = 0

    def refuses(self, row: RouterRow) -> bool:
        """Whether this is one too many. Then it is answered here, and needs nothing more."""
        with self._lock:
            wait_s = self._buckets.take(row.conversation, self._clock.monotonic())
            self.refused += bool(wait_s)
        if not wait_s:
            return False
        if row.content.lstrip().startswith("{"):
            body = replies.error(RateLimited(TOO_MANY, wait_s))
            self._outlet.reply(row, body, lambda _: self._outlet.finished(row, keep=False))
        else:
            # It may be for the app's language model.
            self._outlet.finished(row, keep=True)
        return True


class EventPace:
    """Thread-safe."""

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._buckets = Buckets(rate)
        self._clock = clock
        self._lock = Lock()

    def wait_s(self, event: Inbound) -> float:
        """Seconds for which the event's source has to wait before it asks again; 0: hand it in."""
        if isinstance(event, ConnectionChanged):
            return 0.0
        at = event.message.at if isinstance(event, MessageArrived) else event.at
        if self._clock.now_ms() - at > RECENT_MS:
            return 0.0
        with self._lock:
            return self._buckets.take(group_of(event), self._clock.monotonic())
