"""What a group says of itself in the dump."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nanie_actors.actors.open_group import OpenGroup


def words_of(group: OpenGroup) -> Mapping[str, Any]:
    """`name` is left out of the dump unless somebody asks for names."""
    state = group.state
    return {
        "group": state.group,
        "life": _life(group),
        "revision": state.revision,
        "events": len(state.timeline),
        "messages": state.messages,
        "duplicates": group.duplicates,
        "listeners": group.audience.names,
        "in_flight": group.journal.in_flight,
        "awaiting_model": len(state.awaiting),
        "outbox": group.outbox.counts(),
        "unsent": group.outbox.unsent(),
        "joined": state.described.joined,
        "last_message": state.last_activity,
        "name": state.name,
    }


def _life(group: OpenGroup) -> str:
    if group.departure.stage != "awake":
        return group.departure.stage
    if group.journal.refusing:
        return "refusing"
    if group.rereading.under_way:
        return "extracting"
    return "active" if group.state.active else "archived" if group.state.archived else "logging"
