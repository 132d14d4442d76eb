"""One WhatsApp group (or standalone timeline): the only writer of its files, and of its timeline.

    recovering ──► awake ◄──► draining ──► drained

While it recovers, or reads its log again, its mailbox waits. Awake it is `logging` while nobody listens,
`active` when somebody does, `extracting` while it reads its log again, and `refusing` while the disk does:
then events wait, and commands that would write are answered so.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from nanie_actors.actors.group_recovery import ReadGroup, read_group, take_in_tail
from nanie_actors.actors.group_remains import GroupRemains
from nanie_actors.actors.group_ties import GroupTies, MailPause
from nanie_actors.actors.group_words import words_of
from nanie_actors.actors.open_group import OpenGroup
from nanie_actors.actors.services import GroupServices
from nanie_actors.messages import (
    AddListener,
    AppendDue,
    CatchUp,
    Checkpoint,
    Deliver,
    Describe,
    ExtractMore,
    FilesQuiet,
    FilesWritten,
    Forgotten,
    GroupIdle,
    IdleDue,
    ModelAnswered,
    OutboxDue,
    PassivateGroup,
    PostText,
    RemoveListener,
    Resume,
    RunCommand,
    SendAgain,
    SendSettled,
    SetListeners,
    Settled,
    TailRead,
    TakeSnapshot,
)
from nanie_actors.model import GroupId
from nanie_actors.runtime import PooledActor, PooledRef
from nanie_actors.storage.retained import Tail

Progress = FilesWritten | Forgotten | ExtractMore | ModelAnswered | AppendDue | OutboxDue | IdleDue
"""What comes of things that an incarnation began; another one's are none of its business."""

OutsideNews = SetListeners | SendSettled | SendAgain
"""What may come while the group recovers, and must not be lost then."""


