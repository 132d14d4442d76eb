"""What waits to go out: in order for each conversation, and no conversation before another. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar


class Queued(Protocol):
    """What waits in a lane."""

    @property
    def lane(self) -> str:
        """Whose order it keeps: what has one lane goes out one after the other."""

    @property
    def size(self) -> int:
        """In bytes."""


Item = TypeVar("Item", bound=Queued)


class Lanes(Generic[Item]):
    """A queue per lane. What is taken keeps its lane busy until it is done or given back."""

    def __init__(self) -> None:
        self._lanes: dict[str, deque[Item]] = {}
        self._ready: deque[str] = deque()
        self._busy: set[str] = set()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def ready(self) -> bool:
        """Whether something can be taken."""
        return bool(self._ready)

    def put(self, item: Item) -> None:
        """Queue behind what waits in the same lane."""
        name = item.lane
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = deque()
            if name not in self._busy:
                self._ready.append(name)
        lane.append(item)
        self._count += 1

    def take(self, at_most: int, size: int) -> list[Item]:
        """The next items, by lane; at least one if `ready`, then up to `size` bytes."""
        taken: list[Item] = []
        left = size
        while self._ready and len(taken) < at_most and (not taken or left > 0):
            name = self._ready.popleft()
            lane = self._lanes[name]
            self._busy.add(name)
            while lane and len(taken) < at_most and (not taken or left > 0):
                item = lane.popleft()
                left -= item.size
                taken.append(item)
            if not lane:
                del self._lanes[name]
        return taken

    def finish(self, taken: Sequence[Item], again: Sequence[Item]) -> None:
        """End what `take` began. `again`, in order, goes back to the front of its lanes."""
        for item in reversed(again):
            self._lanes.setdefault(item.lane, deque()).appendleft(item)
        self._count -= len(taken) - len(again)
        for name in {item.lane: None for item in taken}:
            self._busy.discard(name)
            if name in self._lanes:
                self._ready.append(name)
