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
    group_of,
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

    Safe without a lock: the entries are frozen, and single operations on a dict are atomic.
    """

    def __init__(self, stored: Mapping[str, Any] | None = None) -> None:
        self._groups: dict[GroupId, KnownGroup] = {}
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
        return self._groups.get(group)

    def all(self) -> Iterable[KnownGroup]:
        """All groups, newest activity first."""
        known_groups = list(self._groups.values())  # one atomic step: the gateway may add meanwhile
        return sorted(known_groups, key=lambda known: (-known.last_activity, known.group))

    def learn(self, event: GroupEvent) -> None:
        """Take in what an event tells about its group."""
        group = group_of(event)
        known = self._groups.get(group) or KnownGroup(group, "", 0, EpochMs(0))
        match event:
            case GroupSeen(_, at, name, participants, _, joined):
                fresh = replace(
                    known,
                    name=name or known.name,
                    participants=known.participants if participants is None else participants,
                    last_activity=max(known.last_activity, at),
                    joined=known.joined if joined is None else joined,
                )
            case MessageArrived(message):
                fresh = replace(known, last_activity=max(known.last_activity, message.at))
            case _:
                fresh = replace(known, last_activity=max(known.last_activity, event.at))
        if fresh != known or group not in self._groups:
            self._groups[group] = fresh

    def drop(self, group: GroupId) -> None:
        """Know nothing of the group any more."""
        self._groups.pop(group, None)

    def to_json(self) -> dict[str, Any]:
        """The form that the constructor reads."""
        return {known.group: _to_json(known) for known in self._groups.values()}


def _to_json(known: KnownGroup) -> dict[str, Any]:
    told = {"name": known.name, "participants": known.participants, "at": known.last_activity}
    return told if known.joined else {**told, "joined": False}
