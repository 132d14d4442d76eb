"""A conversation's router rows, one after the other: what each asks, who carries it out, and the reply.

A command that somebody else carries out holds the mailbox until it is answered, so commands take effect in
the order of arrival.
"""

from __future__ import annotations

import logging
from collections import OrderedDict

from nanie_actors.actors.conversation_ties import ConversationTies
from nanie_actors.errors import CommandError, InternalError, Unavailable
from nanie_actors.messages import (
    CommandDue,
    LinkChanged,
    ReplySettled,
    RunCommand,
    RunLinkCommand,
)
from nanie_actors.model import GroupId, RowId, is_standalone
from nanie_actors.protocol import replies
from nanie_actors.protocol.commands import (
    AddEvent,
    Command,
    ConfirmLink,
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
from nanie_actors.runtime import Cancellable
from nanie_actors.storage.mappings import Mapping as Link

logger = logging.getLogger(__name__)

REMEMBERED_ROWS = 1_024
"""Rows whose repetition (realtime and polling bring the same one) is recognised without asking anybody."""

TOO_LATE = "The worker did not finish this in time: ask for GET_STATUS, then try again."
INTERRUPTED = "The worker was interrupted: ask for GET_STATUS, then try again if needed."


class RowDesk:
    """Used by one ConversationActor only."""

    def __init__(self, ties: ConversationTies) -> None:
        self._ties = ties
        self._outlet = ties.services.outlet
        self._rows: OrderedDict[RowId, bool] = OrderedDict()
        self._added: OrderedDict[RowId, bool] = OrderedDict()
        self._command: RunCommand | RunLinkCommand | None = None
        self._deadline: Cancellable | None = None
        self._linked = False
        self.commands = 0
        self.replies = 0

    @property
    def idle(self) -> bool:
        """Whether no command is under way and no reply on its way."""
        return self._command is None and self._ties.open_rows.replies == 0

    @property
    def awaits_view(self) -> bool:
        """Whether the answer that is on its way shows the timeline."""
        return self._command is not None and isinstance(self._command.command, GetStatus | DeleteEvents)

    @property
    def action(self) -> str | None:
        """The action of the command under way."""
        return None if self._command is None else self._command.command.action

    # ── rows ────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, row: RouterRow, group: GroupId | None) -> None:
        """A row of a conversation that is linked to `group`."""
        if row.row_id in self._rows:
            self._outlet.finished(row, keep=True)
            return
        _keep_newest(self._rows, row.row_id, False)
        try:
            command = parse_content(row.content)
        except CommandError as error:
            self._reply_last(row, replies.error(error), keep=False)
            return
        if isinstance(command, FreeText):
            self._take_text(row, group)
        else:
            self._take_command(row, command, group)

    def _take_text(self, row: RouterRow, group: GroupId | None) -> None:
        if group is None:
            self._reply_last(row, replies.GROUP_SELECTION_REQUIRED, keep=False)
        else:
            # The app's language model answers it: the row is not ours to delete.
            self._outlet.finished(row, keep=True)

    def _take_command(self, row: RouterRow, command: Command, group: GroupId | None) -> None:
        myself = self._ties.context.ref
        match command:
            case (
                ListGroups()
                | SelectGroup()
                | ConfirmLink()
                | StartStandalone()
                | UnlinkGroup()
                | DeleteConversation()
            ):
                self._start(RunLinkCommand(row, myself, command, tuple(self._added.items())))
            case _ if group is None:
                self._reply_last(row, replies.GROUP_SELECTION_REQUIRED, keep=False)
            case _:
                self._start(RunCommand(group, row, myself, command))

    # ── the command under way ───────────────────────────────────────────────────────────────────────────

    def is_under_way(self, row: RouterRow) -> bool:
        """Whether it is this row's command; else it was answered before, as the deadline does."""
        return self._command is not None and self._command.row.row_id == row.row_id

    def answer(self, row: RouterRow, *bodies: bytes) -> None:
        """End the command under way with these replies; the next row may come."""
        command = self._command
        if command is None or not self.is_under_way(row):
            return
        self._reply_all(row, bodies, keep=command.command.debug)
        if isinstance(command.command, AddEvent):
            _keep_newest(self._added, row.row_id, True)
        self._command = None
        self._ties.open_rows.end(row)
        if self._deadline is not None:
            self._deadline.cancel()
        self._tell_outage()
        self._ties.context.release()

    def _tell_outage(self) -> None:
        """Who has just linked a group of WhatsApp hears, after its timeline, what the others were told."""
        linked, self._linked = self._linked, False
        outage = self._ties.services.outages.push
        if linked and outage is not None:
            self._outlet.push(self._ties.conversation, outage, lambda _: None)

    def fail(self, row: RouterRow, error: CommandError) -> None:
        """End it with an error."""
        self.answer(row, replies.error(error))
        if row.row_id in self._added:
            self._added[row.row_id] = False

    def expire(self, row: RouterRow) -> None:
        """Nobody answered in time."""
        self.fail(row, Unavailable(TOO_LATE))

    def link_changed(self, message: LinkChanged) -> None:
        """The command changed the link, durably."""
        command = self._command
        if command is None or not self.is_under_way(message.row):
            return
        self._added.clear()
        if isinstance(command.command, DeleteConversation):
            self.answer(message.row)
        elif isinstance(command.command, UnlinkGroup) or message.link is None:
            self.answer(message.row, replies.UNLINKED)
        else:
            self._show_link(message.row, message.link, debug=command.command.debug)

    def close_open(self) -> None:
        """A predecessor failed while these were under way: nobody else will answer them."""
        for row in self._ties.open_rows.under_way:
            self._reply_last(row, replies.error(InternalError(INTERRUPTED)), keep=False)
            self._ties.open_rows.end(row)

    def _start(self, command: RunCommand | RunLinkCommand) -> None:
        """Let somebody else carry it out; the next row waits for the answer."""
        self._command = command
        self._ties.open_rows.begin(command.row)
        self.commands += 1
        self._ties.context.hold()
        self._ties.registry.tell(command)
        deadline_s = self._ties.services.limits.command_deadline_s
        self._deadline = self._ties.later(deadline_s, CommandDue(command.row))

    def _show_link(self, row: RouterRow, link: Link, *, debug: bool) -> None:
        """Say so, then ask the group for its timeline: the second half of the answer."""
        self._linked = not is_standalone(link.group)
        self._reply(row, replies.LINKED)
        status = GetStatus(action="GET_STATUS", debug=debug)
        self._command = RunCommand(link.group, row, self._ties.context.ref, status)
        self._ties.registry.tell(self._command)

    # ── replies ─────────────────────────────────────────────────────────────────────────────────────────

    def settled(self, message: ReplySettled) -> None:
        """The transport took a row's last reply, or never will."""
        self._ties.open_rows.replies -= 1
        if not message.accepted:
            logger.warning("conversation %s: a reply can never be delivered", self._ties.conversation)

    def _reply_all(self, row: RouterRow, bodies: tuple[bytes, ...], *, keep: bool) -> None:
        if not bodies:
            self._outlet.finished(row, keep=keep)
            return
        for body in bodies[:-1]:
            self._reply(row, body)
        self._reply_last(row, bodies[-1], keep=keep)

    def _reply(self, row: RouterRow, body: bytes) -> None:
        self.replies += 1
        self._outlet.reply(row, body, lambda _: None)

    def _reply_last(self, row: RouterRow, body: bytes, *, keep: bool) -> None:
        """The row needs no more work once this is accepted, whatever becomes of this actor."""
        outlet, ties = self._outlet, self._ties

        def accepted(ok: bool) -> None:
            outlet.finished(row, keep=keep)
            ties.note(ReplySettled(row, ok))

        self.replies += 1
        outlet.reply(row, body, accepted)
        ties.open_rows.replies += 1


def _keep_newest(rows: OrderedDict[RowId, bool], row: RowId, did_add: bool) -> None:
    rows[row] = did_add
    if len(rows) > REMEMBERED_ROWS:
        rows.popitem(last=False)
