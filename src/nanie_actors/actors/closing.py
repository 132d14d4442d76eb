"""The worker's stop, as the registry sees it: every child settles what it was told, then there is none."""

from __future__ import annotations

from collections.abc import Callable

from nanie_actors.actors.children import Children
from nanie_actors.actors.conversation_lives import ConversationLives
from nanie_actors.actors.group_lives import GroupLives
from nanie_actors.actors.link_desk import LinkDesk


class Closing:
    """Used by the RegistryActor only."""

    def __init__(
        self,
        children: Children,
        groups: GroupLives,
        conversations: ConversationLives,
        desk: LinkDesk,
    ) -> None:
        self._children = children
        self._groups = groups
        self._conversations = conversations
        self._desk = desk
        self._done: Callable[[], None] | None = None

    @property
    def begun(self) -> bool:
        """Whether the worker stops."""
        return self._done is not None

    def begin(self, done: Callable[[], None]) -> None:
        """Passivate every child, then call `done`."""
        self._done = done

    def go_on(self) -> None:
        """Call after every message. Groups first: they may still change timelines; then the conversations
        that show them. What wakes a child meanwhile is carried out, and the child sleeps behind it."""
        if self._done is None:
            return
        for child in self._children.groups.living("active"):
            self._groups.passivate(child)
        if len(self._children.groups) > self._children.groups.counts().get("quarantined", 0):
            return
        for child in self._children.conversations.living("active"):
            self._conversations.passivate(child)
        if not len(self._children.conversations) and not self._desk.busy:
            done, self._done = self._done, None
            done()
