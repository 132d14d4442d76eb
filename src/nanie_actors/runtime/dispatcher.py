"""Who gives actors their turns."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

from nanie_actors.runtime.spare_work import SpareWork


class Runnable(Protocol):
    """What a dispatcher knows of a cell. Whoever schedules one holds its marker and hands it over."""

    @property
    def name(self) -> str:
        """The actor's name."""

    @property
    def busy_since(self) -> float:
        """When the current slice began (time.monotonic), 0.0 between slices."""

    stride: int
    """Messages before the clock is looked at. The dispatcher makes it 1 after a slice that took long."""

    @property
    def share(self) -> int:
        """How many slices it may have in one turn."""

    @property
    def current(self) -> Any:
        """The message in hand."""

    def run(self, now: float, budget: int, slice_s: float) -> bool:
        """One slice; True: queue it again, at the back. Never raises."""

    def keep_marker(self) -> bool:
        """Of a closed actor: bury the mail and give the marker back."""


@dataclass(frozen=True, slots=True)
class StuckHandler:
    """A thread that has been inside one turn for longer than it should."""

    name: str
    message_type: str
    busy_s: float


class Dispatcher(Protocol):
    """A queue of ready actors, and something that runs them."""

    def start(self) -> None:
        """Begin; called once, by the system."""

    def schedule(self, cell: Any, /) -> None:
        """Queue a cell whose marker the caller holds. Any thread; never blocks."""

    def offer(self, work: SpareWork) -> bool:
        """From inside a turn of this dispatcher: have this done by a thread that has nothing else to do.

        True: `work.do` is called once, soon, by whatever thread. False, always so outside a turn: the caller
        sees to it. Never blocks.
        """

    def stop(self, timeout_s: float) -> bool:
        """Let running turns end and begin no others. True if all threads ended in time."""

    def discard(self) -> None:
        """After `stop`, when all actors are closed: let go of those still queued, and of any queued later."""

    def stuck(self) -> list[StuckHandler]:
        """The turns that take too long just now. Any thread; never blocks."""

    def settle(self, done: threading.Event, timeout_s: float) -> bool:
        """Let actors run until `done` is set or the time is over; True if it is set. Not inside a turn."""
