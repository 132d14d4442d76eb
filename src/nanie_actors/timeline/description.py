"""What a group is called, how large it is, what it is about, and whether the account is in it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from nanie_actors.model import GroupSeen
from nanie_actors.timeline.records import GroupDescribed


@dataclass(frozen=True, slots=True)
class Description:
    """A group as it was last described."""

    name: str = ""
    participants: int = 0
    topic: str = ""
    joined: bool = True

    def difference(self, seen: GroupSeen) -> GroupDescribed | None:
        """What the account tells that is new; None if nothing is. A group has no empty name."""
        name = seen.name if seen.name and seen.name != self.name else None
        size = seen.participants if seen.participants != self.participants else None
        topic = seen.topic if seen.topic != self.topic else None
        joined = seen.joined if seen.joined != self.joined else None
        if name is None and size is None and topic is None and joined is None:
            return None
        return GroupDescribed(seen.at, name, size, topic, joined)

    def changed(self, record: GroupDescribed) -> Description:
        """The description after that."""
        return Description(
            self.name if record.name is None else record.name,
            self.participants if record.participants is None else record.participants,
            self.topic if record.topic is None else record.topic,
            self.joined if record.joined is None else record.joined,
        )
