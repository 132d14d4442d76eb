"""What a group does for linked conversations: router command → record → answer."""

from __future__ import annotations

from collections.abc import Callable

from nanie_actors.actors.group_journal import GroupJournal
from nanie_actors.actors.group_ties import GroupTies
from nanie_actors.errors import NotFound, Unavailable
from nanie_actors.messages import CommandDone, CommandFailed, RunCommand, TimelineShown
from nanie_actors.model import EventId
from nanie_actors.protocol import replies
from nanie_actors.protocol.commands import (
    AddEvent,
    DeleteEvents,
    GetContext,
    GetStatus,
    ResyncHistory,
    RetrySync,
)
from nanie_actors.timeline.context import context_of
from nanie_actors.timeline.decisions import EventDecider
from nanie_actors.timeline.records import EventsDeleted, Record, SyncRequested
from nanie_actors.timeline.state import GroupState

DISK_REFUSES = "The worker cannot write to its disk at the moment; nothing was changed. Try again later."

NOT_READ_YET = (
    "The worker cannot write to its disk at the moment, so this timeline cannot be shown yet. "
    "It is pushed as soon as the disk is back."
)

NO_SUCH_EVENT = "This timeline has no such event: GET_STATUS shows the events it has."


class CommandDesk:
    """Used by one GroupActor only."""

    def __init__(
        self,
        ties: GroupTies,
        state: GroupState,
        journal: GroupJournal,
        decider: EventDecider,
        *,
        write: Callable[[Record, RunCommand], None],
        reread: Callable[[RunCommand], None],
    ) -> None:
        self._ties = ties
        self._state = state
        self._journal = journal
        self._decider = decider
        self._write = write
        self._reread = reread

    def run(self, message: RunCommand) -> None:
        """Carry out a command, once however often its row comes."""
        row = message.row.row_id
        match message.command:
            case GetStatus() | GetContext() if self._journal.refusing and not self._state.active:
                # What was logged while nobody listened is not in it, but what was edited since is.
                self._fail(message, NOT_READ_YET)
            case GetStatus() | GetContext():
                self._when_settled(message, self._carry_out)
            case _ if row in self._state.rows:
                self.answer(message)
            case _ if self._journal.refusing:
                self.refuse(message)
            case _ if self._journal.has_row(row):
                self._when_settled(message, self.run)
            case _:
                self._carry_out(message)

    def answer(self, message: RunCommand) -> None:
        """The command took effect (now, or when its row came the first time)."""
        match message.command:
            case AddEvent():
                self._reply(message, replies.EVENT_ADDED)
            case RetrySync():
                self._reply(message, replies.SYNC_INITIATED)
            case ResyncHistory():
                self._reply(message, replies.HISTORY_RESYNCED)
            case _:
                self._show(message, update=True)

    def refuse(self, message: RunCommand) -> None:
        """The disk does not take it."""
        self._fail(message, DISK_REFUSES)

    def _fail(self, message: RunCommand, why: str) -> None:
        message.reply_to.tell_system(CommandFailed(message.row, Unavailable(why)))

    def _when_settled(self, message: RunCommand, then: Callable[[RunCommand], None]) -> None:
        """Go on once whatever was told before is on disk, or the disk refuses it; a successor would, too."""
        if self._journal.idle or self._journal.refusing:
            then(message)
            return
        unsettled = self._ties.remains.unsettled
        unsettled.add(message)

        def go_on() -> None:
            unsettled.settle(message)
            then(message)

        self._journal.when_settled(go_on, or_refused=True)

    def _carry_out(self, message: RunCommand) -> None:
        row, now = message.row.row_id, self._ties.now()
        match message.command:
            case GetStatus():
                self._show(message, update=False)
            case GetContext(limit=limit):
                self._reply(message, replies.context(context_of(self._state, now, limit)))
            case AddEvent() as command:
                self._write(self._decider.added(self._state, row, command, now), message)
            case RetrySync(event_id=event_id):
                known = self._known([event_id])
                self._write_known(message, known, lambda: SyncRequested(row, now, known[0]))
            case DeleteEvents(event_ids=event_ids):
                known = self._known(event_ids)
                self._write_known(message, known, lambda: EventsDeleted(row, now, known))
            case ResyncHistory():
                self._reread(message)

    def _known(self, event_ids: list[str]) -> tuple[EventId, ...]:
        """Those of the named events that the timeline has."""
        events = (self._state.timeline.get(EventId(event_id)) for event_id in event_ids)
        return tuple(event.id for event in events if event is not None)

    def _write_known(
        self, message: RunCommand, known: tuple[EventId, ...], record: Callable[[], Record]
    ) -> None:
        if known:
            self._write(record(), message)
        else:
            message.reply_to.tell_system(CommandFailed(message.row, NotFound(NO_SUCH_EVENT)))

    def _show(self, message: RunCommand, *, update: bool) -> None:
        view = self._state.view(self._ties.limits.shown_events)
        message.reply_to.tell_system(TimelineShown(message.row, view, update))

    def _reply(self, message: RunCommand, body: bytes) -> None:
        message.reply_to.tell_system(CommandDone(message.row, (body,)))
