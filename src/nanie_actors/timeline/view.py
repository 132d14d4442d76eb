"""What a conversation is shown of a timeline: immutable, made once per change, encoded once for all."""

from __future__ import annotations

import orjson

from nanie_actors.model import GroupId


class TimelineView:
    """The newest events of a group at one revision.

    Shared by all conversations of the group; safe to read from any thread. The JSON is made on first use
    out of events that are kept encoded, so an event that did not change is never encoded again.
    """

    __slots__ = ("_data", "events", "group", "group_name", "revision")

    def __init__(self, group: GroupId, group_name: str, revision: int, events: tuple[bytes, ...]) -> None:
        self.group = group
        self.group_name = group_name
        self.revision = revision
        self.events = events
        self._data: bytes | None = None

    def data_json(self) -> bytes:
        """`{"events":[…],"groupName":…,"groupId":…,"revision":…}`."""
        # Two threads may both encode; both get the same bytes, so no lock is worth it.
        if self._data is None:
            self._data = b'{"events":[%b],"groupName":%b,"groupId":%b,"revision":%d}' % (
                b",".join(self.events),
                orjson.dumps(self.group_name),
                orjson.dumps(self.group),
                self.revision,
            )
        return self._data
