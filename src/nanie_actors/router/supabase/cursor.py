"""How far the table was read. Pure.

A poll gives the rows since a *horizon*, and the next horizon: every transaction below it has ended, so a poll
from there on misses no row, however late it is committed and whatever the clocks say (config/supabase.sql).
Rows at or above it come again with the next poll: their ids are kept until the horizon has passed them.

What is written to the disk is the horizon below which every row is settled. After a restart some rows above
it come again; whoever handles them knows their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

Row = Mapping[str, Any]


class InboxCursor:
    """Not thread-safe. `since` is None before the very first poll."""

    def __init__(self, since: int | None = None) -> None:
        self._horizon = since
        self._taken: dict[str, int] = {}
        self._unsettled: dict[str, int] = {}

    @property
    def since(self) -> int | None:
        """Where the next poll begins."""
        return self._horizon

    @property
    def durable(self) -> int | None:
        """Where a poll after a restart must begin: at the horizon, or at an older row that is not settled."""
        if self._horizon is None:
            return None
        # Never beyond the horizon: transactions between it and a row that was taken may still commit.
        return min(self._horizon, min(self._unsettled.values(), default=self._horizon))

    @property
    def stored(self) -> Mapping[str, str] | None:
        """`durable`, as it is kept on the disk."""
        return None if self.durable is None else {"since": str(self.durable)}

    @classmethod
    def load(cls, stored: Mapping[str, Any] | None) -> Self:
        """Go on where an earlier run was; as on the first start if nothing is stored that can be read."""
        text = (stored or {}).get("since")
        return cls(int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else None)

    @property
    def unsettled(self) -> int:
        """How many rows were taken and are not settled."""
        return len(self._unsettled)

    def fresh(self, rows: Iterable[Row]) -> list[Row]:
        """Those that were not taken before, in order."""
        return [row for row in rows if row["id"] not in self._taken]

    def take(self, row: Row) -> None:
        """The row is being handled from now on."""
        self._taken[row["id"]] = self._unsettled[row["id"]] = int(row["xid"])

    def settle(self, row_id: str) -> None:
        """The row needs no more work."""
        self._unsettled.pop(row_id, None)

    def begin(self, at: int) -> None:
        """The very first poll reads from here on: a worker that does not live to its end goes on there."""
        if self._horizon is None:
            self._horizon = at

    def polled(self, horizon: int) -> bool:
        """Everything that a poll gave was taken; the next one begins at its horizon.

        False: the horizon lies before the one known. Then this is another database, or an older copy of it:
        what was taken says nothing about it.
        """
        goes_on = self._horizon is None or horizon >= self._horizon
        self._horizon = horizon
        if not goes_on:
            self._taken.clear()
            self._unsettled.clear()
        self._taken = {row_id: xid for row_id, xid in self._taken.items() if xid >= horizon}
        return goes_on
