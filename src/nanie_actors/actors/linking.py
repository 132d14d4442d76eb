"""Commands about a conversation's link: what may be linked, and what a change of the map is. Pure."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from nanie_actors.actors.access import AccessPolicy
from nanie_actors.actors.directory import GroupDirectory
from nanie_actors.actors.links import Links
from nanie_actors.errors import ForbiddenGroup
from nanie_actors.model import ConversationId, EpochMs, GroupId, RowId, is_standalone, parse_group_id
from nanie_actors.protocol import replies
from nanie_actors.protocol.commands import SelectGroup, StartStandalone
from nanie_actors.storage.mappings import Mapping as Link

STANDALONE_TITLE = "Standalone"
"""What a standalone timeline is called when the command gives it no title."""


class Linking:
    """Decides; changes nothing."""

    def __init__(self, directory: GroupDirectory, policy: AccessPolicy, links: Links) -> None:
        self._directory = directory
        self._policy = policy
        self._links = links

    def list_groups(self, conversation: ConversationId) -> bytes:
        """The groups that this conversation may link, newest activity first."""
        return replies.groups(
            [
                (known.group, known.name, known.participants, known.last_activity)
                for known in self._directory.all()
                if self._policy.may_link(conversation, known.group)
            ]
        )

    def select(self, conversation: ConversationId, command: SelectGroup, now: EpochMs) -> Link:
        """The link that SELECT_GROUP asks for. Raises InvalidGroup or ForbiddenGroup."""
        group = parse_group_id(command.group_id)
        current = self._links.get(conversation)
        if current is not None and current.group == group:
            return current
        known = self._directory.get(group)
        if known is None or is_standalone(group) or not self._policy.may_link(conversation, group):
            raise ForbiddenGroup(
                "This conversation cannot link that group: choose one of those that LIST_GROUPS shows."
            )
        return Link(group, known.name or command.group_name or "", now, None)

    def standalone(
        self, row: RowId, conversation: ConversationId, command: StartStandalone, now: EpochMs
    ) -> Link:
        """A link to a timeline of its own; the same row always means the same timeline."""
        group = GroupId(str(uuid5(NAMESPACE_URL, f"nanie:{conversation}:{row}")))
        return Link(group, command.title or STANDALONE_TITLE, now, "standalone")
