"""What a group notes of the messages that somebody follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nanie_actors.actors.group_journal import Entry
from nanie_actors.actors.group_ties import GroupTies
from nanie_actors.following.trail import Stage, Trail
from nanie_actors.messages import Deliver
from nanie_actors.model import ConversationId


class GroupTrails:
    """Used by one GroupActor only."""

    __slots__ = ("_actor", "_trails")

    def __init__(self, ties: GroupTies) -> None:
        self._trails = ties.services.trails
        self._actor = ties.context.ref.name

    def of(self, entries: Iterable[Entry]) -> Sequence[Trail]:
        """The trails among what is durable now; none, at no cost, while nobody follows."""
        if not self._trails.following:
            return ()
        origins = (entry.origin for entry in entries)
        trails = [
            origin.ticket.trail
            for origin in origins
            if isinstance(origin, Deliver) and origin.ticket.trail is not None
        ]
        self._mark(trails, "durable")
        return trails

    def decided(self, trail: Trail) -> None:
        """It is known what the message says, or that it says nothing new."""
        trail.mark("decided", self._actor)

    def applied(
        self, trails: Sequence[Trail], revision: int, conversations: Sequence[ConversationId]
    ) -> None:
        """The timeline has them. These conversations, if any, hear of it, but not before this is called."""
        self._mark(trails, "applied")
        if conversations:
            self._trails.told(trails, self._actor, revision, conversations)

    def _mark(self, trails: Iterable[Trail], stage: Stage) -> None:
        for trail in trails:
            trail.mark(stage, self._actor)
