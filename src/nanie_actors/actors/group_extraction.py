"""Reading a group's message log again: on RESYNC_HISTORY, and when somebody begins to listen.

A part at a time, so that no long run holds a thread; the mailbox waits until all that was read is on disk,
so that nobody sees half of it.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from nanie_actors.actors.group_journal import GroupJournal
from nanie_actors.actors.group_ties import GroupTies, MailPause
from nanie_actors.errors import InternalError
from nanie_actors.messages import CommandFailed, ExtractMore, RunCommand
from nanie_actors.model import EpochMs, MessageId, SenderId
from nanie_actors.timeline.decisions import EventDecider
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.timeline.message_log import LoggedMessage
from nanie_actors.timeline.records import ListeningChanged, LogExtracted, Record

logger = logging.getLogger(__name__)

MESSAGES_A_PART = 500
"""About ten milliseconds of extraction: what another actor may have to wait for this thread."""

INTERRUPTED = "The worker was interrupted while it read the history again: try again."


Asks = tuple[tuple[SenderId, MessageId, EpochMs | None], ...]


class LogExtraction:
    """One pass over the logged messages of a group."""

    def __init__(self, messages: list[LoggedMessage], decider: EventDecider, *, asks_last: int = 0) -> None:
        """`asks_last`: a language model is to read that many of the newest that have something to be read."""
        self._messages = messages
        self._decider = decider
        self._asks_from = len(messages) - asks_last
        self._next = 0
        self.unreadable = 0

    @property
    def finished(self) -> bool:
        """Whether every message was read."""
        return self._next >= len(self._messages)

    def next_part(self) -> tuple[tuple[TimelineEvent, ...], Asks]:
        """The events of the next messages, and which of these are to be read by a model."""
        events: list[TimelineEvent] = []
        asks: list[tuple[SenderId, MessageId, EpochMs | None]] = []
        first = self._next
        part = self._messages[first : first + MESSAGES_A_PART]
        self._next += len(part)
        for place, logged in enumerate(part, first):
            found = self._events_of(logged)
            events += found
            if found and place >= self._asks_from:
                asks.append((logged.message.sender, logged.message.message_id, logged.edited_at))
        return tuple(events), tuple(asks)

    def _events_of(self, logged: LoggedMessage) -> tuple[TimelineEvent, ...]:
        try:
            return self._decider.events_of(logged.message, logged.edited_at)
        except Exception:  # noqa: BLE001 - counted, and logged at the end
            # It is logged, and nobody could skip it: one message must not keep all others from being shown.
            self.unreadable += 1
            return ()


class Rereading:
    """Used by one GroupActor only: passes that are wanted, one after the other."""

    def __init__(
        self,
        ties: GroupTies,
        journal: GroupJournal,
        pause: MailPause,
        *,
        open_log: Callable[[], LogExtraction],
        write: Callable[[Record, RunCommand | None], None],
    ) -> None:
        self._ties = ties
        self._journal = journal
        self._pause = pause
        self._open_log = open_log
        self._write = write
        self._wanted: deque[RunCommand | None] = deque()
        self._pass: LogExtraction | None = None

    @property
    def under_way(self) -> bool:
        """Whether the mailbox waits for a pass."""
        return bool(self._wanted)

    def start(self, origin: RunCommand | None) -> None:
        """Read the log once what came before is in it; for a command, or because somebody listens now."""
        self._pause.begin()
        self._wanted.append(origin)
        if len(self._wanted) == 1:
            self._journal.when_settled(self._begin)

    def go_on(self) -> None:
        """Read the next part."""
        reading = self._pass
        if reading is None:
            return
        events, asks = reading.next_part()
        if reading.finished:
            self._pass = None
            self._finish(reading, events, asks)
        else:
            self._write(LogExtracted(self._ties.now(), events, asks=asks), None)
            self._more()

    def landed(self, record: Record) -> bool:
        """A record is on disk; says whether it ended a pass."""
        match record:
            case ListeningChanged(active=True) | LogExtracted(row=str()):
                self._pause.end()
                return True
            case _:
                return False

    def refused(self) -> None:
        """The disk did not take the record that ends a command's pass."""
        self._pause.end()

    def give_up(self) -> None:
        """The group failed. Who listens is told anew by the registry; a command is not tried again unasked:
        what it reads may be what the group fails at."""
        for command in self._wanted:
            if command is not None:
                command.reply_to.tell_system(CommandFailed(command.row, InternalError(INTERRUPTED)))

    def _begin(self) -> None:
        self._pass = self._open_log()
        self._more()

    def _more(self) -> None:
        self._ties.note(ExtractMore(self._ties.incarnation))

    def _finish(self, reading: LogExtraction, events: tuple[TimelineEvent, ...], asks: Asks) -> None:
        if reading.unreadable:
            logger.error(
                "group %s: the extractor failed at %d logged messages", self._ties.group, reading.unreadable
            )
        origin, now = self._wanted.popleft(), self._ties.now()
        self._write(LogExtracted(now, events, origin.row.row_id if origin else None, asks), origin)
        if origin is None:
            self._write(ListeningChanged(now, active=True, archived=False), None)
        if self._wanted:
            self._journal.when_settled(self._begin)
