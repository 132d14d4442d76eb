"""What waits to go out: in order for each conversation, and no conversation before another. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nanie_actors.model import ConversationId
from nanie_actors.router.edge import Outgoing


@dataclass(slots=True, eq=False)
class Parcel:
    """A reply or push on its way. With a `key` it has to become a row; `stored` once it is one."""

    out: Outgoing
    accepted: Callable[[bool], None]
    key: str | None
    room: str | None = None
    stored: bool = False
    refusals: int = 0
    failed_broadcasts: int = 0
    done: bool = False

    def end(self, accepted: bool) -> None:
        """Nothing more is to be done for it, and whoever sent it is told so; once."""
        self.done = True
        self.accepted(accepted)


class Lanes:
    """A queue per conversation. What is taken keeps its conversation busy until it is done or given back."""

    def __init__(self) -> None:
        self._lanes: dict[ConversationId, deque[Parcel]] = {}
        self._ready: deque[ConversationId] = deque()
        self._busy: set[ConversationId] = set()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def ready(self) -> bool:
        """Whether something can be taken."""
        return bool(self._ready)

    def put(self, parcel: Parcel) -> None:
        """Queue behind what waits for the same conversation."""
        conversation = parcel.out.conversation
        lane = self._lanes.get(conversation)
        if lane is None:
            lane = self._lanes[conversation] = deque()
            if conversation not in self._busy:
                self._ready.append(conversation)
        lane.append(parcel)
        self._count += 1

    def take(self, at_most: int, size: int) -> list[Parcel]:
        """The next parcels, by conversation; at least one if `ready`, then up to `size` bytes."""
        taken: list[Parcel] = []
        left = size
        while self._ready and len(taken) < at_most and (not taken or left > 0):
            conversation = self._ready.popleft()
            lane = self._lanes[conversation]
            self._busy.add(conversation)
            while lane and len(taken) < at_most and (not taken or left > 0):
                parcel = lane.popleft()
                left -= len(parcel.out.body)
                taken.append(parcel)
            if not lane:
                del self._lanes[conversation]
        return taken

    def finish(self, taken: Sequence[Parcel], again: Sequence[Parcel]) -> None:
        """End what `take` began. `again`, in order, goes back to the front of its lanes."""
        for parcel in reversed(again):
            self._lanes.setdefault(parcel.out.conversation, deque()).appendleft(parcel)
        self._count -= len(taken) - len(again)
        for conversation in {parcel.out.conversation: None for parcel in taken}:
            self._busy.discard(conversation)
            if conversation in self._lanes:
                self._ready.append(conversation)
