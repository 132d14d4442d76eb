"""The conversation-to-group map in memory, both ways. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from nanie_actors.model import ConversationId, GroupId, is_standalone
from nanie_actors.storage.mappings import Mapping as Link


class Links:
    """Which conversation is linked to which group, and who listens to a group."""

    def __init__(self, links: Mapping[ConversationId, Link]) -> None:
        self._links = dict(links)
        self._listeners: dict[GroupId, dict[ConversationId, None]] = {}
        for conversation, link in self._links.items():
            self._listeners.setdefault(link.group, {})[conversation] = None

    def __len__(self) -> int:
        return len(self._links)

    def get(self, conversation: ConversationId) -> Link | None:
        """The conversation's link."""
        return self._links.get(conversation)

    def listeners(self, group: GroupId) -> tuple[ConversationId, ...]:
        """The conversations linked to a group, in the order of linking."""
        return tuple(self._listeners.get(group, ()))

    def count(self, group: GroupId) -> int:
        """How many conversations are linked to a group."""
        return len(self._listeners.get(group, ()))

    def groups(self) -> set[GroupId]:
        """All groups that somebody is linked to."""
        return set(self._listeners)

    def of_whatsapp(self) -> list[ConversationId]:
        """The conversations whose timeline has a WhatsApp group behind it."""
        return [conversation for conversation, link in self._links.items() if not is_standalone(link.group)]

    def assign(self, conversation: ConversationId, link: Link | None) -> None:
        """Link a conversation, or (None) unlink it."""
        before = self._links.pop(conversation, None)
        if before is not None:
            listeners = self._listeners[before.group]
            del listeners[conversation]
            if not listeners:
                del self._listeners[before.group]
        if link is not None:
            self._links[conversation] = link
            self._listeners.setdefault(link.group, {})[conversation] = None
