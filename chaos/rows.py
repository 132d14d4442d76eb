"""The app's commands as the parent router sends them, and what became of each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from chaos.population import own_mark

Outcome = Literal["open", "done", "refused", "unsure", "impossible"]
"""`open` until it is answered. `refused`: nothing was changed. `unsure`: nobody can know. `impossible`: there
is no such event, or nothing to do it to."""

LINKS = frozenset({"SELECT_GROUP", "UNLINK_GROUP", "START_STANDALONE"})
"""Commands that change what a conversation is linked to."""


@dataclass(slots=True)
class Row:
    """One row. `place` is the timeline that it is meant for: a group's JID, or `own:<row>`.

    `first_sent_in`, `sent_in` and `settled_in` are processes by number, `order` the place of its last reply
    among all.
    """

    id: str
    conversation: str
    action: str
    fields: dict[str, Any]
    place: str | None
    outcome: Outcome = "open"
    first_sent_in: int = -1
    sent_in: int = -1
    settled_in: int = -1
    order: int = -1
    replies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What ADD_EVENT adds."""
        return str(self.fields.get("text", ""))

    @property
    def events(self) -> list[str]:
        """What DELETE_EVENTS deletes."""
        return list(self.fields.get("eventIds", ()))

    def line(self) -> bytes:
        """As it goes over the pipe."""
        content = {"action": self.action, **self.fields}
        row = {"id": self.id, "conversation_id": self.conversation, "content": content}
        return json.dumps(row).encode() + b"\n"


def own_place(row: str) -> str:
    """The timeline of its own that a conversation starts with this row."""
    return f"own:{row}"


def mark_of_own(place: str) -> str:
    """The mark of such a timeline."""
    return own_mark(place.removeprefix("own:"))


def names_own_group(row: Row, reply: dict[str, Any], run: int) -> str | None:
    """The group id of the timeline of its own that a row was meant for, if the reply tells it.

    A row that comes again may be answered with what its conversation is linked to by now: only that process
    counts which began the timeline, or was the first to be asked about it.
    """
    own = row.place is not None and row.place.startswith("own:")
    asked_in = row.settled_in if row.action == "START_STANDALONE" else row.first_sent_in
    if not own or asked_in != run:
        return None
    data = reply.get("data")
    return data.get("groupId") if isinstance(data, dict) else None


def judge(row: Row, reply: dict[str, Any]) -> Outcome:
    """What a reply says about its row; `open` where another one follows."""
    match reply.get("type"):
        case "ERROR":
            return _of_error(row, reply)
        case "SYSTEM":
            return "impossible"
        case "STATUS" if row.action in ("SELECT_GROUP", "START_STANDALONE"):
            return "open"
        case _:
            return "done"


def _of_error(row: Row, reply: dict[str, Any]) -> Outcome:
    code, says = reply.get("code"), str(reply.get("error"))
    if any(earlier.get("text") == "LINKED" for earlier in row.replies):
        return "done"  # it is linked; only its timeline could not be shown
    if code == "NOT_FOUND":
        return "impossible"
    if code == "RATE_LIMITED":
        return "refused"
    if code == "UNAVAILABLE" and ("nothing was changed" in says or "has changed" in says):
        return "refused"
    return "unsure"
