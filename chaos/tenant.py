"""One app conversation as the parent router knows it: what it is linked to, what it may see, what it asks."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from chaos.population import APP_START_MS, Group
from chaos.rows import LINKS, Row, judge, mark_of_own, names_own_group, own_place

AT_ONCE = 3
"""Rows that a conversation sends without waiting for an answer. Behind a change of its link it waits."""

UNSURE = "unsure"
"""The link after a change of which nobody can know whether it took place."""

_LINKED = (
    ("ADD_EVENT", 50),
    ("DELETE_EVENTS", 11),
    ("GET_STATUS", 11),
    ("SELECT_GROUP", 9),
    ("UNLINK_GROUP", 5),
    ("GET_CONTEXT", 4),
    ("LIST_GROUPS", 4),
    ("RESYNC_HISTORY", 3),
    ("START_STANDALONE", 3),
)
_UNLINKED = (("SELECT_GROUP", 80), ("START_STANDALONE", 12), ("GET_STATUS", 8))


class Tenant:
    """Rows go out in order, are sent again by every new process until they are answered, and judged then."""

    def __init__(self, name: str, groups: tuple[Group, ...], random: Random, order: Iterator[int]) -> None:
        """`order` numbers the answers of all conversations."""
        self.name = name
        self.link: str | None = None
        self.rows: list[Row] = []
        self.shown: list[str] = []
        self._groups = groups
        self._marks = {group.jid: group.mark for group in groups}
        self._random = random
        self.own_groups: dict[str, str] = {}
        self._doubt: set[str | None] = set()
        self._order = order

    @property
    def open_rows(self) -> list[Row]:
        """What is not answered, in order."""
        return [row for row in self.rows[-2 * AT_ONCE :] if row.outcome == "open"]

    def visible_marks(self) -> set[str]:
        """The marks that it may see at this moment."""
        return {self.mark_of(place) for place in self._may_see()}

    def mark_of(self, place: str) -> str:
        """The mark of a timeline."""
        return mark_of_own(place) if place.startswith("own:") else self._marks[place]

    def _may_see(self) -> set[str]:
        places = {self.link, *self._doubt, *(row.place for row in self.open_rows if row.action in LINKS)}
        return {place for place in places if place is not None and place != UNSURE}

    # ── what it asks ────────────────────────────────────────────────────────────────────────────────────

    def begins(self, run: int) -> list[Row]:
        """A new process: everything that is not answered goes out again."""
        if self._doubt:
            # What the last process refused may have been on its disk when it was killed.
            self.link = UNSURE
        for row in self.open_rows:
            row.sent_in = run
        return self.open_rows

    def asks(self, run: int) -> Row | None:
        """Its next row, if it does not wait for an answer."""
        waiting = self.open_rows
        if len(waiting) >= AT_ONCE or any(row.action in LINKS for row in waiting):
            return None
        if self.link == UNSURE and waiting:
            return None
        row = self._next(self._action())
        row.sent_in = row.first_sent_in = run
        self.rows.append(row)
        return row

    def asks_for(self, action: str, run: int, **fields: Any) -> Row:
        """A row that somebody wants it to send."""
        changing = [row.place for row in self.open_rows if row.action in LINKS]
        row = Row(self._row_id(), self.name, action, fields, changing[-1] if changing else self.link)
        if action == "SELECT_GROUP":
            row.place = str(fields["groupId"])
        row.sent_in = row.first_sent_in = run
        self.rows.append(row)
        return row

    def _action(self) -> str:
        if self.link == UNSURE:
            return "GET_STATUS"
        if self._doubt:
            return "SELECT_GROUP"
        choices = _UNLINKED if self.link is None else _LINKED
        actions, weights = zip(*choices, strict=True)
        action = str(self._random.choices(actions, weights)[0])
        return "GET_STATUS" if action == "DELETE_EVENTS" and not self.shown else action

    def _next(self, action: str) -> Row:
        row_id, random = self._row_id(), self._random
        match action:
            case "ADD_EVENT":
                assert self.link is not None
                fields: dict[str, Any] = {"text": f"~{self.mark_of(self.link)}~ added {row_id}"}
                if random.random() < 0.6:
                    at = APP_START_MS + len(self.rows) * 60_000
                    fields["eventData"] = {"timestamp": at, "type": "other"}
                return Row(row_id, self.name, action, fields, self.link)
            case "DELETE_EVENTS":
                event = random.choice(self.shown[-20:])
                return Row(row_id, self.name, action, {"eventIds": [event]}, self.link)
            case "SELECT_GROUP":
                group = random.choice(self._groups).jid
                return Row(row_id, self.name, action, {"groupId": group}, group)
            case "START_STANDALONE":
                return Row(row_id, self.name, action, {"title": "Own"}, own_place(row_id))
            case _:
                return Row(row_id, self.name, action, {}, self.link)

    def _row_id(self) -> str:
        return f"{self.name.removeprefix('conversation-')}r{len(self.rows) + 1}"

    # ── what it hears ───────────────────────────────────────────────────────────────────────────────────

    def hears(self, row: Row, reply: dict[str, Any], run: int) -> None:
        """A reply to one of its rows."""
        row.replies.append(reply)
        if row.place is not None and (group := names_own_group(row, reply, run)):
            self.own_groups[row.place] = group
        if reply.get("text") == "LINKED":
            self._linked_to(row.place)
        if row.outcome != "open":
            return
        row.outcome = judge(row, reply)
        row.settled_in, row.order = run, next(self._order)
        if row.action in LINKS:
            self._settle_link(row)
        elif row.action == "GET_STATUS" and self.link == UNSURE:
            self._learn(row, reply)

    def _settle_link(self, row: Row) -> None:
        if row.outcome == "done" and row.action == "UNLINK_GROUP":
            self._linked_to(None)
        elif row.outcome in ("refused", "unsure"):
            self._doubt |= {self.link, row.place if row.action != "UNLINK_GROUP" else None}
            if row.outcome == "unsure":
                self.link = UNSURE

    def _linked_to(self, place: str | None) -> None:
        if place != self.link:
            self.shown = []
        self.link, self._doubt = place, set()

    def _learn(self, row: Row, reply: dict[str, Any]) -> None:
        """GET_STATUS says what it is linked to."""
        if row.outcome == "impossible" and reply.get("type") == "SYSTEM":
            self._linked_to(None)
        elif row.outcome == "done":
            group = reply["data"]["groupId"]
            places = {jid: place for place, jid in self.own_groups.items()} | {
                jid: jid for jid in self._marks
            }
            unnamed = [place for place in self._doubt if place and place not in places.values()]
            if group in places or len(unnamed) == 1:
                self._linked_to(places.get(group) or unnamed[0])
