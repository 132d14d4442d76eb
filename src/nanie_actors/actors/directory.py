"""The groups of the WhatsApp account, as the raw stream told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nanie_actors.errors import InvalidGroup
from nanie_actors.model import (
    EpochMs,
    GroupEvent,
    GroupId,
    GroupSeen,
    MessageArrived,
    parse_group_id,
)


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """What can be told of a group without waking it."""

    group: GroupId
    name: str
    participants: int
    last_activity: EpochMs
    joined: bool = True
    """Whether the account is a member of it."""


class GroupDirectory:
    """Written by the GatewayActor alone; read from any thread.

    Safe without a lock: the entries are frozen, and single operations on a dict are atomic. When a group was
    active last is told by nearly every message, and so kept apart from the entry.
    """

    def __init__(self, stored: Mapping[str, Any] | None = None) -> None:
        self._groups: dict[GroupId, KnownGroup] = {}
        self._active: dict[GroupId, EpochMs] = {}
        for text, entry in (stored or {}).items():
            try:
                group = parse_group_id(text)
                known = KnownGroup(
                    group,
                    str(entry["name"]),
                    int(entry["participants"]),
                    EpochMs(entry["at"]),
                    bool(entry.get("joined", True)),
                )
            except (InvalidGroup, KeyError, TypeError, ValueError):
                continue  # The stream tells of it again; nothing hangs on this file.
            self._groups[group] = known

    def __len__(self) -> int:
        return len(self._groups)

    def get(self, group: GroupId) -> KnownGroup | None:
        """The group, if the account has it."""
        known = self._groups.get(group)
        return None if known is None else self._as_of_now(known)

    def all(self) -> Iterable[KnownGroup]:
        """All groups, newest activity first."""
        stored = list(self._groups.values())  # one atomic step: the gateway may add meanwhile
        known_groups = map(self._as_of_now, stored)
        return sorted(known_groups, key=lambda known: (-known.last_activity, known.group))

    def learn(self, event: GroupEvent) -> None:
        """Take in what an event tells about its group."""
        if isinstance(event, MessageArrived):
            message = event.message
            self._was_active(message.group, message.at)
        elif isinstance(event, GroupSeen):
            self._was_seen(event)
        else:
            self._was_active(event.group, event.at)

    def _was_active(self, group: GroupId, at: EpochMs) -> None:
        if at > self._active.get(group, 0):
            self._active[group] = at
        if group not in self._groups:
            self._groups[group] = KnownGroup(group, "", 0, at)

    def _as_of_now(self, known: KnownGroup) -> KnownGroup:
        at = self._active.get(known.group, known.last_activity)
        return known if at <= known.last_activity else replace(known, last_activity=at)

    def _was_seen(self, seen: GroupSeen) -> None:
        known = self._groups.get(seen.group) or KnownGroup(seen.group, "", 0, EpochMs(0))
        self._groups[seen.group] = KnownGroup(
            seen.group,
            seen.name or known.name,
            known.participants if seen.participants is None else seen.participants,
            max(known.last_activity, seen.at),
            known.joined if seen.joined is None else seen.joined,
        )

    def drop(self, group: GroupId) -> None:
        """Know nothing of the group any more."""
        self._groups.pop(group, None)
        self._active.pop(group, None)

    def to_json(self) -> dict[str, Any]:
        """The form that the constructor reads."""
        return {known.group: _to_json(known) for known in map(self._as_of_now, self._groups.values())}


def _to_json(known: KnownGroup) -> dict[str, Any]:
    told = {"name": known.name, "participants": known.participants, "at": known.last_activity}
    return told if known.joined else {**told, "joined": False}