class GroupActor(PooledActor):
    """See the module. Started, stopped and restarted by the RegistryActor alone."""

    _read: ReadGroup
    _open: OpenGroup

    def __init__(
        self,
        group: GroupId,
        services: GroupServices,
        remains: GroupRemains,
        registry: PooledRef[Any],
        gateway: PooledRef[Any],
    ) -> None:
        super().__init__()
        context = self.context
        self._ties = GroupTies(group, services, remains, registry, gateway, context, context.incarnation)
        self._pause = MailPause(context)
        self._early: list[OutsideNews] = []
        self._recovered = False
        self._used_at = 0.0

    # ── recovering ──────────────────────────────────────────────────────────────────────────────────────

    def on_start(self) -> None:
        """On the pool, before the first message: read the files; a predecessor's writes come first."""
        self._pause.begin()
        ties = self._ties
        if ties.incarnation == 1 and not ties.remains.follows_another:
            self._read_files()
            return

        def quiet() -> None:
            ties.services.files_quiet(lambda _: ties.note(FilesQuiet(ties.incarnation)))

        ties.remains.writes.when_over(quiet)

    def _read_files(self) -> None:
        ties = self._ties
        self._read = read_group(ties)
        ties.services.log.tail(ties.group, lambda lines: ties.note(TailRead(ties.incarnation, lines)))

    def _take_in(self, lines: Tail) -> None:
        """Take in what only the shared log holds; then the mailbox may go on where it was."""
        behind = take_in_tail(self._read, lines) > 0
        self._open = group = OpenGroup(self._ties, self._read, self._pause, behind=behind)
        self._recovered = True
        group.outbox.recover(self._ties.now())
        self._ties.remains.unsettled.again(group.again)
        for news in self._early:
            self._hear(news)
        self._used_at = self._monotonic()
        self._ties.later(self._ties.limits.passivate_after_s, IdleDue(self._ties.incarnation))
        group.go_on()
        if behind:
            group.name_plate.tell_directory()
        elif lines:
            # The files have it all, but the shared log was never told so: it could keep its segment for ever.
            group.keeper.catch_up()
        self._pause.end()

    # ── mail ────────────────────────────────────────────────────────────────────────────────────────────

    def on_receive(self, message: Any) -> None:
        """The user lane: what happens to the group, in order. It waits until the group has recovered."""
        self._used_at = self._monotonic()
        group = self._open
        match message:
            case Deliver():
                group.deliver(message)
            case RunCommand():
                group.desk.run(message)
            case AddListener(conversation, ref):
                group.audience.add(conversation, ref)
            case RemoveListener(conversation, deleted):
                group.audience.remove(conversation, deleted=deleted)
            case Describe(name):
                group.describe(name)
            case PostText():
                group.outbox.post(message)
            case TakeSnapshot():
                group.keeper.take_snapshot(message)
            case CatchUp():
                group.keeper.catch_up()
            case Checkpoint(done):
                group.journal.when_settled(done)
            case PassivateGroup(erase):
                group.departure.begin(erase=erase)
                group.go_on()
            case Resume():
                group.departure.resume()
            case _:
                super().on_receive(message)
        journal = group.journal
        if journal.waiting and not journal.flying:
            group.fly()

    def on_system(self, message: Any) -> Any:
        """The system lane: it overtakes a full mailbox, and reaches a group that still recovers."""
        match message:
            case Settled():  # first: it comes for every message of a quiet group
                if message.incarnation == self._ties.incarnation:
                    self._open.settled(message.result)
            case SetListeners() | SendSettled() | SendAgain():
                self._hear(message)
            case FilesQuiet(incarnation):
                if incarnation == self._ties.incarnation:
                    self._read_files()
            case TailRead(incarnation, lines):
                if incarnation == self._ties.incarnation:
                    self._take_in(lines)
            case _ if isinstance(message, Progress):
                if message.incarnation == self._ties.incarnation:
                    self._go_on(self._open, message)
            case _:
                return super().on_system(message)
        if self._recovered and self._open.journal.waiting:
            self._open.fly()
        return None

    def _hear(self, news: OutsideNews) -> None:
        if not self._recovered:
            self._early.append(news)
            return
        match news:
            case SetListeners(listeners):
                self._open.audience.replace(dict(listeners))
            case SendSettled():
                if not self._open.departure.final:
                    self._open.outbox.settled(news, self._ties.now())
            case SendAgain():
                if not self._open.departure.final:
                    self._open.outbox.retry_all(self._ties.now())

    def _go_on(self, group: OpenGroup, message: Progress) -> None:
        match message:
            case FilesWritten(_, seq, result):
                group.files_written(seq, result)
            case Forgotten(_, result):
                group.departure.forgotten(result)
            case ExtractMore():
                group.rereading.go_on()
            case ModelAnswered():
                group.answered(message)
            case AppendDue():
                group.retry()
            case OutboxDue() if not group.departure.final:
                group.outbox.retry_due(self._ties.now())
            case OutboxDue():
                pass  # The successor tries again.
            case IdleDue():
                self._look_idle(group)

    def _look_idle(self, group: OpenGroup) -> None:
        """Ask to be passivated after a quiet time; else look again when one could be over."""
        ties = self._ties
        left_s = ties.limits.passivate_after_s - (self._monotonic() - self._used_at)
        if left_s > 0 or not group.quiet:
            ties.later(max(left_s, 1.0), IdleDue(ties.incarnation))
        else:
            ties.registry.tell(GroupIdle(ties.group))
            ties.later(ties.limits.passivate_after_s, IdleDue(ties.incarnation))

    # ── the end, and what is seen ───────────────────────────────────────────────────────────────────────

    def on_stop(self) -> None:
        """On the pool: let go of what the group is, which may be megabytes."""
        if self._recovered:
            self._open.let_go()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """On the pool, after a message failed: what no successor could know of is answered now."""
        del exception_type, exception_value, traceback  # the runtime logs them
        if self._recovered:
            self._open.give_up()

    def inspect(self) -> Mapping[str, Any]:
        """The group's own words for the dump; `name` is left out of it unless somebody asks for names."""
        if not self._recovered:
            return {"group": self._ties.group, "life": "recovering"}
        return words_of(self._open)

    def _monotonic(self) -> float:
        return self._ties.services.clock.monotonic()
