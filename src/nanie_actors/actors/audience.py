"""The conversations that listen to a group: who they are, what they are shown, what their coming changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nanie_actors.actors.group_journal import GroupJournal
from nanie_actors.actors.group_ties import GroupTies
from nanie_actors.messages import RunCommand, TimelineChanged, TimelineJoined
from nanie_actors.model import ConversationId, is_standalone
from nanie_actors.runtime import PooledRef
from nanie_actors.timeline.records import ListeningChanged, Record
from nanie_actors.timeline.state import GroupState
from nanie_actors.timeline.view import TimelineView

Listeners = Mapping[ConversationId, PooledRef[Any]]


class Audience:
    """Used by one GroupActor only."""

    def __init__(
        self,
        ties: GroupTies,
        state: GroupState,
        journal: GroupJournal,
        *,
        behind: bool,
        write: Callable[[Record], None],
        reread: Callable[[RunCommand | None], None],
    ) -> None:
        """`behind`: listeners may have missed what the shared log brought back."""
        self._ties = ties
        self._state = state
        self._journal = journal
        self._behind = behind
        self._write = write
        self._reread = reread
        self._listeners: dict[ConversationId, PooledRef[Any]] = {}

    @property
    def names(self) -> list[ConversationId]:
        """Who listens, for the dump."""
        return list(self._listeners)

    def replace(self, listeners: Listeners) -> None:
        """These listen, and nobody else."""
        self._listeners = dict(listeners)
        if listeners:
            self._journal.when_settled(lambda: self._attend(*self._listeners))
        elif self._state.active and self._may_go_quiet and not is_standalone(self._ties.group):
            self._write(self._gone_quiet(archived=self._state.archived))

    def add(self, conversation: ConversationId, ref: PooledRef[Any]) -> None:
        """A conversation was linked, or has a new actor."""
        self._listeners[conversation] = ref
        if self._journal.refusing and not self._state.active:
            # It cannot be answered before the log is read, so the timeline is pushed when it has been.
            self._ties.services.pushes.owe(conversation, self._ties.group, self._state.revision)
        if self._state.active or self._journal.refusing:
            self._journal.when_settled(lambda: self._attend(conversation))
        else:
            # Nothing on its way makes the group active: whoever makes it so holds up the mail until it is.
            self._reread(None)

    def remove(self, conversation: ConversationId, *, deleted: bool) -> None:
        """A conversation was unlinked."""
        self._listeners.pop(conversation, None)
        self._ties.services.pushes.cancel(conversation, self._ties.group)
        self._ties.services.trails.listens_no_more(conversation, self._ties.group)
        if not self._listeners and self._may_go_quiet:
            self._write(self._gone_quiet(archived=deleted))

    def announce(self) -> None:
        """The timeline is another one: all are owed it from now on. Who joins while the log is only kept is
        shown it when the log has been read: until then it lacks what was logged."""
        view, whole = self._view(), self._state.active
        for conversation, ref in self._listeners.items():
            self._ties.services.pushes.owe(conversation, self._ties.group, view.revision)
            if whole:
                ref.tell_system(TimelineChanged(view))

    def join_all(self) -> None:
        """Show everybody where the timeline stands; who has seen it does nothing."""
        self._join(*self._listeners)

    def _join(self, *conversations: ConversationId) -> None:
        view = self._view()
        for conversation in conversations:
            ref = self._listeners.get(conversation)
            if ref is None:
                continue
            if self._behind:
                self._ties.services.pushes.owe(conversation, self._ties.group, view.revision)
            ref.tell_system(TimelineJoined(view, self._behind))

    def _attend(self, *conversations: ConversationId) -> None:
        """Decided on what is on disk: a record on its way may say that nobody listens any more."""
        if not self._listeners:
            return
        if self._state.active and not self._state.archived:
            self._join(*conversations)
        else:
            self._reread(None)

    @property
    def _may_go_quiet(self) -> bool:
        return self._ties.limits.on_orphaned != "keep"

    def _gone_quiet(self, *, archived: bool) -> ListeningChanged:
        return ListeningChanged(self._ties.now(), active=False, archived=archived)

    def _view(self) -> TimelineView:
        return self._state.view(self._ties.limits.shown_events)
