"""Showing a conversation its timeline: the newest state, one at a time, until the transports have it."""

from __future__ import annotations

from typing import Protocol

from nanie_actors.actors.conversation_ties import ConversationTies
from nanie_actors.actors.push_cursor import PushCursor
from nanie_actors.actors.token_bucket import TokenBucket
from nanie_actors.messages import PushDue, PushSettled
from nanie_actors.model import GroupId
from nanie_actors.protocol import replies
from nanie_actors.timeline.view import TimelineView

TICK_S = 1e-6
"""What a timer may come too early by: less is no reason for another one."""


class Answers(Protocol):
    """As much of the conversation's rows as pushing needs."""

    @property
    def awaits_view(self) -> bool:
        """Whether an answer is on its way that shows the timeline."""


class Pusher:
    """Used by one ConversationActor only.

    A view may come before the conversation has heard that it is linked to that group: then it is kept.
    """

    def __init__(self, ties: ConversationTies, answers: Answers) -> None:
        self._ties = ties
        self._answers = answers
        self._cursor = PushCursor()
        self._group: GroupId | None = None
        self._early: dict[GroupId, tuple[TimelineView, bool]] = {}
        limits = ties.services.limits
        self._allowance = TokenBucket(limits.pushes, ties.services.clock.monotonic())
        self._free_at_s = 0.0
        self._due = False
        self.count = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way and nothing wants to be."""
        return self._cursor.idle

    @property
    def revisions(self) -> dict[str, int | bool]:
        """Where the conversation stands, for the dump."""
        cursor = self._cursor
        return {
            "revision": cursor.revision,
            "accepted": cursor.accepted,
            "pushing": cursor.flying is not None,
        }

    def follow(self, group: GroupId | None) -> None:
        """The conversation is linked to this group."""
        self._group = group
        self._cursor.follow(group)
        early, self._early = self._early, {}
        if group in early:
            view, behind = early[group]
            self.joined(view, behind=behind)

    def joined(self, view: TimelineView, *, behind: bool) -> None:
        """Where the timeline stood when the conversation joined; it may have been shown that long ago."""
        if view.group != self._group:
            self._keep(view, news=behind)
        elif behind or self._ties.services.pushes.owes(self._ties.conversation, view.group):
            self.changed(view)
        else:
            self._cursor.shown(view)

    def changed(self, view: TimelineView) -> None:
        """The timeline is another one."""
        if view.group != self._group:
            self._keep(view, news=True)
        elif view.revision <= self._cursor.accepted:
            self._pay(view.group, self._cursor.accepted)
        elif self._cursor.changed(view):
            self.push()

    def shown(self, view: TimelineView) -> None:
        """An answer shows this view."""
        self._cursor.shown(view)
        self._pay(view.group, view.revision)

    def answered(self) -> None:
        """An answer is out; what it did not show may follow."""
        self.push()

    def rested(self) -> None:
        """The interval is over."""
        self._due = False
        self.push()

    def push(self) -> None:
        """Push the newest state, and no other one before the interval is over, or there were too many."""
        if self._due or not self._cursor.ready or self._answers.awaits_view:
            return
        services = self._ties.services
        now_s = services.clock.monotonic()
        wait_s = self._free_at_s - now_s
        if wait_s <= TICK_S:
            wait_s = self._allowance.take(now_s)
        if wait_s:
            # Only now: most pushes are not followed by another one within the interval.
            self._due = True
            self._ties.later(wait_s, PushDue(self._ties.incarnation))
        else:
            self._free_at_s = now_s + services.limits.push_interval_s
            self._push_now()

    def flush(self) -> None:
        """Push what waits for the interval: nothing comes after it."""
        if not self._answers.awaits_view:
            self._push_now()

    def _push_now(self) -> None:
        view = self._cursor.take()
        if view is None:
            return
        ties, group, revision = self._ties, view.group, view.revision
        self.count += 1
        body = replies.timeline_update(view)
        if ties.services.trails.following:
            ties.services.trails.encoded(ties.conversation, group, revision)
        ties.services.outlet.push(
            ties.conversation, body, lambda ok: ties.note(PushSettled(group, revision, ok))
        )

    def settled(self, message: PushSettled) -> None:
        """The transports took a push, or never will: then the conversation is gone and owed nothing."""
        trails = self._ties.services.trails
        if trails.following:
            trails.pushed(self._ties.conversation, message.group, message.revision, accepted=message.accepted)
        self._ties.services.pushes.pay(self._ties.conversation, message.group, message.revision)
        if self._cursor.settled(message.group, message.revision):
            self.push()

    def _pay(self, group: GroupId, revision: int) -> None:
        """The conversation has seen this revision without a push of its own."""
        services, conversation = self._ties.services, self._ties.conversation
        services.pushes.pay(conversation, group, revision)
        if services.trails.following:
            services.trails.passed_by(conversation, group, revision)

    def _keep(self, view: TimelineView, *, news: bool) -> None:
        """Of what comes early only the newest matters, and whether anything of it was new."""
        kept, had_news = self._early.get(view.group, (view, False))
        newest = view if view.revision >= kept.revision else kept
        self._early[view.group] = (newest, news or had_news)
