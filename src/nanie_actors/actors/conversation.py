"""One app conversation: handles its router messages one after the other, and shows it its timeline.

    learning its link ──LinkState──► serving ──PassivateConversation──► draining ──► drained

Rows wait until the link is known. Timeline changes come on the system lane: a command under way does not
hold them up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nanie_actors.actors.conversation_ties import ConversationServices, ConversationTies
from nanie_actors.actors.open_rows import OpenRows
from nanie_actors.actors.pusher import Pusher
from nanie_actors.actors.row_desk import RowDesk
from nanie_actors.messages import (
    CommandDone,
    CommandDue,
    CommandFailed,
    ConversationDrained,
    ConversationIdle,
    ConversationUp,
    IdleDue,
    LinkChanged,
    LinkState,
    PassivateConversation,
    PushDue,
    PushSettled,
    ReplySettled,
    RowGiven,
    TimelineChanged,
    TimelineJoined,
    TimelineShown,
)
from nanie_actors.model import ConversationId
from nanie_actors.protocol import replies
from nanie_actors.runtime import PooledActor, PooledRef
from nanie_actors.storage.mappings import Mapping as Link

UNLINKED_IDLE_S = 10.0
"""An unlinked conversation has nothing to remember: it makes room soon."""

Answer = CommandDone | CommandFailed | CommandDue | TimelineShown
"""How a command under way ends."""


class ConversationActor(PooledActor):
    """See the module. Started, stopped and restarted by the RegistryActor alone."""

    def __init__(
        self,
        conversation: ConversationId,
        services: ConversationServices,
        registry: PooledRef[Any],
        open_rows: OpenRows,
    ) -> None:
        super().__init__()
        context = self.context
        self._ties = ConversationTies(
            conversation, services, open_rows, registry, context, context.incarnation
        )
        self._rows = RowDesk(self._ties)
        self._pusher = Pusher(self._ties, self._rows)
        self._link: Link | None = None
        self._knows_link = False
        self._draining = False
        self._used_at = 0.0

    def on_start(self) -> None:
        """On the pool: ask for the link first; rows wait until it is known."""
        self.context.hold()
        self._use()
        self._ties.registry.tell(ConversationUp(self._ties.conversation))
        self._ties.later(UNLINKED_IDLE_S, IdleDue(self._ties.incarnation))

    # ── mail ────────────────────────────────────────────────────────────────────────────────────────────

    def on_receive(self, message: Any) -> None:
        """The user lane: rows, in order."""
        match message:
            case RowGiven(row):
                self._use()
                self._rows.take(row, None if self._link is None else self._link.group)
            case PassivateConversation():
                self._draining = True
                self._try_to_drain()
            case _:
                super().on_receive(message)

    def on_system(self, message: Any) -> Any:
        """The system lane: answers, timeline changes, transports, timers."""
        match message:
            case TimelineChanged(view):  # first: these two come for every change
                self._use()
                self._pusher.changed(view)
            case PushSettled():
                self._pusher.settled(message)
                self._try_to_drain()
            case TimelineJoined(view, behind):
                self._pusher.joined(view, behind=behind)
            case PushDue(incarnation):
                if incarnation == self._ties.incarnation:
                    self._pusher.rested()
            case CommandDone() | CommandFailed() | CommandDue() | TimelineShown():
                self._answered(message)
            case LinkState(link):
                self._link_told(link)
            case LinkChanged():
                self._link_changed(message)
            case ReplySettled():
                self._rows.settled(message)
                self._try_to_drain()
            case IdleDue(incarnation):
                if incarnation == self._ties.incarnation:
                    self._look_idle()
            case _:
                return super().on_system(message)
        return None

    def _answered(self, message: Answer) -> None:
        if not self._rows.is_under_way(message.row):
            return  # Answered already: the deadline and the answer crossed.
        match message:
            case CommandDone(row, bodies):
                self._rows.answer(row, *bodies)
            case CommandFailed(row, error):
                self._rows.fail(row, error)
            case CommandDue(row):
                self._rows.expire(row)
            case TimelineShown(row, view, update):
                self._pusher.shown(view)
                encode = replies.timeline_update if update else replies.timeline
                self._rows.answer(row, encode(view))
        self._pusher.answered()

    # ── the link ────────────────────────────────────────────────────────────────────────────────────────

    def _link_told(self, link: Link | None) -> None:
        """The registry says how things stand: at the start, and when a group got another name."""
        before = self._link
        self._take_link(link)
        if not self._knows_link:
            self._knows_link = True
            self._rows.close_open()
            self.context.release()
        elif before is not None and link is not None and before.group_name != link.group_name:
            self._ties.services.outlet.rename(self._ties.conversation, link.group_name)

    def _link_changed(self, message: LinkChanged) -> None:
        self._take_link(message.link)
        if message.link is not None:
            self._ties.services.outlet.rename(self._ties.conversation, message.link.group_name)
        self._rows.link_changed(message)
        self._pusher.answered()

    def _take_link(self, link: Link | None) -> None:
        self._link = link
        self._pusher.follow(None if link is None else link.group)

    # ── going to sleep ──────────────────────────────────────────────────────────────────────────────────

    @property
    def _quiet(self) -> bool:
        return self._rows.idle and self._pusher.idle

    def _use(self) -> None:
        self._used_at = self._ties.services.clock.monotonic()

    def _look_idle(self) -> None:
        ties = self._ties
        limit_s = UNLINKED_IDLE_S if self._link is None else ties.services.limits.passivate_after_s
        left_s = limit_s - (ties.services.clock.monotonic() - self._used_at)
        if left_s <= 0 and self._quiet:
            ties.registry.tell(ConversationIdle(ties.conversation))
        ties.later(left_s if left_s > 0 else limit_s, IdleDue(ties.incarnation))

    def _try_to_drain(self) -> None:
        if self._draining and not self._quiet:
            # What waits for the interval goes out now: nothing comes after it.
            self._pusher.flush()
        if self._draining and self._quiet:
            self._draining = False
            self._ties.registry.tell(ConversationDrained(self._ties.conversation))

    def inspect(self) -> Mapping[str, Any]:
        """The conversation's own words for the dump."""
        return {
            "conversation": self._ties.conversation,
            "group": None if self._link is None else self._link.group,
            **self._pusher.revisions,
            "command": self._rows.action,
            "commands": self._rows.commands,
            "replies": self._rows.replies,
            "pushes": self._pusher.count,
        }
