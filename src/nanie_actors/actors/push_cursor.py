"""Where a conversation stands with its timeline: what it was shown, what is on its way, what is newest."""

from __future__ import annotations

from nanie_actors.model import GroupId
from nanie_actors.timeline.view import TimelineView


class PushCursor:
    """Only the newest state matters: older ones that were never pushed are forgotten. Pure."""

    __slots__ = ("_group", "_newest", "accepted", "flying")

    def __init__(self) -> None:
        self._group: GroupId | None = None
        self._newest: TimelineView | None = None
        self.accepted = 0
        self.flying: int | None = None

    def follow(self, group: GroupId | None) -> None:
        """From now on only this group's views count; another group's revisions say nothing."""
        if group != self._group:
            self._group, self._newest, self.accepted, self.flying = group, None, 0, None

    @property
    def revision(self) -> int:
        """The newest revision that is known."""
        return self.accepted if self._newest is None else max(self._newest.revision, self.accepted)

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way and nothing wants to be."""
        return self.flying is None and self._newest is None

    @property
    def ready(self) -> bool:
        """Whether `take` would give something."""
        return self.flying is None and self._newest is not None

    def changed(self, view: TimelineView) -> bool:
        """Take in a view; says whether there is something to push."""
        if view.group != self._group or view.revision <= self._seen_at_least():
            return False
        self._newest = view
        return self.flying is None

    def shown(self, view: TimelineView) -> None:
        """A reply shows this view: whatever is older need not be pushed."""
        if view.group != self._group:
            return
        self.accepted = max(self.accepted, view.revision)
        if self._newest is not None and self._newest.revision <= view.revision:
            self._newest = None

    def take(self) -> TimelineView | None:
        """What to push now; None while a push is on its way or nothing is new."""
        if self.flying is not None or self._newest is None:
            return None
        view, self._newest = self._newest, None
        self.flying = view.revision
        return view

    def settled(self, group: GroupId, revision: int) -> bool:
        """A push is over; says whether the next one may follow it."""
        if group != self._group or revision != self.flying:
            return False
        self.flying = None
        self.accepted = max(self.accepted, revision)
        return self._newest is not None

    def _seen_at_least(self) -> int:
        if self._newest is not None:
            return max(self._newest.revision, self.accepted)
        return self.accepted if self.flying is None else max(self.flying, self.accepted)
