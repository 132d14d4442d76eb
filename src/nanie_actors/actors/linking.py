"""Commands about a conversation's link: what may be linked, and what a change of the map is. Pure."""

from __future__ import annotations

from collections.abc import Callable
from uuid import NAMESPACE_URL, uuid5

from nanie_actors.actors.access import AccessPolicy
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

    def list_groups(self, conversation: ConversationId) -> bytes:
        """The groups that this conversation may link, newest activity first.

        Raises Unavailable when there is none to show, and WhatsApp could not tell of any.
        """
        groups = [
            (known.group, known.name, known.participants, known.last_activity)
            for known in self._directory.all()
            if self._policy.may_link(conversation, known.group)
        ]
        if not groups:
            self._check_reachable()
        return replies.groups(groups)

    def select(self, conversation: ConversationId, command: SelectGroup, now: EpochMs) -> Link:
        """The link that SELECT_GROUP asks for. Raises InvalidGroup or ForbiddenGroup.

        Raises Unavailable for a group that is permitted, but that WhatsApp could not tell of until now.
        """
        group = parse_group_id(command.group_id)
        current = self._links.get(conversation)
        if current is not None and current.group == group:
            return current
        known = self._directory.get(group)
        permitted = not is_standalone(group) and self._policy.may_link(conversation, group)
        if known is None and permitted:
            self._check_reachable()
        if known is None or not permitted:
            raise ForbiddenGroup(
                "This conversation cannot link that group: choose one of those that LIST_GROUPS shows."
            )
        return Link(group, known.name or command.group_name or "", now, None)

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
