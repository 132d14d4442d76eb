"""A reply or push on its way to Supabase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nanie_actors.router.edge import Outgoing


@dataclass(slots=True, eq=False)
class Parcel:
    """A reply or push on its way. With a `key` it has to become a row; `stored` once it is one."""

    out: Outgoing
    accepted: Callable[[bool], None]
    key: str | None
    room: str | None = None
    stored: bool = False
    refusals: int = 0
    failed_broadcasts: int = 0
    done: bool = False

    @property
    def lane(self) -> str:
        """What goes to one conversation goes in order."""
        return self.out.conversation

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.out.body)

    def end(self, accepted: bool) -> None:
        """Nothing more is to be done for it, and whoever sent it is told so; once."""
        self.done = True
        self.accepted(accepted)
