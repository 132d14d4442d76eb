"""What an event carries on its way to the disk: its place at the ingress, and who waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from nanie_actors.following.trail import Trail

logger = logging.getLogger(__name__)


class Places(Protocol):
    """As much of the gate as a ticket needs."""

    def settle(self, key: str, count: int = 1) -> None:
        """Give places back; never blocks."""


class Ticket:
    """Goes with its event from hand to hand; whoever finishes the event ends the ticket, once.

    One thread holds it at a time. Ending it again does nothing. `trail` is there if somebody follows it.
    """

    __slots__ = ("_key", "_places", "_settled", "trail")

    def __init__(
        self, places: Places, key: str, settled: Callable[[], None], trail: Trail | None = None
    ) -> None:
        self._places: Places | None = places
        self._key = key
        self._settled = settled
        self.trail = trail

    def settle(self) -> None:
        """The event is on disk, was there before, or is none of ours: its source may forget it."""
        settle_all((self,))

    def lose(self) -> None:
        """The event is nowhere on disk, and gone from here: its source keeps what it may have of it."""
        places, self._places = self._places, None
        if places is not None:
            places.settle(self._key)
            if self.trail is not None:
                self.trail.settle()


def settle_all(tickets: Iterable[Ticket]) -> None:
    """Settle each; places of one key are given back together, which is a lock less for each of a batch.

    The sources hear of it before their places are free: who waits for an empty gate waits for that, too.
    """
    held: Places | None = None
    key, count = "", 0
    trails: list[Trail] = []
    for ticket in tickets:
        places, ticket._places = ticket._places, None
        if places is None:
            continue
        try:
            ticket._settled()
        except Exception:
            # It is the source that failed: no group shall be restarted for that.
            logger.exception("a WhatsApp source failed when it was told that an event is settled")
        if ticket.trail is not None:
            trails.append(ticket.trail)
        if places is held and ticket._key == key:
            count += 1
            continue
        if held is not None:
            held.settle(key, count)
        held, key, count = places, ticket._key, 1
    if held is not None:
        held.settle(key, count)
    for trail in trails:
        trail.settle()
