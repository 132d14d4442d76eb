"""What outlives an incarnation of a group's actor, so that its successor knows what is still owed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock

from nanie_actors.messages import Deliver, RunCommand
from nanie_actors.ticket import settle_all

Origin = Deliver | RunCommand
"""What somebody told a group and is to hear the end of."""


class Unsettled:
    """What a group was told and has not settled, in order. A successor handles it again, and recognises what
    its predecessor had already made durable."""

    __slots__ = ("_origins",)

    def __init__(self) -> None:
        self._origins: deque[Origin] = deque()

    def add(self, origin: Origin) -> None:
        """Taken from the mailbox, and not answered yet."""
        self._origins.append(origin)

    def settle(self, *settled: Origin) -> None:
        """Durable, answered, or refused with an answer."""
        origins = self._origins
        for origin in settled:
            if origins and origins[0] is origin:
                origins.popleft()
            else:
                origins.remove(origin)

    def take_all(self) -> list[Origin]:
        """Hand everything over to somebody else."""
        left = list(self._origins)
        self._origins.clear()
        return left

    def again(self, handle: Callable[[Origin], None]) -> None:
        """Handle once more what a predecessor left. Where that fails, it and what is behind it stay here."""
        left = deque(self.take_all())
        while left:
            try:
                handle(left[0])
            except BaseException:
                self._origins.extend(left)
                raise
            left.popleft()


class WritesUnderWay:
    """Whether a group's files are being written, by whichever incarnation. Thread-safe.

    A snapshot is many writes, each begun when the one before it is done: a barrier on the disk's lane tells
    nothing about those that are still to come.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._count = 0
        self._waiting: list[Callable[[], None]] = []

    def begin(self) -> None:
        """A write, with all its steps, is asked for."""
        with self._lock:
            self._count += 1

    def end(self) -> None:
        """It is over, well or not. On the disk's thread."""
        with self._lock:
            self._count -= 1
            ready: list[Callable[[], None]] = []
            if not self._count:
                ready, self._waiting = self._waiting, ready
        for then in ready:
            then()

    def when_over(self, then: Callable[[], None]) -> None:
        """Do something once nothing is being written: at once, or on the disk's thread."""
        with self._lock:
            if self._count:
                self._waiting.append(then)
                return
        then()


class GroupRemains:
    """Made by the registry with a group's actor, and given to each of its incarnations.

    `given_up`: of an actor of the same group that was given up, whose writes may still go on.
    """

    def __init__(self, given_up: GroupRemains | None = None) -> None:
        self.unsettled = Unsettled()
        self.writes: WritesUnderWay = WritesUnderWay() if given_up is None else given_up.writes
        self.follows_another = given_up is not None

    def settle_delivered(self, delivered: Sequence[Deliver]) -> None:
        """Events are on disk. Their sources hear of it first: should that fail, the successor tells."""
        settle_all([delivery.ticket for delivery in delivered])
        self.unsettled.settle(*delivered)

    def take_all(self) -> list[Origin]:
        """What the actor was told and will not settle any more."""
        return self.unsettled.take_all()
