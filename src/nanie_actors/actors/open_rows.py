"""What a conversation has begun for router rows and not ended, over all incarnations of its actor."""

from __future__ import annotations

from nanie_actors.messages import RowGiven
from nanie_actors.router.edge import RouterRow


class OpenRows:
    """Made by the registry with a conversation's actor, and given to each of its incarnations.

    A row counts as under way while somebody else carries out its command. `replies` are those that the
    transport has not taken yet, whichever incarnation sent them.
    """

    __slots__ = ("_under_way", "replies")

    def __init__(self) -> None:
        self._under_way: dict[str, RouterRow] = {}
        self.replies = 0

    @property
    def under_way(self) -> list[RouterRow]:
        """The rows that are not answered yet, in order."""
        return list(self._under_way.values())

    def begin(self, row: RouterRow) -> None:
        """Somebody else carries out this row's command."""
        self._under_way[row.row_id] = row

    def end(self, row: RouterRow) -> None:
        """It is answered."""
        self._under_way.pop(row.row_id, None)

    def take_all(self) -> list[RowGiven]:
        """The rows that nobody else will answer, in order."""
        left = [RowGiven(row) for row in self.under_way]
        self._under_way.clear()
        return left
