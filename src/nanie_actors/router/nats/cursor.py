"""How far the stream of rows was read. Pure.

A stream numbers its messages, in the order in which they take effect. What is kept on the disk is the place
below which every row is settled; after a restart the stream is read from there on, in its order. Some rows
come again then, and whoever handles them knows their ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

ROUNDED_US: Final = 1_000
"""By how much two tellings of one time may differ."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A message's number in its stream, and when the stream took it (microseconds since the epoch)."""

    sequence: int
    at_us: int


class RowCursor:
    """Not thread-safe. A stream is known by when it was made: another one of the same name counts anew."""

    def __init__(self, stream: str | None = None, after: Place | None = None) -> None:
        self._stream = stream
        self._after = after
        self._unsettled: dict[str, list[Place]] = {}

    @classmethod
    def load(cls, stored: Mapping[str, Any] | None) -> Self:
        """Go on where an earlier run was; as on the first start if nothing is stored that can be read."""
        match stored:
            case {"stream": str(stream), "after": int(sequence), "at": int(at)}:
                return cls(stream, Place(sequence, at))
            case _:
                return cls()

    @property
    def stored(self) -> Mapping[str, Any] | None:
        """What a restart must know."""
        place = self.durable
        return None if place is None else {"stream": self._stream, "after": place.sequence, "at": place.at_us}

    @property
    def after(self) -> Place | None:
        """The last message that was read; None before the very first start."""
        return self._after

    @property
    def durable(self) -> Place | None:
        """The place below which, and at which, every row is settled."""
        if not self._unsettled:
            return self._after
        oldest = min(places[0] for places in self._unsettled.values())
        return Place(oldest.sequence - 1, oldest.at_us)

    def belongs_to(self, stream: str, last: int, at_us: int | None) -> bool:
        """Whether it is the one that was read: the stream made then, whose last message has that number.

        `at_us`: when it took the message with that number, if it still has that. An older copy that was put
        back is another stream: it gives numbers that we have passed to newer messages.
        """
        known = self._after
        if known is None or stream != self._stream or last < known.sequence:
            return False
        return at_us is None or at_us <= known.at_us + ROUNDED_US

    def begin(self, stream: str, after: Place) -> None:
        """Read that stream from there on; what was taken from another one says nothing about it."""
        self._stream = stream
        self._after = after
        self._unsettled.clear()

    def take(self, row: str, place: Place) -> bool:
        """A row was read and is to be handled. False: it repeats one under way, and is settled with it."""
        self._after = place
        places = self._unsettled.setdefault(row, [])
        places.append(place)
        return len(places) == 1

    def pass_by(self, place: Place) -> None:
        """A message was read that is not for us."""
        self._after = place

    def settle(self, row: str) -> None:
        """The row needs no more work."""
        self._unsettled.pop(row, None)
