"""One app conversation: handles its router messages one after the other, and shows it its timeline.

A command that must be answered by somebody else holds the mailbox until it is answered, so commands take
effect in the order of arrival; timeline changes come on the system lane and are not held up by that.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nanie_actors.actors.outlet import Outlet
from nanie_actors.actors.push_cursor import PushCursor
from nanie_actors.actors.push_ledger import PushLedger
from nanie_actors.errors import CommandError, InternalError, Unavailable
from nanie_actors.messages import (
    CommandDone,
    CommandDue,
    CommandFailed,
    ConversationDrained,
    ConversationIdle,
    ConversationUp,
    IdleDue,
    LinkChanged,
    LinkState,
    PassivateConversation,
    PushDue,
    PushSettled,
    ReplySettled,
    RowGiven,
    RunCommand,
    RunLinkCommand,
    TimelineChanged,
    TimelineJoined,
    TimelineShown,
)
from nanie_actors.model import ConversationId, RowId
from nanie_actors.protocol import replies
from nanie_actors.protocol.commands import (
    Command,
    DeleteConversation,
    DeleteEvents,
    FreeText,
    GetStatus,
    ListGroups,
    SelectGroup,
    StartStandalone,
    UnlinkGroup,
    parse_content,
)
from nanie_actors.router.edge import RouterRow
from nanie_actors.runtime import Cancellable, Clock, PooledActor, PooledRef
from nanie_actors.storage.mappings import Mapping as Link
from nanie_actors.timeline.view import TimelineView

logger = logging.getLogger(__name__)

REMEMBERED_ROWS = 1_024
"""Rows whose repetition (realtime and polling bring the same one) is recognised without asking anybody."""

UNLINKED_IDLE_S = 10.0
"""An unlinked conversation has nothing to remember: it makes room soon."""


@dataclass(frozen=True, slots=True)
class ConversationLimits:
    """The numbers of a conversation's life, in seconds."""

    push_interval_s: float
    command_deadline_s: float
    passivate_after_s: float


@dataclass(frozen=True, slots=True)
class ConversationServices:
    """Everything outside itself that a conversation touches."""

    outlet: Outlet
    pushes: PushLedger
    clock: Clock
    limits: ConversationLimits


