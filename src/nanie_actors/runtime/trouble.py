"""What an actor failed on: kept from the failure until its next incarnation, or its end."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nanie_actors.runtime.messages import ChildFailed


@dataclass(slots=True)
class Trouble:
    """One failure of one actor.

    `poison` is the message in hand, and `lane` where it came from and where a retry puts it back: None when
    there was none, or when it has been dealt with. `notice` is for the supervisor, None once it was told;
    `retry` is what the supervisor wants. Changed under the life lock, or with the marker.
    """

    poison: Any
    lane: deque[Any] | None
    notice: ChildFailed | None = None
    retry: bool = False

    def take_poison(self) -> tuple[deque[Any] | None, Any]:
        """The lane and the poison, from now on the caller's: nobody else will deal with it."""
        taken = self.lane, self.poison
        self.lane = self.poison = None
        return taken
