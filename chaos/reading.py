"""Reads what a worker wrote, with nothing but the standard library: its output lines and its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from sys import intern
from typing import Any

from chaos.population import marks_in


@dataclass(frozen=True, slots=True)
class Item:
    """One event of a timeline. `message` is the id of the WhatsApp message that it was read from, if any."""

    id: str
    text: str
    at: int
    message: str | None
    synced: bool | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A timeline as a conversation was shown it."""

    group: str
    revision: int
    digest: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a worker's output."""

    conversation: str
    row: str | None
    reply: dict[str, Any]
    marks: frozenset[str]
    shown: Shown | None


class Unreadable(Exception):
    """What a worker wrote is not what the contract says."""


def read_line(raw: bytes) -> Line:
    """Understand a line of output. Raises Unreadable."""
    try:
        line = json.loads(raw)
        reply, conversation = line["reply"], line["conversation_id"]
        row = line.get("in_reply_to")
        return Line(conversation, row, reply, marks_in(raw.decode()), _shown(reply))
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"a line of output cannot be understood ({error!r}): {raw[:200]!r}") from error


def _shown(reply: dict[str, Any]) -> Shown | None:
    data = reply.get("data")
    if reply.get("type") != "DATA" or not isinstance(data, dict) or "revision" not in data:
        return None
    digest = hashlib.sha256(json.dumps(data["events"], sort_keys=True).encode()).hexdigest()
    return Shown(data["groupId"], data["revision"], digest, items_of(data["events"]))


def items_of(events: Iterable[dict[str, Any]]) -> tuple[Item, ...]:
    """Events as the contract has them. A verbatim extractor's text is the label."""
    return tuple(
        Item(
            intern(event["id"]),
            intern(event["label"]),
            event["timestamp"],
            event["source"]["messageId"] if event.get("source") else None,
            event.get("synced"),
        )
        for event in events
    )


def read_timeline(state: Path, group: str) -> tuple[Item, ...]:
    """A group's timeline.json; empty if there is none. Raises Unreadable."""
    path = state / "memory" / group / "timeline.json"
    if not path.exists():
        return ()
    try:
        return items_of(json.loads(path.read_bytes()))
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{group}: timeline.json cannot be read ({error!r})") from error


def read_mappings(state: Path) -> dict[str, str]:
    """Conversation to group. Raises Unreadable."""
    path = state / "mappings.json"
    if not path.exists():
        return {}
    try:
        entries = json.loads(path.read_bytes())
        return {conversation: entry["groupId"] for conversation, entry in entries.items()}
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"mappings.json cannot be read ({error!r})") from error


def marks_in_folders(state: Path) -> dict[str, set[str]]:
    """Every mark in any file of each group's folder, read as bytes."""
    found: dict[str, set[str]] = {}
    for path in (state / "memory").rglob("*"):
        if path.is_file():
            group = path.relative_to(state / "memory").parts[0]
            found.setdefault(group, set()).update(marks_in(path.read_bytes().decode("utf-8", "replace")))
    return found


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Whole lines of JSON objects, of a file that may end in the middle of one or not be there."""
    if not path.exists():
        return []
    records = []
    for line in path.read_bytes().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            records.append(record)
    return records
