"""One WhatsApp group (or standalone timeline): the only writer of its files, and of its timeline.

Life: recovering ──► logging ◄──► active ──► draining. While it recovers or reads its log again, its mailbox
waits; while the disk refuses it is `refusing`: events wait, commands that would write are answered so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from nanie_actors.actors.group_extraction import LogExtraction
from nanie_actors.actors.group_journal import Entry, GroupJournal, Unsettled
from nanie_actors.actors.group_outbox import GroupOutbox
from nanie_actors.actors.group_recovery import recover_files, recover_tail
from nanie_actors.actors.group_writer import GroupWriter, fold_messages
from nanie_actors.actors.services import GroupServices
from nanie_actors.errors import NotFound, Unavailable
from nanie_actors.messages import (
    AddListener,
    AppendDue,
    CatchUp,
    Checkpoint,
    CommandDone,
    CommandFailed,
    Deliver,
    Describe,
    ExtractMore,
    FilesQuiet,
    FilesWritten,
    Forgotten,
    GroupDrained,
    GroupIdle,
    GroupRenamed,
    IdleDue,
    OutboxDue,
    PassivateGroup,
    RemoveListener,
    Resume,
    RunCommand,
    SendSettled,
    SendText,
    SetListeners,
    Settled,
    TailRead,
    TakeSnapshot,
    TimelineChanged,
    TimelineJoined,
    TimelineShown,
)
from nanie_actors.model import ConversationId, EpochMs, GroupId, SenderId, is_standalone
from nanie_actors.protocol import replies
from nanie_actors.protocol.commands import (
    AddEvent,
    DeleteEvents,
    GetContext,
    GetStatus,
    ResyncHistory,
    RetrySync,
)
from nanie_actors.runtime import PooledActor, PooledRef
from nanie_actors.storage.disk import DiskOk, DiskResult
from nanie_actors.storage.retained import Tail
from nanie_actors.storage.seen import seen_key
from nanie_actors.timeline.context import context_of
from nanie_actors.timeline.decisions import EventDecider
from nanie_actors.timeline.records import (
    EventsDeleted,
    GroupDescribed,
    ListeningChanged,
    LogExtracted,
    OutboxMoved,
    Record,
    SyncRequested,
)
from nanie_actors.whatsapp.edge import OutgoingText

logger = logging.getLogger(__name__)

RETRY_APPEND_S = 1.0
"""How long after a refused append the disk is tried again: a full disk is freed by people, not in an instant."""

DISK_REFUSES = "The worker cannot write to its disk at the moment; nothing was changed. Try again later."


class GroupActor(PooledActor):
    """See the module. Started, stopped and restarted by the RegistryActor alone."""

    def __init__(
        self,
        group: GroupId,
        services: GroupServices,
        unsettled: Unsettled,
        registry: PooledRef[Any],
        gateway: PooledRef[Any],
    ) -> None:
        super().__init__()
        self._group = group
        self._services = services
        self._limits = services.limits
        self._unsettled = unsettled
        self._registry = registry
        self._gateway = gateway
        self._listeners: dict[ConversationId, PooledRef[Any]] = {}
        self._journal = GroupJournal(group, services.log, unsettled)
        self._files = services.files(group)
        self._extraction: LogExtraction | None = None
        self._passivating: PassivateGroup | None = None
        self._snapshots: list[Callable[[str | None], None]] = []
        self._snapshots_under_way: list[Callable[[str | None], None]] = []
        self._behind = False
        self._ready = False
        self._used_at = 0.0
        self._duplicates = 0

    # ── life ────────────────────────────────────────────────────────────────────────────────────────────

    def on_start(self) -> None:
        """On the pool, before the first message: read the files; a predecessor's writes come first."""
        self.context.hold()
        if self.context.incarnation == 1:
            self._load()
        else:
            self._services.files_quiet(lambda _: self._note(FilesQuiet(self.context.incarnation)))

    def _load(self) -> None:
        incarnation = self.context.incarnation
        self._writer = GroupWriter(
            self._group, self._files, message_log=self._limits.message_log, incarnation=incarnation
        )
        self._state, self._seen = recover_files(
            self._group, self._files, self._writer, self._limits.recent_messages
        )
        self._decider = EventDecider(self._services.extractor, self._take_new)
        self._outbox = GroupOutbox(
            self._state,
            append=self._append,
            send=self._send,
            wake=lambda delay_s: self._after(delay_s, OutboxDue()),
            first_s=self._limits.outbox_first_delay_s,
            max_s=self._limits.outbox_max_delay_s,
        )
        self._services.log.tail(self._group, lambda lines: self._note(TailRead(incarnation, lines)))

    def _tail_read(self, lines: Tail) -> None:
        """Take in what only the shared log holds; then the mailbox may go on where it was."""
        self._behind = recover_tail(self._state, self._seen, self._writer, lines) > 0
        self._ready = True
        self._outbox.recover(self._now())
        for origin in self._unsettled.take_all():
            self.on_receive(origin)
        self._after(self._limits.passivate_after_s, IdleDue())
        self._go_on()
        self.context.release()

    # ── mail ────────────────────────────────────────────────────────────────────────────────────────────

    def on_receive(self, message: Any) -> None:
        """The user lane: what happens to the group, in order."""
        self._used_at = self._services.clock.monotonic()
        match message:
            case Deliver():
                self._deliver(message)
            case RunCommand():
                self._run(message)
            case SetListeners(listeners):
                self._set_listeners(dict(listeners))
            case AddListener(conversation, ref):
                self._add_listener(conversation, ref)
            case RemoveListener(conversation, deleted):
                self._remove_listener(conversation, deleted=deleted)
            case Describe(name):
                self._append(GroupDescribed(self._now(), name, None))
            case TakeSnapshot(done):
                self._journal.when_settled(lambda: self._want_snapshot(done))
            case CatchUp():
                self._catch_up()
            case Checkpoint(done):
                self._journal.when_settled(done)
            case PassivateGroup():
                self._passivating = message
                self._go_on()
            case Resume():
                self._passivating = None
            case _:
                super().on_receive(message)

    def on_system(self, message: Any) -> Any:
        """The system lane: answers of the group's own edges and timers; they overtake a full mailbox."""
        match message:
            case FilesQuiet(incarnation):
                if self._current(incarnation) and not self._ready:
                    self._load()
            case TailRead(incarnation, lines):
                if self._current(incarnation):
                    self._tail_read(lines)
            case Settled(incarnation, result):
                if self._current(incarnation):
                    self._settled(result)
            case FilesWritten(incarnation, seq, result):
                if self._current(incarnation):
                    self._files_written(seq, result)
            case Forgotten(incarnation, result):
                if self._current(incarnation):
                    self._erase(result)
            case ExtractMore(incarnation):
                if self._current(incarnation):
                    self._extract_part()
            case SendSettled():
                self._outbox.settled(message, self._now())
            case AppendDue():
                self._journal.refusing = False
                self._fly()
            case OutboxDue():
                self._outbox.retry_due(self._now())
            case IdleDue():
                self._look_idle()
            case _:
                return super().on_system(message)
        return None

    # ── events and commands ─────────────────────────────────────────────────────────────────────────────

    def _deliver(self, message: Deliver) -> None:
        record = self._decider.decide(self._state, message.event)
        if record is None:
            self._duplicates += 1
            self._services.settle(self._group, 1)
        else:
            self._append(record, message)

    def _run(self, message: RunCommand) -> None:
        row = message.row.row_id
        again = row in self._state.rows or self._journal.has_row(row)
        match message.command:
            case GetStatus() | GetContext() if self._journal.refusing:
                self._read(message)
            case GetStatus() | GetContext():
                self._journal.when_settled(lambda: self._read(message))
            case _ if again:
                self._answer(message)
            case _ if self._journal.refusing:
                message.reply_to.tell_system(CommandFailed(message.row, Unavailable(DISK_REFUSES)))
            case _:
                self._write_command(message)

    def _read(self, message: RunCommand) -> None:
        """Reading commands see whatever was told before them."""
        match message.command:
            case GetContext(limit=limit):
                value = context_of(self._state, self._now(), limit)
                message.reply_to.tell_system(CommandDone(message.row, (replies.context(value),)))
            case _:
                self._show(message, update=False)

    def _write_command(self, message: RunCommand) -> None:
        row, now = message.row.row_id, self._now()
        match message.command:
            case AddEvent() as command:
                self._append(self._decider.added(self._state, row, command, now), message)
            case RetrySync(event_id=event_id):
                event = self._known_event(event_id)
                if event is None:
                    self._not_found(message)
                else:
                    self._append(SyncRequested(row, now, event), message)
            case DeleteEvents(event_ids=ids):
                known = tuple(event for text in ids if (event := self._known_event(text)) is not None)
                if known:
                    self._append(EventsDeleted(row, now, known), message)
                else:
                    self._not_found(message)
            case ResyncHistory():
                self._start_extraction(message)
            case GetStatus() | GetContext():
                raise AssertionError("reading commands write nothing")

    def _answer(self, message: RunCommand) -> None:
        """The command took effect (now, or when its row came the first time)."""
        match message.command:
            case AddEvent():
                reply = replies.EVENT_ADDED
            case RetrySync():
                reply = replies.SYNC_INITIATED
            case ResyncHistory():
                reply = replies.HISTORY_RESYNCED
            case _:
                self._show(message, update=True)
                return
        message.reply_to.tell_system(CommandDone(message.row, (reply,)))

    def _show(self, message: RunCommand, *, update: bool) -> None:
        view = self._state.view(self._limits.shown_events)
        message.reply_to.tell_system(TimelineShown(message.row, view, update))

    # ── the way of a record ─────────────────────────────────────────────────────────────────────────────

    def _append(self, record: Record, origin: Deliver | RunCommand | None = None) -> None:
        self._journal.add(record, origin)
        self._fly()

    def _fly(self) -> None:
        incarnation = self.context.incarnation
        self._journal.fly(self._state.seq, lambda result: self._note(Settled(incarnation, result)))

    def _settled(self, result: DiskResult) -> None:
        if isinstance(result, DiskOk):
            self._landed()
        else:
            self._refused(result.reason)

    def _landed(self) -> None:
        entries, lines = self._journal.landed()
        revision = self._state.revision
        name = self._state.name
        for entry, line in zip(entries, lines, strict=True):
            applied = self._state.apply(self._state.seq + 1, entry.record)
            self._writer.absorbed(entry.record, applied, line)
        for entry in entries:
            self._landed_entry(entry)
        if self._state.revision != revision:
            self._announce()
        if self._state.name != name:
            self._registry.tell(GroupRenamed(self._group, self._state.name))
        self._go_on()

    def _landed_entry(self, entry: Entry) -> None:
        match entry.origin:
            case Deliver():
                self._services.settle(self._group, 1)
            case RunCommand() as command:
                self._answer(command)
            case None:
                pass
        match entry.record:
            case OutboxMoved() as moved:
                self._outbox.moved(moved)
            case ListeningChanged(active=True):
                self._join_all()
                self.context.release()
            case LogExtracted(row=row) if row is not None:
                self.context.release()
            case _:
                pass

    def _refused(self, reason: str) -> None:
        logger.error("group %s: the disk refused a write (%s); trying again", self._group, reason)
        for command in self._journal.failed():
            if isinstance(command.command, ResyncHistory):
                self.context.release()
            command.reply_to.tell_system(CommandFailed(command.row, Unavailable(DISK_REFUSES)))
        self._after(RETRY_APPEND_S, AppendDue())
        if self._passivating is not None:
            self._drained(ok=False)

    def _announce(self) -> None:
        view = self._state.view(self._limits.shown_events)
        for conversation, ref in self._listeners.items():
            self._services.pushes.owe(conversation, self._group, view.revision)
            ref.tell_system(TimelineChanged(view))

    def _go_on(self) -> None:
        """Whatever can go on after something settled."""
        self._journal.wake_waiters()
        self._outbox.pump(self._now())
        if not self._snapshot_if_wanted() and self._writer.due(self._state):
            self._writer.write(self._state, self._note)
        self._fly()
        if self._passivating is not None:
            self._try_to_drain(self._passivating)

    # ── files ───────────────────────────────────────────────────────────────────────────────────────────

    def _catch_up(self) -> None:
        if not self._writer.busy:
            self._writer.journal(self._state, self._note)

    def _files_written(self, seq: int, result: DiskResult) -> None:
        ok = self._writer.written(result)
        if ok:
            self._services.pushes.flush(lambda saved: self._caught_up(seq, saved))
        elif not isinstance(result, DiskOk):
            logger.warning("group %s: its files could not be written (%s)", self._group, result.reason)
        under_way, self._snapshots_under_way = self._snapshots_under_way, []
        for done in under_way:
            done(None if ok else "the disk refuses writes")
        if ok:
            self._go_on()
        elif self._passivating is not None:
            self._drained(ok=False)

    def _caught_up(self, seq: int, saved: DiskResult) -> None:
        """On the disk's thread: the debts of this moment are on disk too, the shared log may forget."""
        if isinstance(saved, DiskOk):
            self._services.log.caught_up(self._group, seq)

    def _want_snapshot(self, done: Callable[[str | None], None]) -> None:
        self._snapshots.append(done)
        self._snapshot_if_wanted()

    def _snapshot_if_wanted(self) -> bool:
        if not self._snapshots or self._writer.busy:
            return False
        self._snapshots_under_way, self._snapshots = self._snapshots, []
        self._writer.snapshot(self._state, self._note)
        return True

    # ── listeners ───────────────────────────────────────────────────────────────────────────────────────

    def _set_listeners(self, listeners: dict[ConversationId, PooledRef[Any]]) -> None:
        self._listeners = listeners
        if listeners:
            self._listen()
        elif self._state.active and self._limits.on_orphaned != "keep" and not is_standalone(self._group):
            self._append(ListeningChanged(self._now(), active=False, archived=self._state.archived))

    def _add_listener(self, conversation: ConversationId, ref: PooledRef[Any]) -> None:
        self._listeners[conversation] = ref
        self._listen()

    def _listen(self) -> None:
        if self._state.active and not self._state.archived:
            self._join_all()
        else:
            self._start_extraction(None)

    def _join_all(self) -> None:
        """Show everybody where the timeline stands; who has seen it does nothing."""
        view = self._state.view(self._limits.shown_events)
        for ref in self._listeners.values():
            ref.tell_system(TimelineJoined(view, self._behind))

    def _remove_listener(self, conversation: ConversationId, *, deleted: bool) -> None:
        self._listeners.pop(conversation, None)
        self._services.pushes.cancel(conversation)
        if not self._listeners and self._limits.on_orphaned != "keep":
            self._append(ListeningChanged(self._now(), active=False, archived=deleted))

    def _start_extraction(self, origin: RunCommand | None) -> None:
        """Read the log, once what came before is in it. The mailbox waits until what was read is on disk, so
        that nobody sees half of it."""
        self.context.hold()
        self._journal.when_settled(lambda: self._begin_extraction(origin))

    def _begin_extraction(self, origin: RunCommand | None) -> None:
        messages = fold_messages(self._group, self._writer.messages())
        self._extraction = LogExtraction(messages, origin)
        self._note(ExtractMore(self.context.incarnation))

    def _extract_part(self) -> None:
        extraction = self._extraction
        if extraction is None:
            return
        events = extraction.next_part(self._decider)
        now = self._now()
        if not extraction.finished:
            self._append(LogExtracted(now, events))
            self._note(ExtractMore(self.context.incarnation))
            return
        self._extraction = None
        origin = extraction.origin
        self._append(LogExtracted(now, events, origin.row.row_id if origin else None), origin)
        if origin is None:
            self._append(ListeningChanged(now, active=True, archived=False))

    # ── going to sleep ──────────────────────────────────────────────────────────────────────────────────

    def _look_idle(self) -> None:
        """Ask to be passivated after a quiet time; else look again when one could be over."""
        quiet_s = self._services.clock.monotonic() - self._used_at
        left_s = self._limits.passivate_after_s - quiet_s
        if left_s > 0 or not self._journal.idle or not self._outbox.quiet:
            self._after(max(left_s, 1.0), IdleDue())
        else:
            self._registry.tell(GroupIdle(self._group))
            self._after(self._limits.passivate_after_s, IdleDue())

    def _try_to_drain(self, passivating: PassivateGroup) -> None:
        if self._writer.busy or not self._journal.idle or self._outbox.sending:
            return
        if passivating.erase:
            incarnation = self.context.incarnation
            self._passivating = None
            self._services.log.forget(self._group, lambda result: self._note(Forgotten(incarnation, result)))
        elif self._writer.dirty(self._state):
            self._writer.snapshot(self._state, self._note)
        else:
            self._drained(ok=True)

    def _erase(self, forgotten: DiskResult) -> None:
        """Nothing can bring the group back from the shared log any more: now its files may go."""
        registry, group = self._registry, self._group
        if isinstance(forgotten, DiskOk):
            self._files.erase(lambda result: registry.tell(GroupDrained(group, isinstance(result, DiskOk))))
        else:
            self._drained(ok=False)

    def _drained(self, *, ok: bool) -> None:
        self._passivating = None
        self._registry.tell(GroupDrained(self._group, ok))

    # ── small things ────────────────────────────────────────────────────────────────────────────────────

    def inspect(self) -> Mapping[str, Any]:
        """The group's own words for the dump; `name` is left out of it unless somebody asks for names."""
        if not self._ready:
            return {"group": self._group, "life": "recovering"}
        return {
            "group": self._group,
            "life": self._life(),
            "revision": self._state.revision,
            "events": len(self._state.timeline),
            "messages": self._state.messages,
            "duplicates": self._duplicates,
            "listeners": list(self._listeners),
            "in_flight": self._journal.in_flight,
            "outbox": self._outbox.counts(),
            "last_message": self._state.last_activity,
            "name": self._state.name,
        }

    def _life(self) -> str:
        if self._passivating is not None:
            return "draining"
        if self._journal.refusing:
            return "refusing"
        if self._extraction is not None:
            return "extracting"
        return "active" if self._state.active else "archived" if self._state.archived else "logging"

    def _known_event(self, text: str) -> Any:
        event = self._state.timeline.get(text)  # type: ignore[arg-type]
        return None if event is None else event.id

    def _not_found(self, message: RunCommand) -> None:
        error = NotFound("This timeline has no such event: GET_STATUS shows the events it has.")
        message.reply_to.tell_system(CommandFailed(message.row, error))

    def _take_new(self, sender: SenderId, message_id: str) -> bool:
        key = seen_key(sender, message_id)
        if key in self._seen or seen_key(SenderId(""), message_id) in self._seen:
            return False
        self._seen.add(key)
        return True

    def _send(self, text: OutgoingText) -> None:
        self._gateway.tell(SendText(text, self.context.ref))

    def _note(self, message: Any) -> None:
        """To myself, on the system lane; from any thread."""
        self.context.ref.tell_system(message)

    def _after(self, delay_s: float, message: Any) -> None:
        self.context.after(delay_s, message)

    def _current(self, incarnation: int) -> bool:
        return incarnation == self.context.incarnation

    def _now(self) -> EpochMs:
        return EpochMs(self._services.clock.now_ms())
