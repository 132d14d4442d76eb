"""A group whose files have been read: the way of everything that happens to it, from decision to telling.

Command or event → decide → append to the shared log → (on disk) apply → tell.
"""

from __future__ import annotations

import logging

from nanie_actors.actors.audience import Audience
from nanie_actors.actors.command_desk import CommandDesk
from nanie_actors.actors.file_keeper import FileKeeper
from nanie_actors.actors.group_departure import Departure
from nanie_actors.actors.group_extraction import LogExtraction, Rereading
from nanie_actors.actors.group_journal import FULL_BATCH, Entry, GroupJournal
from nanie_actors.actors.group_knowledge import GroupKnowledge
from nanie_actors.actors.group_name_plate import NamePlate
from nanie_actors.actors.group_outbox import GroupOutbox
from nanie_actors.actors.group_reading import GroupReading
from nanie_actors.actors.group_recovery import ReadGroup
from nanie_actors.actors.group_remains import Origin
from nanie_actors.actors.group_ties import GroupTies, MailPause
from nanie_actors.actors.group_trails import GroupTrails
from nanie_actors.messages import (
    AppendDue,
    Deliver,
    ModelAnswered,
    OutboxDue,
    RunCommand,
    Settled,
)
from nanie_actors.protocol.commands import ResyncHistory
from nanie_actors.storage.disk import DiskOk, DiskResult, Done
from nanie_actors.timeline.answers import is_read
from nanie_actors.timeline.decisions import EventDecider
from nanie_actors.timeline.message_log import fold
from nanie_actors.timeline.records import GroupDescribed, MessageLogged, OutboxMoved, Record

logger = logging.getLogger(__name__)

RETRY_APPEND_S = 1.0
"""How long after a refused append the disk is tried again: a full disk is freed by people, in minutes."""


