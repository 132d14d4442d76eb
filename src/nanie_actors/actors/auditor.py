"""What the registry writes into the audit file, and how it keeps a flood of refusals out of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from nanie_actors.actors.token_bucket import Buckets, Rate
from nanie_actors.errors import CommandError, InvalidGroup
from nanie_actors.messages import MappingsSaved, RunLinkCommand
from nanie_actors.model import ConversationId, EpochMs, GroupId, parse_group_id
from nanie_actors.protocol.commands import ConfirmLink, SelectGroup
from nanie_actors.router.edge import RouterRow
from nanie_actors.runtime import Clock
from nanie_actors.storage.audit_log import Action, AuditEntry, AuditLog, Outcome
from nanie_actors.storage.mappings import Mapping as Link

REFUSALS = Rate.per_minute(6, burst=30)
"""Refusals of one conversation that are written one by one: whoever is refused all day must not be able to
push the entries of others out of the files."""


class Auditor:
    """Used by the RegistryActor only."""

    def __init__(self, log: AuditLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._refusals = Buckets(REFUSALS)
        self._omitted: Counter[ConversationId] = Counter()

    def link_changed(self, message: MappingsSaved, before: Link | None) -> None:
        """A change of the map is durable: somebody was unlinked, linked, or both."""
        request, link = message.request, message.change.mapping
        if before is not None and (link is None or link.group != before.group):
            if request is None:
                who = message.change.conversation
                self.by_operator("unlink", "done", before.group, "FORGET", conversation=who)
            else:
                self.by_row("unlink", "done", request.row, before.group, request.command.action)
        if request is not None and link is not None and (before is None or link.group != before.group):
            self.by_row("link", "done", request.row, link.group, request.command.action)

    def refused(self, message: RunLinkCommand, error: CommandError) -> None:
        """A command about a link had no effect. A wrong code is written down where it is compared."""
        match message.command:
            case SelectGroup(group_id=text):
                self.by_row("link", "refused", message.row, _group_or_none(text), error.code)
            case ConfirmLink() if error.code not in ("CODE_WRONG", "CODE_EXPIRED"):
                self.by_row("confirm", "refused", message.row, None, error.code)
            case _:
                pass

    def by_row(
        self, action: Action, outcome: Outcome, row: RouterRow, group: GroupId | None, why: str = ""
    ) -> None:
        """A router message did this, or was to do it."""
        entry = AuditEntry(self._now(), action, outcome, row.conversation, group, row.sender, why)
        if outcome != "refused":
            self._log.note(entry)
        elif self._refusals.take(row.conversation, self._clock.monotonic()):
            self._omitted[row.conversation] += 1
        else:
            self._log.note(replace(entry, omitted=self._omitted.pop(row.conversation, 0)))

    def by_operator(
        self,
        action: Action,
        outcome: Outcome,
        group: GroupId,
        why: str = "",
        conversation: ConversationId | None = None,
    ) -> None:
        """Somebody did this at the control socket."""
        self._log.note(AuditEntry(self._now(), action, outcome, conversation, group, why=why))

    def _now(self) -> EpochMs:
        return EpochMs(self._clock.now_ms())


def _group_or_none(text: str) -> GroupId | None:
    """What is no group id is not written down: it may be anything."""
    try:
        return parse_group_id(text)
    except InvalidGroup:
        return None
