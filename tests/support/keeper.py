"""A source that keeps events until they are settled, as the live one does on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from household import Household

from nanie_actors.model import Inbound


class Keeper:
    """A source that keeps what it received until that is settled, and hands it in again after a crash.

    A message counts as settled with the first of its copies, as it would if they lay in different files.
    """

    def __init__(self, house: Household) -> None:
        self.house = house
        self.kept: dict[Inbound, None] = {}
        self.told: Counter[int] = Counter()
        self.handed = 0

    def receive(self, event: Inbound, copies: int = 1) -> None:
        self.kept[event] = None
        for _ in range(copies):
            self.hand_in(event)

    def hand_in(self, event: Inbound) -> None:
        self.handed += 1
        self.house.ingress.put(event, self._settled(event, self.handed))

    def hand_in_again(self) -> None:
        for event in list(self.kept):
            self.hand_in(event)

    def _settled(self, event: Inbound, number: int) -> Callable[[], None]:
        def settled() -> None:
            self.told[number] += 1
            self.kept.pop(event, None)

        return settled
