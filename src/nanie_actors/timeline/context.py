"""What a language model is to be told of a timeline: where things stand now, and what led there."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from nanie_actors.model import ChatMessage, EpochMs
from nanie_actors.timeline.codec import event_to_json
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.timeline.state import GroupState

DEFAULT_EVENTS = 50
"""Events in a context when the command states no limit: about a week of a newborn's days."""


def context_of(state: GroupState, now: EpochMs, limit: int | None) -> dict[str, Any]:
    """The answer to GET_CONTEXT, as JSON. Ages are milliseconds before `now`; future events are left out
    of the snapshot (somebody planned them, they have not happened)."""
    newest = list(islice(state.timeline.newest(), limit or DEFAULT_EVENTS))
    return {
        "groupName": state.described.name,
        "groupTopic": state.described.topic,
        "snapshot": _snapshot(state, now),
        "events": [event_to_json(event) for event in reversed(newest)],
        "messages": [_message(message) for message in state.recent],
    }


def _snapshot(state: GroupState, now: EpochMs) -> dict[str, Any]:
    def last(wanted: Callable[[TimelineEvent], bool]) -> TimelineEvent | None:
        return next((e for e in state.timeline.newest() if e.timestamp <= now and wanted(e)), None)

    sleep = last(lambda e: e.type == "sleeping")
    rest = last(lambda e: e.type in ("sleeping", "waking_up"))
    return {
        "now": now,
        "lastEvent": _aged(last(lambda _: True), now),
        "lastFeeding": _aged(last(lambda e: e.type == "feeding"), now),
        "lastDiaper": _aged(last(lambda e: e.type == "diaper"), now),
        "lastSleep": _aged(sleep, now),
        "is_sleeping": rest is not None and rest.type == "sleeping",
    }


def _aged(event: TimelineEvent | None, now: EpochMs) -> dict[str, Any] | None:
    return None if event is None else {"event": event_to_json(event), "ageMs": now - event.timestamp}


def _message(message: ChatMessage) -> dict[str, Any]:
    ours: dict[str, Any] = {"fromMe": True} if message.from_me else {}
    return {
        "id": message.message_id,
        "sender": message.sender_name or message.sender,
        "timestamp": message.at,
        "kind": message.kind,
        "text": message.text,
        **ours,
    }
