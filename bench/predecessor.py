"""How the program before this one stored and pushed: every event rewrites its group's whole JSON file.

A group's events are one array in memory and one JSON file. Whatever comes is appended, the file is written
anew as a whole, nothing is flushed to the disk, and the newest events are encoded once more for the push. So
an event costs in proportion to all that were there before it, and a loss of power costs the file.

It reads no texts, has no actors, and recognises a repetition by one set of ids: generous to it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from bench.bare_pipeline import SHOWN_EVENTS
from bench.chat import group_ids, messages
from bench.sample import Metrics
from nanie_actors.model import GroupId, MessageArrived

Encode = Callable[[Any], bytes]


def _standard(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


ENCODERS: dict[str, Encode] = {"standard": _standard, "orjson": orjson.dumps}
"""The language's own JSON, as it was there; and the fastest there is, to tell the design from the encoder."""


class RewritingGroup:
    """One group: its events, and the file that is those events."""

    def __init__(self, group: GroupId, path: Path, encode: Encode) -> None:
        self.events: list[dict[str, Any]] = []
        self._group = group
        self._path = path
        self._encode = encode
        self._seen: set[str] = set()

    def take(self, event: MessageArrived) -> bool:
        """Add the message's event to those in memory; False for a repetition."""
        message = event.message
        if message.message_id in self._seen:
            return False
        self._seen.add(message.message_id)
        self.events.append(
            {
                "id": message.message_id,
                "timestamp": message.at,
                "type": "other",
                "label": message.text[:80],
                "details": message.text,
                "source": {
                    "messageId": message.message_id,
                    "sender": message.sender,
                    "kind": message.kind,
                },
            }
        )
        return True

    def save(self) -> None:
        """Rewrite the file."""
        self._path.write_bytes(self._encode(self.events))

    def push(self) -> bytes:
        """The newest events, encoded anew."""
        data = {"events": self.events[-SHOWN_EVENTS:], "groupId": self._group}
        return self._encode({"type": "DATA", "update": "TIMELINE", "data": data})


def throughput(folder: Path, *, groups: int, length: int, events: int, encoder: str) -> Metrics:
    """Events to all groups in turn, each of which has `length` events at the middle of the run.

    The cost of an event is proportional to the timeline it goes to, so that a few events around the middle
    of a long stream tell what the whole stream takes.
    """
    ids = group_ids(groups)
    rewriting = {group: RewritingGroup(group, folder / group, ENCODERS[encoder]) for group in ids}
    before = max(0, length - events // groups // 2) * groups
    stream = messages(ids, before + events)
    for event in stream[:before]:
        rewriting[event.message.group].take(event)
    return {"events_per_s": events / _handle(rewriting, stream[before:])}


def _handle(groups: dict[GroupId, RewritingGroup], stream: Sequence[MessageArrived]) -> float:
    """The seconds it takes to store and to push each event."""
    began = time.perf_counter()
    for event in stream:
        group = groups[event.message.group]
        if group.take(event):
            group.save()
            group.push()
    return time.perf_counter() - began