class ConversationActor(PooledActor):
    """See the module. Started, stopped and restarted by the RegistryActor alone."""

    def __init__(
        self,
        conversation: ConversationId,
        services: ConversationServices,
        registry: PooledRef[Any],
        open_commands: dict[RowId, RouterRow],
    ) -> None:
        super().__init__()
        self._open = open_commands
        self._knows_link = False
        self._conversation = conversation
        self._services = services
        self._outlet = services.outlet
        self._limits = services.limits
        self._registry = registry
        self._link: Link | None = None
        self._cursor = PushCursor()
        self._command: RunCommand | RunLinkCommand | None = None
        self._deadline: Cancellable | None = None
        self._rows: OrderedDict[RowId, None] = OrderedDict()
        self._unsettled_replies = 0
        self._passivating = False
        self._push_timer = False
        self._used_at = 0.0
        self._commands = 0
        self._replies = 0
        self._pushes = 0

    def on_start(self) -> None:
        """On the pool: ask for the link first; rows wait until it is known."""
        self.context.hold()
        self._used_at = self._services.clock.monotonic()
        self._registry.tell(ConversationUp(self._conversation))
        self.context.after(UNLINKED_IDLE_S, IdleDue())

    def on_receive(self, message: Any) -> None:
        """The user lane: rows, in order."""
        match message:
            case RowGiven(row):
                self._used_at = self._services.clock.monotonic()
                self._take_row(message)
            case PassivateConversation():
                self._passivating = True
                self._try_to_drain()
            case _:
                super().on_receive(message)

    def on_system(self, message: Any) -> Any:
        """The system lane: answers, timeline changes, transports, timers."""
        match message:
            case LinkState(link):
                self._link_told(link)
            case LinkChanged():
                self._link_changed(message)
            case CommandDone(row, bodies):
                self._answered(row.row_id, bodies)
            case TimelineShown():
                self._shown(message)
            case CommandFailed(row, error):
                self._answered(row.row_id, (replies.error(error),))
            case CommandDue(row):
                error = Unavailable(
                    "The worker did not finish this in time: ask for GET_STATUS, then try again."
                )
                self._answered(row.row_id, (replies.error(error),))
            case TimelineChanged(view):
                self._changed(view)
            case TimelineJoined(view, behind):
                self._joined(view, behind=behind)
            case PushSettled():
                self._push_settled(message)
            case PushDue():
                self._push_timer = False
                self._push()
            case ReplySettled():
                self._reply_settled(message)
            case IdleDue():
                self._look_idle()
            case _:
                return super().on_system(message)
        return None

    # ── rows and commands ───────────────────────────────────────────────────────────────────────────────

    def _take_row(self, message: RowGiven) -> None:
        row = message.row
        if row.row_id in self._rows:
            self._outlet.finished(row, keep=True)
            return
        self._remember(row.row_id)
        try:
            command = parse_content(row.content)
        except CommandError as error:
            self._reply_at_once(message, replies.error(error))
            return
        if isinstance(command, FreeText):
            self._free_text(message)
        else:
            self._run(message, command)

    def _free_text(self, message: RowGiven) -> None:
        if self._link is None:
            self._reply_at_once(message, replies.GROUP_SELECTION_REQUIRED)
        else:
            # The app's language model answers it: the row is not ours to delete.
            self._outlet.finished(message.row, keep=True)

    def _run(self, message: RowGiven, command: Command) -> None:
        row, myself = message.row, self.context.ref
        match command:
            case ListGroups() | SelectGroup() | StartStandalone() | UnlinkGroup() | DeleteConversation():
                self._start(RunLinkCommand(row, myself, command))
            case _ if self._link is None:
                self._reply_at_once(message, replies.GROUP_SELECTION_REQUIRED)
            case _:
                self._start(RunCommand(self._link.group, row, myself, command))

    def _start(self, command: RunCommand | RunLinkCommand) -> None:
        """Let somebody else carry it out; the next row waits for the answer."""
        self._command = command
        self._open[command.row.row_id] = command.row
        self._commands += 1
        self.context.hold()
        self._registry.tell(command)
        self._deadline = self.context.after(self._limits.command_deadline_s, CommandDue(command.row))

    def _answered(self, row: RowId, bodies: tuple[bytes, ...]) -> None:
        command = self._command
        if command is None or command.row.row_id != row:
            return  # Answered already: the deadline and the answer crossed.
        self._command = None
        self._open.pop(row, None)
        if self._deadline is not None:
            self._deadline.cancel()
        self._reply(command, bodies)
        if not self._push_timer:
            self._push()
        self.context.release()

    def _reply(self, command: RunCommand | RunLinkCommand, bodies: tuple[bytes, ...]) -> None:
        row, keep = command.row, command.command.debug
        if not bodies:
            self._outlet.finished(row, keep=keep)
            return
        for body in bodies[:-1]:
            self._replies += 1
            self._outlet.reply(row, body, lambda _: None)
        self._send_last(RowGiven(row), bodies[-1], keep=keep)

    def _reply_at_once(self, message: RowGiven, body: bytes) -> None:
        self._send_last(message, body, keep=False)

    def _send_last(self, message: RowGiven, body: bytes, *, keep: bool) -> None:
        row, myself = message.row, self.context.ref
        self._replies += 1
        self._unsettled_replies += 1

        def accepted(ok: bool) -> None:
            self._outlet.finished(row, keep=keep)
            myself.tell_system(ReplySettled(row, ok))

        self._outlet.reply(row, body, accepted)

    def _reply_settled(self, message: ReplySettled) -> None:
        self._unsettled_replies -= 1
        if not message.accepted:
            logger.warning("conversation %s: a reply can never be delivered", self._conversation)
        self._try_to_drain()

    # ── the link ────────────────────────────────────────────────────────────────────────────────────────

    def _link_told(self, link: Link | None) -> None:
        """The registry says how things stand: at the start, and when a group got another name."""
        before = self._link
        self._take_link(link)
        if not self._knows_link:
            self._knows_link = True
            self._close_open_commands()
            self.context.release()
        elif before is not None and link is not None and before.group_name != link.group_name:
            self._outlet.rename(self._conversation, link.group_name)

    def _close_open_commands(self) -> None:
        """A predecessor failed while these were under way: nobody else will answer them."""
        for row in self._open.values():
            error = InternalError("The worker was interrupted: ask for GET_STATUS, then try again if needed.")
            self._send_last(RowGiven(row), replies.error(error), keep=False)
        self._open.clear()

    def _take_link(self, link: Link | None) -> None:
        self._link = link
        self._cursor.follow(None if link is None else link.group)

    def _link_changed(self, message: LinkChanged) -> None:
        self._take_link(message.link)
        command = self._command
        if command is None or command.row.row_id != message.row.row_id:
            return
        match command.command:
            case UnlinkGroup():
                self._answered(message.row.row_id, (replies.UNLINKED,))
            case DeleteConversation():
                self._answered(message.row.row_id, ())
            case _ if message.link is not None:
                self._linked(message, message.link)
            case _:
                self._answered(message.row.row_id, (replies.UNLINKED,))

    def _linked(self, message: LinkChanged, link: Link) -> None:
        """Say so, then ask the group for its timeline: the second half of the answer."""
        self._outlet.rename(self._conversation, link.group_name)
        self._replies += 1
        self._outlet.reply(message.row, replies.LINKED, lambda _: None)
        debug = self._command is not None and self._command.command.debug
        status = GetStatus(action="GET_STATUS", debug=debug)
        self._command = RunCommand(link.group, message.row, self.context.ref, status)
        self._registry.tell(self._command)

    @property
    def _awaits_view(self) -> bool:
        return self._command is not None and isinstance(self._command.command, GetStatus | DeleteEvents)

    # ── the timeline ────────────────────────────────────────────────────────────────────────────────────

    def _shown(self, message: TimelineShown) -> None:
        command, view = self._command, message.view
        if command is None or command.row.row_id != message.row.row_id:
            return
        self._cursor.shown(view)
        self._services.pushes.pay(self._conversation, view.group, view.revision)
        encode = replies.timeline_update if message.update else replies.timeline
        self._answered(message.row.row_id, (encode(view),))

    def _joined(self, view: TimelineView, *, behind: bool) -> None:
        owed = self._services.pushes.owes(self._conversation, view.group)
        if behind or owed:
            self._changed(view)
        else:
            self._cursor.shown(view)

    def _changed(self, view: TimelineView) -> None:
        self._used_at = self._services.clock.monotonic()
        if self._cursor.changed(view) and not self._push_timer:
            self._push()

    def _push(self) -> None:
        """Push the newest state, and no other one before the interval is over."""
        if self._awaits_view:
            return  # The answer that is on its way shows it.
        view = self._cursor.take()
        if view is None:
            return
        myself, group, revision = self.context.ref, view.group, view.revision
        self._pushes += 1
        if self._limits.push_interval_s > 0:
            self._push_timer = True
            self.context.after(self._limits.push_interval_s, PushDue())
        self._outlet.push(
            self._conversation,
            replies.timeline_update(view),
            lambda ok: myself.tell_system(PushSettled(group, revision, ok)),
        )

    def _push_settled(self, message: PushSettled) -> None:
        # Refused for good means the conversation is gone: it is owed nothing.
        self._services.pushes.pay(self._conversation, message.group, message.revision)
        if self._cursor.settled(message.group, message.revision) and not self._push_timer:
            self._push()
        self._try_to_drain()

    # ── going to sleep ──────────────────────────────────────────────────────────────────────────────────

    @property
    def _quiet(self) -> bool:
        return self._command is None and self._unsettled_replies == 0 and self._cursor.idle

    def _look_idle(self) -> None:
        limit_s = UNLINKED_IDLE_S if self._link is None else self._limits.passivate_after_s
        left_s = limit_s - (self._services.clock.monotonic() - self._used_at)
        if left_s <= 0 and self._quiet:
            self._registry.tell(ConversationIdle(self._conversation))
        self.context.after(left_s if left_s > 0 else limit_s, IdleDue())

    def _try_to_drain(self) -> None:
        if self._passivating and not self._quiet:
            # What waits for the interval goes out now: nothing comes after it.
            self._push()
        if self._passivating and self._quiet:
            self._passivating = False
            self._registry.tell(ConversationDrained(self._conversation))

    # ── small things ────────────────────────────────────────────────────────────────────────────────────

    def inspect(self) -> Mapping[str, Any]:
        """The conversation's own words for the dump."""
        return {
            "conversation": self._conversation,
            "group": None if self._link is None else self._link.group,
            "revision": self._cursor.revision,
            "accepted": self._cursor.accepted,
            "pushing": self._cursor.flying is not None,
            "command": None if self._command is None else self._command.command.action,
            "commands": self._commands,
            "replies": self._replies,
            "pushes": self._pushes,
        }

    def _remember(self, row: RowId) -> None:
        self._rows[row] = None
        if len(self._rows) > REMEMBERED_ROWS:
            self._rows.popitem(last=False)