class OpenGroup:
    """Used by one GroupActor only; made by each of its incarnations when its files and the log are read."""

    def __init__(self, ties: GroupTies, read: ReadGroup, pause: MailPause, *, behind: bool) -> None:
        self._ties = ties
        self._writer = read.writer
        incarnation, tell = ties.incarnation, ties.context.ref.tell_system
        self._told: Done = lambda result: tell(Settled(incarnation, result))
        self.duplicates = 0
        self._trails = GroupTrails(ties)
        self.state = state = read.state
        self.journal = journal = GroupJournal(ties.group, ties.services.log, ties.remains.unsettled)
        self.outbox = GroupOutbox(
            state,
            append=self.write,
            send=ties.send,
            wake=lambda delay_s: ties.later(delay_s, OutboxDue(ties.incarnation)),
            show=lambda counts: ties.services.outboxes.show(ties.group, counts),
            first_s=ties.limits.outbox_first_delay_s,
            max_s=ties.limits.outbox_max_delay_s,
        )
        self.name_plate = NamePlate(ties, state, self.outbox.retry_all)
        self._knowledge = GroupKnowledge(
            state,
            read.seen,
            under_way=journal.under_way,
            stored=read.writer.messages,
            posting=self.outbox.posting,
        )
        self._decider = EventDecider(
            ties.services.extractor, self._knowledge, asks=ties.services.model is not None
        )
        self.reading = GroupReading(
            ties, state, message=self._knowledge.message, under_way=journal.under_way, write=self.write
        )
        self.keeper = FileKeeper(ties, state, journal, read.writer)
        self.rereading = Rereading(ties, journal, pause, open_log=self._open_log, write=self.write)
        self.audience = Audience(
            ties, state, journal, behind=behind, write=self.write, reread=self.rereading.start
        )
        self.desk = CommandDesk(
            ties, state, journal, self._decider, write=self.write, reread=self.rereading.start
        )
        self.departure = Departure(
            ties,
            journal,
            self.outbox,
            self.keeper,
            read.files.erase,
            wants_to_stay=lambda: not self.reading.quiet,
        )

    def deliver(self, message: Deliver) -> None:
        """An event of the group."""
        record = self._decider.decide(self.state, message.event)
        if message.ticket.trail is not None:
            self._trails.decided(message.ticket.trail)
        if record is None:
            self._known_already(message)
        else:
            self.write(record, message)

    def _known_already(self, message: Deliver) -> None:
        """What it repeats may still be on its way: then it is no more durable than that."""
        self.duplicates += 1
        if self.journal.idle:
            message.ticket.settle()
            return
        unsettled = self._ties.remains.unsettled
        unsettled.add(message)

        def settle() -> None:
            unsettled.settle(message)
            message.ticket.settle()

        self.journal.when_settled(settle)

    def describe(self, name: str) -> None:
        """A standalone group's title."""
        if name != self._knowledge.described.name:
            self.write(GroupDescribed(self._ties.now(), name))

    @property
    def quiet(self) -> bool:
        """Whether nothing is on its way anywhere, nor wants to be."""
        return self.journal.idle and self.outbox.quiet and self.reading.quiet

    def answered(self, message: ModelAnswered) -> None:
        """The language model has read a message; of a group that goes for good, for nobody."""
        if not self.departure.final:
            self.reading.answered(message.answer)
            self.go_on()

    def again(self, origin: Origin) -> None:
        """A predecessor was told this and did not settle it."""
        match origin:
            case Deliver():
                self.deliver(origin)
            case RunCommand():
                self.desk.run(origin)

    def write(self, record: Record, origin: Origin | None = None) -> None:
        """Put a record on its way to the disk."""
        self._knowledge.take_in(record)
        self.journal.add(record, origin)

    def settled(self, result: DiskResult) -> None:
        """The shared log settled what flew."""
        if isinstance(result, DiskOk):
            self._landed()
            self.go_on()
        else:
            self._refused(result.reason)

    def retry(self) -> None:
        """Try the disk again."""
        self.journal.refusing = False
        self.fly()

    def go_on(self) -> None:
        """Whatever can go on after something settled."""
        self.journal.wake_waiters()
        if self.state.outbox or self.outbox.shown:
            self.outbox.pump(self._ties.now())
        self.reading.pump()
        self.keeper.go_on()
        if self.journal.waiting:
            self.fly()
        self.departure.go_on()

    def files_written(self, seq: int, result: DiskResult) -> None:
        """A write of the group's own files is over."""
        self.keeper.written(seq, result)
        if isinstance(result, DiskOk):
            self.go_on()
        else:
            self.departure.failed()

    def give_up(self) -> None:
        """The actor failed: answer those that only this incarnation knows of."""
        self.keeper.give_up()
        self.rereading.give_up()
        self.reading.forget()

    def fly(self) -> None:
        """Send off what waits, unless the next message comes at once and may have more to send."""
        journal = self.journal
        if not journal.flying and (len(journal.waiting) >= FULL_BATCH or not self._ties.context.more_mail):
            journal.fly(self.state.seq, self._told)

    def _landed(self) -> None:
        entries, lines = self.journal.landed()
        followed = self._trails.of(entries)
        state, absorbed = self.state, self._writer.absorbed
        revision = state.revision
        for entry, line in zip(entries, lines, strict=True):
            record = entry.record
            absorbed(record, state.apply(state.seq + 1, record), line)
        if followed:
            told = self.audience.names if state.active and state.revision != revision else []
            self._trails.applied(followed, state.revision, told)
        delivered = [entry.origin for entry in entries if isinstance(entry.origin, Deliver)]
        self._ties.remains.settle_delivered(delivered)
        for entry in entries:
            if not isinstance(entry.record, MessageLogged):
                self._tell(entry)
        if state.revision != revision:
            self.audience.announce()
        self.name_plate.update()

    def _tell(self, entry: Entry) -> None:
        """A record that is not a message's is on disk: answer who waits for it, go on with what it began."""
        if isinstance(entry.origin, RunCommand):
            self.desk.answer(entry.origin)
        if isinstance(entry.record, OutboxMoved):
            self.outbox.moved(entry.record)
        elif self.rereading.landed(entry.record) and entry.origin is None:
            self.audience.join_all()
        if isinstance(entry.origin, RunCommand):
            self.journal.settle(entry.origin)

    def _refused(self, reason: str) -> None:
        logger.error("group %s: the disk refused a write (%s); trying again", self._ties.group, reason)
        for command in self.journal.failed():
            if isinstance(command.command, ResyncHistory):
                self.rereading.refused()
            self.desk.refuse(command)
        self.journal.wake_waiters()
        self._ties.later(RETRY_APPEND_S, AppendDue(self._ties.incarnation))
        self.departure.failed()

    def _open_log(self) -> LogExtraction:
        messages, model = fold(self._ties.group, self._writer.messages()), self._ties.services.model
        if model is None:
            return LogExtraction(messages, self._decider)
        unread = [logged for logged in messages if not is_read(self.state, logged)]
        return LogExtraction(unread, self._decider, asks_last=model.history)

    def let_go(self) -> None:
        """The actor has stopped. The parts know each other: without this, all that they hold would stay in
        memory until Python looks for circles."""
        self._ties.services.outboxes.show(self._ties.group, {})
        self.reading.forget()
        vars(self).clear()
