"""Reading a group's message log again, a part at a time, so that no long run holds a thread."""

from __future__ import annotations

from nanie_actors.messages import RunCommand
from nanie_actors.model import ChatMessage
from nanie_actors.timeline.decisions import EventDecider
from nanie_actors.timeline.event import TimelineEvent

MESSAGES_A_PART = 500
"""About ten milliseconds of extraction: what another actor may have to wait for this thread."""


class LogExtraction:
    """One pass over the logged messages of a group."""

    def __init__(self, messages: list[ChatMessage], origin: RunCommand | None) -> None:
        self._messages = messages
        self._next = 0
        self.origin = origin

    @property
    def finished(self) -> bool:
        """Whether every message was read."""
        return self._next >= len(self._messages)

    def next_part(self, decider: EventDecider) -> tuple[TimelineEvent, ...]:
        """The events of the next messages."""
        part = self._messages[self._next : self._next + MESSAGES_A_PART]
        self._next += len(part)
        return tuple(event for message in part for event in decider.events_of(message))
