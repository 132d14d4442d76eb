"""Which messages are followed, and whom their trails still wait for.

While nobody follows, all that is left of this is one test of an attribute at each stage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

from nanie_actors.following.trail import Follower, Trail
from nanie_actors.model import (
    ConnectionChanged,
    ConversationId,
    GroupId,
    GroupSeen,
    Inbound,
    MessageArrived,
    group_of,
)
from nanie_actors.runtime import Clock

MOST_AWAITED: Final = 256
"""Trails that may wait for conversations to be shown what they led to; one more, and the oldest ends."""

WHATEVER_REVISION: Final = 1 << 63
"""Later than any revision of a timeline."""


class Trails:
    """All that is followed in one worker. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self.following = False
        """Whether anybody follows; the actors look at this before anything else."""
        self._clock = clock
        self._lock = Lock()
        self._followers: tuple[Follower, ...] = ()
        self._awaited: dict[GroupId, list[Trail]] = {}
        self._awaiting = 0

    def follow(self, follower: Follower) -> Callable[[], None]:
        """Let somebody follow, until the function that is returned is called."""
        with self._lock:
            self._followers = (*self._followers, follower)
            self.following = True

        def stop() -> None:
            with self._lock:
                self._followers = tuple(other for other in self._followers if other is not follower)
                self.following = bool(self._followers)
                if not self.following:
                    self._awaited.clear()
                    self._awaiting = 0

        return stop

    def begin(self, event: Inbound) -> Trail | None:
        """An event was handed in; None if nobody wants to follow it, or it is no message."""
        if isinstance(event, ConnectionChanged | GroupSeen):
            return None
        group = group_of(event)
        message = event.message.message_id if isinstance(event, MessageArrived) else event.message_id
        followers = [follower for follower in self._followers if follower.wants(group, message)]
        if not followers:
            return None
        trail = Trail(group, message, self._clock, followers)
        trail.mark("received", "gateway")
        return trail

    def told(
        self, trails: Sequence[Trail], actor: str, revision: int, conversations: Sequence[ConversationId]
    ) -> None:
        """A group is about to tell these conversations of what came of these messages.

        Before it does: a conversation may be quick.
        """
        for trail in trails:
            trail.owe(revision, conversations)
            trail.mark("told", actor)
        with self._lock:
            for trail in trails:
                self._awaited.setdefault(trail.group, []).append(trail)
            self._awaiting += len(trails)
            dropped = [self._drop_oldest() for _ in range(self._awaiting - MOST_AWAITED)]
        for trail in dropped:
            trail.end()

    def encoded(self, conversation: ConversationId, group: GroupId, revision: int) -> None:
        """A timeline is about to be pushed to a conversation."""
        for trail in self._concerned(conversation, group, revision):
            trail.mark("encoded", _actor(conversation))

    def pushed(self, conversation: ConversationId, group: GroupId, revision: int, *, accepted: bool) -> None:
        """The transports took a timeline, or never will."""
        for trail in self._concerned(conversation, group, revision):
            if accepted:
                trail.mark("accepted", _actor(conversation))
            trail.pay(conversation)
        self._drop_done(group)

    def passed_by(self, conversation: ConversationId, group: GroupId, revision: int) -> None:
        """An answer shows this revision: no push of it will follow. One that is under way stays so."""
        for trail in self._concerned(conversation, group, revision):
            if not trail.has("encoded", _actor(conversation)):
                trail.pay(conversation)
        self._drop_done(group)

    def listens_no_more(self, conversation: ConversationId, group: GroupId) -> None:
        """The conversation was unlinked."""
        for trail in self._concerned(conversation, group, WHATEVER_REVISION):
            trail.pay(conversation)
        self._drop_done(group)

    def _concerned(self, conversation: ConversationId, group: GroupId, revision: int) -> list[Trail]:
        with self._lock:
            return [trail for trail in self._awaited.get(group, ()) if trail.owes(conversation, revision)]

    def _drop_done(self, group: GroupId) -> None:
        with self._lock:
            awaited = self._awaited.pop(group, [])
            left = [trail for trail in awaited if not trail.done]
            self._awaiting -= len(awaited) - len(left)
            if left:
                self._awaited[group] = left

    def _drop_oldest(self) -> Trail:
        """With the lock in hand: of the group that has been waiting for longest."""
        group = next(iter(self._awaited))
        awaited = self._awaited[group]
        oldest = awaited.pop(0)
        if not awaited:
            del self._awaited[group]
        self._awaiting -= 1
        return oldest


def _actor(conversation: ConversationId) -> str:
    return f"conversation/{conversation}"
