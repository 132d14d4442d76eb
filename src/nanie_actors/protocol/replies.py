"""What goes out: replies and pushes, as JSON bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from nanie_actors.errors import CommandError, RateLimited
from nanie_actors.model import EpochMs, GroupId
from nanie_actors.timeline.view import TimelineView


def _encode(reply: dict[str, Any]) -> bytes:
    return orjson.dumps({**reply, "ephemeral": True})


def status(text: str) -> bytes:
    """`STATUS`: something was done."""
    return _encode({"type": "STATUS", "text": text})


LINKED = status("LINKED")
LINK_CODE_SENT = status("LINK_CODE_SENT")
UNLINKED = status("UNLINKED")
EVENT_ADDED = status("Event added")
SYNC_INITIATED = status("Sync initiated")
HISTORY_RESYNCED = _encode(
    {
        "type": "STATUS",
        "text": "HISTORY_RESYNCED",
        "older": "unavailable",
        "message": (
            "Everything that is known of this group was read again. "
            "Older messages cannot be asked for over this WhatsApp connection."
        ),
    }
)
"""WhatsApp sends history when an account is paired, and later what was missed: never on request."""


def groups(listed: Sequence[tuple[GroupId, str, int, EpochMs]]) -> bytes:
    """`DATA`: the groups that may be linked, newest activity first."""
    rows = [
        {"id": group, "name": name, "participants": participants, "lastActivity": at}
        for group, name, participants, at in listed
    ]
    return _encode({"type": "DATA", "data": {"groups": rows}})


def timeline(view: TimelineView) -> bytes:
    """`DATA`: the newest events, as an answer."""
    return b'{"type":"DATA","data":%b,"ephemeral":true}' % view.data_json()


def timeline_update(view: TimelineView) -> bytes:
    """`DATA` with `update`: the newest events, because they changed."""
    return b'{"type":"DATA","update":"TIMELINE","data":%b,"ephemeral":true}' % view.data_json()


def context(value: dict[str, Any]) -> bytes:
    """`DATA`: what a language model is to be told."""
    return _encode({"type": "DATA", "data": {"context": value}})


def error(problem: CommandError) -> bytes:
    """`ERROR`: a code for programs and a sentence for people; `retryAfter` in seconds where that is known."""
    told: dict[str, Any] = {"type": "ERROR", "code": problem.code, "error": str(problem)}
    if isinstance(problem, RateLimited):
        told["retryAfter"] = problem.retry_after_s
    return _encode(told)


GROUP_SELECTION_REQUIRED = _encode(
    {
        "type": "SYSTEM",
        "code": "GROUP_SELECTION_REQUIRED",
        "error": "Group Selection Required",
        "message": "Please select a WhatsApp group to continue.",
    }
)
