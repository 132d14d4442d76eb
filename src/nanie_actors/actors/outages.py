"""When an outage of WhatsApp is worth telling. Pure: connections and times in, decisions out.

online ──down──► waiting ──it lasts──► told
  ▲                 │ back (nobody is told)  │
  └─────────────────┴────────────────────────┘ back (everybody is told at once)
"""

from __future__ import annotations

from collections.abc import Iterable

from nanie_actors.model import ConnectionState, EpochMs
from nanie_actors.protocol.outages import Outage


class Reachability:
    """Whether WhatsApp can be reached, by what its sources say. A played source never counts."""

    def __init__(self, live: Iterable[str], now: EpochMs) -> None:
        """`live`: the names of the sources that have a live account behind them."""
        self._outages: dict[str, Outage | None] = {name: Outage("connecting", now) for name in live}

    def changed(self, source: str, state: ConnectionState, until: EpochMs | None, now: EpochMs) -> None:
        """A source's connection changed."""
        if source not in self._outages:
            return
        before = self._outages[source]
        since = now if before is None else before.since
        self._outages[source] = None if state == "online" else Outage(state, since, until)

    @property
    def outage(self) -> Outage | None:
        """What is wrong; None while a live source is online, or where there is none."""
        outages = list(self._outages.values())
        return None if None in outages else next(iter(outages), None)


class OutageWatch:
    """Tells an outage from a short drop. Seconds are of one monotonic clock."""

    def __init__(self, after_s: float) -> None:
        """`after_s`: how long WhatsApp must have been out of reach before anybody is told."""
        self._after_s = after_s
        self._down_at: float | None = None
        self._told = False

    @property
    def told(self) -> bool:
        """Whether people know that WhatsApp is out of reach."""
        return self._told

    def down(self, now_s: float) -> bool:
        """It is out of reach; says whether that is new: ask `lasts` when `after_s` is over."""
        if self._down_at is not None:
            return False
        self._down_at = now_s
        return True

    def back(self) -> bool:
        """It is within reach; says whether people are to be told."""
        told, self._told = self._told, False
        self._down_at = None
        return told

    def lasts(self, now_s: float) -> bool:
        """Whether people are to be told now. A drop that began later than this was asked for is not meant."""
        if self._told or self._down_at is None or now_s - self._down_at < self._after_s:
            return False
        self._told = True
        return True


class OutageBoard:
    """What a conversation that links now is to be told. Written by the registry, read from any thread."""

    __slots__ = ("push",)

    def __init__(self) -> None:
        self.push: bytes | None = None
