"""Who is told what a group is called, and whether the account is in it."""

from __future__ import annotations

from collections.abc import Callable

from nanie_actors.actors.group_ties import GroupTies
from nanie_actors.messages import GroupDescription, GroupRenamed
from nanie_actors.model import EpochMs, GroupSeen, is_standalone
from nanie_actors.timeline.description import Description
from nanie_actors.timeline.state import GroupState


class NamePlate:
    """Used by one GroupActor only."""

    def __init__(self, ties: GroupTies, state: GroupState, rejoined: Callable[[EpochMs], None]) -> None:
        """`rejoined` is called when the account is a member of the group again."""
        self._ties = ties
        self._state = state
        self._rejoined = rejoined
        self._shown = state.described

    def update(self) -> None:
        """Something was applied: tell what is new."""
        before, now = self._shown, self._state.described
        if now is before:
            return
        self._shown = now
        if now.name != before.name:
            self._ties.registry.tell(GroupRenamed(self._ties.group, now.name))
        if now.joined and not before.joined:
            self._rejoined(self._ties.now())
        self.tell_directory()

    def tell_directory(self) -> None:
        """What is on disk here holds: the directory may have been saved before it learned of it."""
        if not is_standalone(self._ties.group):
            self._ties.gateway.tell(GroupDescription(self._as_seen(self._state.described)))

    def _as_seen(self, now: Description) -> GroupSeen:
        group, at = self._ties.group, self._state.last_activity
        return GroupSeen(group, at, now.name, now.participants, now.topic, now.joined)
