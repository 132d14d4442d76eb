"""Link codes in action: remembered durably, posted into the group, compared with what comes back.

The code itself is only in memory and in the text that goes out. After a restart a code that was posted can
still be confirmed; one that was not posted yet has to be asked for again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from nanie_actors.actors.auditor import Auditor
from nanie_actors.actors.group_lives import GroupLives
from nanie_actors.actors.link_codes import CodeBook
from nanie_actors.actors.push_ledger import Document
from nanie_actors.errors import CodeExpired, CodeWrong, RateLimited, Unavailable
from nanie_actors.messages import (
    CodeDue,
    CodeSaved,
    CommandDone,
    CommandFailed,
    PostText,
    RunLinkCommand,
    SendSettled,
)
from nanie_actors.model import EpochMs, GroupId
from nanie_actors.protocol import replies
from nanie_actors.protocol.commands import ConfirmLink
from nanie_actors.runtime import ActorContext, Clock
from nanie_actors.storage.disk import DiskOk, DiskResult
from nanie_actors.whatsapp.edge import OutgoingText, SendFailed, Sent

logger = logging.getLogger(__name__)

DISK_REFUSES = "The worker cannot write to its disk; no code was made. Try again later."

FIRST_RETRY_S = 5.0
"""A code that WhatsApp did not take is posted again after this, then twice that, as long as it is good."""


@dataclass(frozen=True, slots=True)
class CodeServices:
    """What codes are kept in, and where they come from."""

    book: CodeBook
    document: Document
    new_code: Callable[[], str]
    valid_s: float


@dataclass(frozen=True, slots=True)
class _Posting:
    """A code on its way into its group."""

    request: RunLinkCommand
    group: GroupId
    text: str = field(repr=False)
    attempts: int = 0


class CodeDesk:
    """Used by the RegistryActor only."""

    def __init__(
        self,
        context: ActorContext,
        services: CodeServices,
        groups: GroupLives,
        auditor: Auditor,
        clock: Clock,
    ) -> None:
        self._context = context
        self._services = services
        self._book = services.book
        self._groups = groups
        self._auditor = auditor
        self._clock = clock
        self._postings: dict[str, _Posting] = {}

    # ── asked for ───────────────────────────────────────────────────────────────────────────────────────

    def ask(self, message: RunLinkCommand, group: GroupId, *, exists: bool) -> None:
        """A conversation wants to link a group. Who asks for one that does not exist is told the same."""
        row, now = message.row, self._now()
        self._drop_stale_postings(now)
        pending = self._book.pending(row.conversation, now)
        if pending is not None and pending.row == row.row_id:
            message.reply_to.tell_system(CommandDone(row, (replies.LINK_CODE_SENT,)))
            return
        code = self._services.new_code()
        try:
            self._book.ask(row.conversation, group, row.row_id, code, now)
        except RateLimited as error:
            self._auditor.by_row("code", "refused", row, group, error.code)
            message.reply_to.tell_system(CommandFailed(row, error))
            return
        text = f"{code}: send this code in the app to link this group. It is good for {self._minutes()}."
        self._save(message, group, text if exists else "")

    def saved(self, message: CodeSaved) -> None:
        """The disk settled a code: only now it may be posted."""
        row, group = message.request.row, message.group
        if not isinstance(message.result, DiskOk):
            logger.error("a link code could not be written (%s)", message.result.reason)
            self._book.void(row.conversation)
            self._auditor.by_row("code", "failed", row, group, "disk")
            message.request.reply_to.tell_system(CommandFailed(row, Unavailable(DISK_REFUSES)))
            return
        if message.text:
            self._postings[_posting_id(message.request)] = _Posting(message.request, group, message.text)
            self._post(_posting_id(message.request))
        else:
            self._auditor.by_row("code", "failed", row, group, "unknown group")
        message.request.reply_to.tell_system(CommandDone(row, (replies.LINK_CODE_SENT,)))

    # ── posted ──────────────────────────────────────────────────────────────────────────────────────────

    def due(self, message: CodeDue) -> None:
        """Time to post a code again."""
        self._post(message.posting)

    def posted(self, message: SendSettled) -> None:
        """The group's text went out, or did not."""
        posting = self._postings.pop(message.text.outbox_id, None)
        if posting is None:
            return
        row = posting.request.row
        match message.outcome:
            case Sent():
                self._auditor.by_row("code", "done", row, posting.group)
            case SendFailed():
                self._post_later(message.text.outbox_id, posting)
            case _:
                self._auditor.by_row("code", "failed", row, posting.group, "unknown outcome")

    def _post_later(self, posting_id: str, posting: _Posting) -> None:
        if not posting.attempts:
            self._auditor.by_row("code", "failed", posting.request.row, posting.group, "not sent yet")
        self._postings[posting_id] = replace(posting, attempts=posting.attempts + 1)
        self._context.after(FIRST_RETRY_S * 2.0**posting.attempts, CodeDue(posting_id))

    def _post(self, posting_id: str) -> None:
        posting = self._postings.get(posting_id)
        if posting is None:
            return
        row = posting.request.row
        pending = self._book.pending(row.conversation, self._now())
        if pending is None or pending.row != row.row_id:
            del self._postings[posting_id]  # nobody could use it any more
            return
        text = OutgoingText(posting_id, posting.group, posting.text)
        self._groups.tell(posting.group, PostText(text, self._context.ref))

    def _drop_stale_postings(self, now: EpochMs) -> None:
        """A group that failed while it sent forgets to tell the outcome."""
        for posting_id, posting in list(self._postings.items()):
            if self._book.pending(posting.request.row.conversation, now) is None:
                del self._postings[posting_id]

    # ── sent back ───────────────────────────────────────────────────────────────────────────────────────

    def confirm(self, message: RunLinkCommand, command: ConfirmLink) -> GroupId:
        """The group that the code opens. Raises CodeWrong or CodeExpired."""
        row, now = message.row, self._now()
        pending = self._book.pending(row.conversation, now)
        group = None if pending is None else pending.group
        try:
            opened = self._book.confirm(row.conversation, row.row_id, command.code, now)
        except (CodeWrong, CodeExpired) as error:
            self._auditor.by_row("confirm", "refused", row, group, error.code)
            self._services.document.save(self._book.to_json(now), _log_failure)
            raise
        self._auditor.by_row("confirm", "done", row, opened)
        return opened

    def void(self, message: RunLinkCommand) -> None:
        """The conversation's link is another one: what was to be confirmed before is not any more."""
        if self._book.void(message.row.conversation):
            self._services.document.save(self._book.to_json(self._now()), _log_failure)

    def forget(self, group: GroupId) -> None:
        """The group is erased: no code opens it."""
        self._book.void_group(group)
        self._services.document.save(self._book.to_json(self._now()), _log_failure)

    def _save(self, message: RunLinkCommand, group: GroupId, text: str) -> None:
        registry: Any = self._context.ref

        def done(result: DiskResult) -> None:
            registry.tell_system(CodeSaved(message, group, text, result))

        self._services.document.save(self._book.to_json(self._now()), done)

    def _minutes(self) -> str:
        minutes = max(1, round(self._services.valid_s / 60))
        return "a minute" if minutes == 1 else f"{minutes} minutes"

    def _now(self) -> EpochMs:
        return EpochMs(self._clock.now_ms())


def _posting_id(request: RunLinkCommand) -> str:
    return f"code/{request.row.conversation}/{request.row.row_id}"


def _log_failure(result: DiskResult) -> None:
    if not isinstance(result, DiskOk):
        logger.warning("the link codes could not be written (%s)", result.reason)
