"""Commands about a conversation's link: what may be linked, and what a change of the map is. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from nanie_actors.actors.access import AccessPolicy, Asker
from nanie_actors.actors.directory import GroupDirectory
from nanie_actors.actors.links import Links
from nanie_actors.errors import ForbiddenGroup, Unavailable
from nanie_actors.model import ConversationId, EpochMs, GroupId, RowId, is_standalone, parse_group_id
from nanie_actors.protocol import replies
from nanie_actors.protocol.commands import SelectGroup, StartStandalone
from nanie_actors.protocol.outages import Outage, sentence
from nanie_actors.storage.mappings import Mapping as Link

STANDALONE_TITLE = "Standalone"
"""What a standalone timeline is called when the command gives it no title."""


NOT_YOURS = "This conversation cannot link that group: choose one of those that LIST_GROUPS shows."


@dataclass(frozen=True, slots=True)
class CodeNeeded:
    """The group may be linked by a code that is posted into it; who asks is not told whether it exists."""

    group: GroupId
    exists: bool


class Linking:
    """Decides; changes nothing."""

    def __init__(
        self,
        directory: GroupDirectory,
        policy: AccessPolicy,
        links: Links,
        outage: Callable[[], Outage | None],
    ) -> None:
        """`outage`: why the directory may lack groups at the moment, if it may."""
        self._directory = directory
        self._policy = policy
        self._links = links
        self._outage = outage

    def list_groups(self, asker: Asker) -> bytes:
        """The groups that this conversation may know of, newest activity first.

        Raises Unavailable when there is none to show, and WhatsApp could not tell of any.
        """
        groups = [
            (known.group, known.name, known.participants, known.last_activity)
            for known in self._directory.all()
            if (known.joined and self._policy.may_see(asker, known.group))
            or self._is_linked(asker.conversation, known.group)
        ]
        if not groups:
            self._check_reachable()
        return replies.groups(groups)

    def select(self, asker: Asker, command: SelectGroup, now: EpochMs) -> Link | CodeNeeded:
        """The link that SELECT_GROUP asks for. Raises InvalidGroup or ForbiddenGroup.

        Raises Unavailable for a group that is permitted, but that WhatsApp could not tell of until now.
        """
        group = parse_group_id(command.group_id)
        current = self._links.get(asker.conversation)
        if current is not None and current.group == group:
            return current
        known = self._directory.get(group)
        verdict = "no" if is_standalone(group) else self._policy.may_link(asker, group)
        if verdict == "code":
            return CodeNeeded(group, exists=known is not None and known.joined)
        if known is None and verdict == "yes":
            self._check_reachable()
        if known is None or not known.joined or verdict == "no":
            raise ForbiddenGroup(NOT_YOURS)
        return Link(group, known.name or command.group_name or "", now, None)

    def confirmed(self, group: GroupId, now: EpochMs) -> Link:
        """The link to a group whose code came back. Raises ForbiddenGroup if the group is gone meanwhile."""
        known = self._directory.get(group)
        if known is None or not known.joined:
            raise ForbiddenGroup(NOT_YOURS)
        return Link(group, known.name, now, None)

    def _is_linked(self, conversation: ConversationId, group: GroupId) -> bool:
        link = self._links.get(conversation)
        return link is not None and link.group == group

    def _check_reachable(self) -> None:
        outage = self._outage()
        if outage is not None:
            raise Unavailable(sentence(outage.state))

    def standalone(
        self, row: RowId, conversation: ConversationId, command: StartStandalone, now: EpochMs
    ) -> Link:
        """A link to a timeline of its own; the same row always means the same timeline."""
        group = GroupId(str(uuid5(NAMESPACE_URL, f"nanie:{conversation}:{row}")))
        return Link(group, command.title or STANDALONE_TITLE, now, "standalone")
