"""Following the messages of one group, for somebody who watches them go by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nanie_actors.following.trail import Trail
from nanie_actors.model import GroupId, MessageId


class GroupFollower:
    """Implements following.trail.Follower: tells of every step of every message of a group.

    `tell` is called on the actors' threads and must not block; what it is given is as the page reads it.
    """

    def __init__(self, group: GroupId, tell: Callable[[dict[str, Any]], None]) -> None:
        self._group = group
        self._tell = tell

    def wants(self, group: GroupId, message: MessageId) -> bool:
        """All of the group."""
        del message
        return group == self._group

    def heard(self, trail: Trail) -> None:
        """One more step, or the end."""
        self._tell(trail.to_json())
