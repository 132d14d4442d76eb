"""What an event carries on its way to the disk: its place at the ingress, and who waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from nanie_actors.following.trail import Trail

logger = logging.getLogger(__name__)


class Places(Protocol):
    """As much of the gate as a ticket needs."""

    def settle(self, key: str) -> None:
        """Give one place back; never blocks."""


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
        """The event is on disk, was there before, or is none of ours: its source may forget it.

        The source hears of it before the place is free: who waits for an empty gate waits for that, too.
        """
        places, self._places = self._places, None
        if places is not None:
            self._tell()
            places.settle(self._key)
            if self.trail is not None:
                self.trail.settle()

    def lose(self) -> None:
        """The event is nowhere on disk, and gone from here: its source keeps what it may have of it."""
        places, self._places = self._places, None
        if places is not None:
            places.settle(self._key)
            if self.trail is not None:
                self.trail.settle()

    def _tell(self) -> None:
        try:
            self._settled()
        except Exception:
            # It is the source that failed: no group shall be restarted for that.
            logger.exception("a WhatsApp source failed when it was told that an event is settled")
