"""Following the messages of one group, for somebody who watches them go by."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from nanie_actors.following.trail import Trail
from nanie_actors.model import GroupId, MessageId

FOLLOWED_EVERY_S: Final = 0.2
"""For a person who watches: a replay brings thousands of messages a second, and nobody sees so many."""


class GroupFollower:
    """Implements following.trail.Follower: tells of every step of every message of a group.

    `tell` is called on the actors' threads and must not block; what it is given is as the page reads it.
    """

    def __init__(
        self,
        group: GroupId,
        tell: Callable[[dict[str, Any]], None],
        *,
        every_s: float = 0.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`every_s`: a message that comes sooner after the last one that was followed is let go by."""
        self._group = group
        self._tell = tell
        self._every_s = every_s
        self._clock = clock
        self._next_at_s = float("-inf")

    def wants(self, group: GroupId, message: MessageId) -> bool:
        """All of the group that do not come too soon."""
        del message
        if group != self._group:
            return False
        now_s = self._clock()
        if now_s < self._next_at_s:
            return False
        self._next_at_s = now_s + self._every_s
        return True

    def heard(self, trail: Trail) -> None:
        """One more step, or the end."""
        self._tell(trail.to_json())
