"""Messages that are older than the household wants them kept: once a day every group lets go of its own.

Also groups that sleep: they are woken for it, a few at a time. The events that were read from the messages
stay.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable

from nanie_actors.actors.group_lives import GroupLives
from nanie_actors.messages import RetentionDue, TakeSnapshot
from nanie_actors.model import EpochMs, GroupId
from nanie_actors.runtime import ActorContext, Clock

logger = logging.getLogger(__name__)

DAY_MS = 86_400_000

EVERY_S = 86_400.0
"""From one round to the next; so a message is kept for up to a day longer than was set."""

FIRST_AFTER_S = 60.0
"""A worker that just starts has other things to do."""

GROUPS_AT_ONCE = 20

PAUSE_S = 5.0
"""Between two parts of a round: a thousand groups take four minutes."""


class Retention:
    """Used by the RegistryActor only. `days` 0: everything is kept, and nothing happens here."""

    def __init__(
        self,
        context: ActorContext,
        groups: GroupLives,
        clock: Clock,
        *,
        days: int,
        stored: Callable[[], Iterable[GroupId]],
    ) -> None:
        """`stored` tells the groups that have files."""
        self._context = context
        self._groups = groups
        self._clock = clock
        self._days = days
        self._stored = stored
        self._left: deque[GroupId] = deque()

    def begin(self) -> None:
        """The worker starts."""
        if self._days:
            self._context.after(FIRST_AFTER_S, RetentionDue())

    def due(self) -> None:
        """Go on with a round, or begin one."""
        if not self._left:
            self._left.extend(self._stored())
        before = EpochMs(self._clock.now_ms() - self._days * DAY_MS)
        for _ in range(min(GROUPS_AT_ONCE, len(self._left))):
            self._groups.tell(self._left.popleft(), TakeSnapshot(_log_failure, before))
        self._context.after(PAUSE_S if self._left else EVERY_S, RetentionDue())


def _log_failure(failure: str | None) -> None:
    if failure is not None:
        logger.warning("a group's old messages could not be removed, they will be tomorrow: %s", failure)
