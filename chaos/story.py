"""A chapter as a whole, when nothing runs any more: everything that went in, and everything that was seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chaos.population import Population
from chaos.reading import Item, Shown
from chaos.rows import Row, mark_of_own
from chaos.stream import Stream
from chaos.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Story:
    """`timelines` by group and revision; `recent` are the ids of logged messages by timeline."""

    state: Path
    sent: Path
    people: Population
    stream: Stream
    tenants: Mapping[str, Tenant]
    timelines: Mapping[tuple[str, int], Shown]
    own_groups: Mapping[str, str]
    recent: Mapping[str, Sequence[str]]
    extractor_fails: bool
    """What it failed at when a log was read again is not shown until somebody asks for RESYNC_HISTORY."""
    ends: int
    """How many processes ended: each may leave one text of a group with an outcome that nobody knows."""

    def rows(self, action: str, place: str) -> list[Row]:
        """All rows of one kind for one timeline."""
        return [
            row
            for tenant in self.tenants.values()
            for row in tenant.rows
            if row.action == action and row.place == place
        ]

    def deleted(self, place: str, *, done: bool) -> set[str]:
        """Ids of events that were deleted for sure (`done`), or that somebody ever asked to delete."""
        rows = self.rows("DELETE_EVENTS", place)
        return {event for row in rows if row.outcome == "done" or not done for event in row.events}

    def messages_of(self, jid: str, events: set[str]) -> set[str]:
        """The messages that these events were read from: known from what was shown."""
        return {
            item.message for item in self.ever_shown(jid) if item.message is not None and item.id in events
        }

    def unnamed_marks(self) -> set[str]:
        """The marks of timelines that conversations started, and never heard the group id of."""
        rows = [row for tenant in self.tenants.values() for row in tenant.rows]
        places = {row.place for row in rows if row.action == "START_STANDALONE" and row.place is not None}
        return {mark_of_own(place) for place in places - set(self.own_groups)}

    def ever_shown(self, place: str) -> Iterator[Item]:
        """Every event that was ever shown of a timeline."""
        jid = self.own_groups.get(place, place)
        for (group, _), shown in self.timelines.items():
            if group == jid:
                yield from shown.items

    def revisions(self, jid: str) -> list[tuple[int, Shown]]:
        """What was shown of a group, by revision."""
        known = self.timelines.items()
        return sorted((revision, shown) for (group, revision), shown in known if group == jid)
