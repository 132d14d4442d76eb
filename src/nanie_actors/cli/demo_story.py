"""What the demo tells: replies and updates as lines that a person can follow. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from nanie_actors.cli.rendering import isolated, moment

NEW_EVENTS_SHOWN = 4
_NAME_WIDTH = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One line: who it concerns, and what happened."""

    who: str
    text: str

    def __str__(self) -> str:
        return f"{self.who:<{_NAME_WIDTH}} {self.text}"


@dataclass(slots=True)
class Seen:
    """What one conversation was shown so far."""

    group: str = ""
    updates: int = 0
    events: dict[str, Mapping[str, Any]] = field(default_factory=dict)


class Story:
    """Keeps what every conversation has seen, so that an update is told by what is new in it."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._told: set[str] = set()
        self.seen: dict[str, Seen] = {}

    def tell(self, conversation: str, message: Mapping[str, Any]) -> list[Line]:
        """The lines for a reply or an update to a conversation."""
        return [Line(conversation, text) for text in self._texts(conversation, message)]

    def _texts(self, conversation: str, message: Mapping[str, Any]) -> Iterator[str]:
        match message:
            case {"update": "TIMELINE", "data": data}:
                yield from self._update(conversation, data)
            case {"type": "DATA", "data": {"groups": groups}}:
                yield f"may link {len(groups)} groups: " + ", ".join(isolated(g["name"]) for g in groups)
            case {"type": "DATA", "data": {"groupName": name, "events": events}}:
                self._take(conversation, name, events)
                yield f"has the timeline of {isolated(name)}: {_count(len(events), 'event')} so far"
            case {"type": "STATUS", "text": text}:
                yield f"is answered {text}"
            case {"code": code, **rest}:
                yield f"is answered {code}: {rest.get('message') or rest.get('error')}"
            case _:
                return

    def _update(self, conversation: str, data: Mapping[str, Any]) -> Iterator[str]:
        new, changed = self._take(conversation, data["groupName"], data["events"])
        self.seen[conversation].updates += 1
        head = f"◂ {isolated(data['groupName'])}, revision {data['revision']}:"
        untold = [event for event in new if event["id"] not in self._told]
        self._told.update(event["id"] for event in new)
        if not new:
            yield f"{head} {_count(len(changed), 'event')} changed"
        elif not untold:
            yield f"{head} {_count(len(new), 'new event')}, shown above"
        else:
            yield f"{head} {_count(len(new), 'new event')}"
            yield from self._newest(untold)

    def _newest(self, events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        if len(events) > NEW_EVENTS_SHOWN:
            yield f"    … {len(events) - NEW_EVENTS_SHOWN} earlier ones"
        for event in events[-NEW_EVENTS_SHOWN:]:
            at = moment(event["timestamp"], self._zone, "%a %H:%M")
            yield f"    {at}  {event['type']:<10} {isolated(event['label'])}"

    def _take(
        self, conversation: str, group: str, events: Sequence[Mapping[str, Any]]
    ) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
        """Note what is shown now; what is new in it, and what was otherwise before."""
        seen = self.seen.setdefault(conversation, Seen())
        before, seen.group = seen.events, group
        seen.events = {event["id"]: event for event in events}
        new = [event for event in events if event["id"] not in before]
        changed = [event for event in events if before.get(event["id"], event) != event]
        return new, changed


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
