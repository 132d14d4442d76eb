"""The conversation-to-group map: commands about links, durable first, told afterwards."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from nanie_actors.actors.access import Asker
from nanie_actors.actors.auditor import Auditor
from nanie_actors.actors.code_desk import CodeDesk
from nanie_actors.actors.conversation_lives import ConversationLives
from nanie_actors.actors.directory import GroupDirectory
from nanie_actors.actors.group_lives import GroupLives
from nanie_actors.actors.linking import CodeNeeded, Linking
from nanie_actors.actors.links import Links
from nanie_actors.errors import CommandError, Unavailable
from nanie_actors.messages import (
    AddListener,
    CommandDone,
    CommandFailed,
    Describe,
    GroupRenamed,
    LinkChanged,
    MappingsSaved,
    RemoveListener,
    RunCommand,
    RunLinkCommand,
)
from nanie_actors.model import ConversationId, EpochMs, GroupId, RowId
from nanie_actors.protocol import replies
from nanie_actors.protocol.commands import (
    ConfirmLink,
    DeleteConversation,
    ListGroups,
    SelectGroup,
    StartStandalone,
)
from nanie_actors.runtime import Clock, PooledRef
from nanie_actors.storage.disk import DiskOk, DiskResult
from nanie_actors.storage.mappings import Mapping as Link
from nanie_actors.storage.mappings import MappingChange, MappingsStore

logger = logging.getLogger(__name__)

LINK_CHANGED = "The link has changed: try again."
DISK_REFUSES = "The worker cannot write to its disk; nothing was changed. Try again later."

ERASING = "That group is just being forgotten: try again later."


@dataclass(frozen=True, slots=True)
class LinkServices:
    """What the map is kept in, and what decides about links."""

    store: MappingsStore
    links: Links
    handled_rows: set[RowId]
    added_rows: dict[RowId, bool]
    """Rows that were to add something under a link that is no more: whether they did."""
    directory: GroupDirectory
    linking: Linking
    codes: CodeDesk
    auditor: Auditor
    erasing: AbstractSet[GroupId]
    clock: Clock
    erase_orphans: bool


class LinkDesk:
    """Used by the RegistryActor only."""

    def __init__(
        self,
        services: LinkServices,
        registry: PooledRef[Any],
        groups: GroupLives,
        conversations: ConversationLives,
    ) -> None:
        self._services = services
        self._links = services.links
        self._registry = registry
        self._groups = groups
        self._conversations = conversations
        self._saving: Counter[ConversationId] = Counter()

    @property
    def busy(self) -> bool:
        """Whether a change is on its way to the disk."""
        return self._saving.total() > 0

    def saving(self, conversation: ConversationId) -> bool:
        """Whether a change of this conversation's link is on its way to the disk."""
        return self._saving[conversation] > 0

    def run_group_command(self, message: RunCommand) -> None:
        """A command for a group goes there only if its conversation is linked to it now, and was when its row
        came first: what somebody wrote to one group must not reach another."""
        link = self._links.get(message.row.conversation)
        did_add = self._services.added_rows.get(message.row.row_id)
        if did_add:
            message.reply_to.tell_system(CommandDone(message.row, (replies.EVENT_ADDED,)))
        elif did_add is False or link is None or link.group != message.group:
            message.reply_to.tell_system(CommandFailed(message.row, Unavailable(LINK_CHANGED)))
        else:
            self._groups.tell(message.group, message)

    def run(self, message: RunLinkCommand) -> None:
        """Carry out a command about a link, once however often its row comes."""
        row, current = message.row, self._links.get(message.row.conversation)
        if isinstance(message.command, ListGroups):
            self._list_groups(message)
        elif row.row_id in self._services.handled_rows:
            message.reply_to.tell_system(LinkChanged(row, current))
        else:
            self._change(message, current)

    def _list_groups(self, message: RunLinkCommand) -> None:
        row = message.row
        try:
            body = self._services.linking.list_groups(Asker(row.conversation, row.sender))
        except CommandError as error:
            message.reply_to.tell_system(CommandFailed(row, error))
        else:
            message.reply_to.tell_system(CommandDone(row, (body,)))

    def unlink(self, conversation: ConversationId) -> None:
        """Nobody asked for this in the conversation: its group is to be forgotten."""
        self._save(None, conversation, None)

    def renamed(self, message: GroupRenamed) -> None:
        """A group learned its (new) name: its conversations are called like it."""
        for conversation in self._links.listeners(message.group):
            self._rename(conversation, message.name)

    def saved(self, message: MappingsSaved) -> None:
        """The disk settled a change of the map."""
        conversation, request = message.change.conversation, message.request
        self._saving[conversation] -= 1
        if not self._saving[conversation]:
            del self._saving[conversation]
        if not isinstance(message.result, DiskOk):
            logger.error("the conversation map could not be written (%s)", message.result.reason)
            if request is not None:
                self._refuse(request, Unavailable(DISK_REFUSES))
            return
        before = self._links.get(conversation)
        link = message.change.mapping
        self._links.assign(conversation, link)
        self._services.auditor.link_changed(message, before)
        self._leave(message, before)
        if request is None:
            self._conversations.relinked(conversation)
        else:
            self._services.handled_rows.add(request.row.row_id)
            self._services.added_rows.update(request.added)
            self._services.codes.void(request)
            self._join(conversation, link)
            request.reply_to.tell_system(LinkChanged(request.row, link))
        self._take_newest_name(conversation)

    def _change(self, message: RunLinkCommand, current: Link | None) -> None:
        try:
            wanted = self._wanted(message)
            if wanted is not None and wanted.group in self._services.erasing:
                raise Unavailable(ERASING)
        except CommandError as error:
            self._refuse(message, error)
            return
        if isinstance(wanted, CodeNeeded):
            self._services.codes.ask(message, wanted.group, exists=wanted.exists)
        elif wanted is None and current is None:
            message.reply_to.tell_system(LinkChanged(message.row, None))
        else:
            self._save(message, message.row.conversation, wanted)

    def _wanted(self, message: RunLinkCommand) -> Link | CodeNeeded | None:
        row, linking, now = message.row, self._services.linking, self._now()
        match message.command:
            case SelectGroup() as command:
                return linking.select(Asker(row.conversation, row.sender), command, now)
            case ConfirmLink() as command:
                return linking.confirmed(self._services.codes.confirm(message, command), now)
            case StartStandalone() as command:
                return linking.standalone(row.row_id, row.conversation, command, now)
            case _:
                return None

    def _refuse(self, message: RunLinkCommand, error: CommandError) -> None:
        self._services.auditor.refused(message, error)
        message.reply_to.tell_system(CommandFailed(message.row, error))

    def _save(self, request: RunLinkCommand | None, conversation: ConversationId, link: Link | None) -> None:
        """Durable first; the map in memory, the groups and the conversation hear of it afterwards."""
        row = None if request is None else request.row.row_id
        added = () if request is None else request.added
        change = MappingChange(row, conversation, link, self._now(), added)
        registry = self._registry
        self._saving[conversation] += 1

        def done(result: DiskResult) -> None:
            registry.tell_system(MappingsSaved(request, change, result))

        self._services.store.save([change], done)

    def _leave(self, message: MappingsSaved, before: Link | None) -> None:
        conversation, link = message.change.conversation, message.change.mapping
        if before is None or (link is not None and link.group == before.group):
            return
        deleted = message.request is not None and isinstance(message.request.command, DeleteConversation)
        child = self._groups.tell(before.group, RemoveListener(conversation, deleted))
        if deleted and self._services.erase_orphans and not self._links.count(before.group):
            self._groups.erase(child)

    def _join(self, conversation: ConversationId, link: Link | None) -> None:
        if link is None:
            return
        self._groups.keep(link.group)
        if link.mode == "standalone":
            self._groups.tell(link.group, Describe(link.group_name))
        listener = self._conversations.listener(conversation)
        if listener is not None:
            self._groups.tell(link.group, AddListener(conversation, listener))

    def _take_newest_name(self, conversation: ConversationId) -> None:
        """The group may have been renamed while its link was on its way to the disk."""
        link = self._links.get(conversation)
        known = None if link is None else self._services.directory.get(link.group)
        if known is not None and known.name:
            self._rename(conversation, known.name)

    def _rename(self, conversation: ConversationId, name: str) -> None:
        link = self._links.get(conversation)
        if link is not None and link.group_name != name and not self.saving(conversation):
            self._save(None, conversation, replace(link, group_name=name))

    def _now(self) -> EpochMs:
        return EpochMs(self._services.clock.now_ms())
