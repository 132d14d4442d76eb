"""Which conversation is linked to which group, in its two stored forms. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Any, Literal

from nanie_actors.errors import InvalidGroup
from nanie_actors.model import ConversationId, EpochMs, GroupId, RowId, parse_group_id
from nanie_actors.storage.lines import VERSION, BadLine, seal, unseal

_PLAIN = {"groupId", "groupName", "mappedAt"}
_KNOWN = frozenset({*_PLAIN, "mode"})


class BadMapping(ValueError):
    """An entry of mappings.json that cannot be used; says why."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """One conversation's link. `extra` holds keys of the file that this version does not know."""

    group: GroupId
    group_name: str
    mapped_at: EpochMs
    mode: Literal["standalone"] | None = None
    extra: MappingOf[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MappingChange:
    """A conversation's link is `mapping` from now on, or (None) it has none. `row` asked for it.

    `added`: rows that were to add something under the link before, and whether they did. Should one come
    again, it must not add it to what the conversation is linked to then.
    """

    row: RowId | None
    conversation: ConversationId
    mapping: Mapping | None
    at: EpochMs
    added: tuple[tuple[RowId, bool], ...] = ()


def mapping_to_json(mapping: Mapping) -> dict[str, Any]:
    """An entry of mappings.json."""
    out: dict[str, Any] = {
        "groupId": mapping.group,
        "groupName": mapping.group_name,
        "mappedAt": mapping.mapped_at,
    }
    if mapping.mode is not None:
        out["mode"] = mapping.mode
    return out | dict(mapping.extra)


def mapping_from_json(raw: Any) -> Mapping:
    """The inverse; raises BadMapping."""
    if not isinstance(raw, dict):
        raise BadMapping("it is not an object")
    group, name, at = raw.get("groupId"), raw.get("groupName", ""), raw.get("mappedAt", 0)
    if not isinstance(group, str) or not isinstance(name, str):
        raise BadMapping("groupId and groupName must be texts")
    if isinstance(at, bool) or not isinstance(at, int | float) or not abs(at) < 1e15:
        raise BadMapping("mappedAt must be a number")
    try:
        group_id = parse_group_id(group)
    except InvalidGroup as error:
        raise BadMapping(str(error)) from error
    if raw.keys() == _PLAIN:
        return Mapping(group_id, name, EpochMs(int(at)))
    mode: Literal["standalone"] | None = "standalone" if raw.get("mode") == "standalone" else None
    known = _KNOWN if mode or raw.get("mode") is None else _KNOWN - {"mode"}
    extra = {key: value for key, value in raw.items() if key not in known}
    return Mapping(group_id, name, EpochMs(int(at)), mode, extra)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line of registry.jsonl. `assigns` tells a link that was removed from a line that only names a row."""

    row: RowId | None
    conversation: ConversationId | None = None
    mapping: dict[str, Any] | None = None
    assigns: bool = False
    saved: bool = False
    added: tuple[tuple[RowId, bool], ...] = ()


def change_line(change: MappingChange) -> bytes:
    """A change, before mappings.json has it."""
    mapping = None if change.mapping is None else mapping_to_json(change.mapping)
    fields = {"row": change.row, "conversation": change.conversation, "at": change.at, "mapping": mapping}
    added = {"added": change.added} if change.added else {}
    return seal({"v": VERSION, **fields, **added})


def row_line(row: RowId) -> bytes:
    """A row that was handled, nothing else."""
    return seal({"v": VERSION, "row": row})


def added_line(rows: Iterable[tuple[RowId, bool]]) -> bytes:
    """Rows under links that are no more, nothing else."""
    return seal({"v": VERSION, "row": None, "added": tuple(rows)})


def saved_line() -> bytes:
    """Says that mappings.json has every change before this line: whoever edits it later, wins."""
    return seal({"v": VERSION, "saved": True})


def read_entry(raw: bytes) -> LogEntry:
    """The inverse of the four. Raises BadLine."""
    fields = unseal(raw)
    row = None if fields.get("row") is None else RowId(fields["row"])
    if fields.get("saved"):
        return LogEntry(None, saved=True)
    added = tuple((RowId(known), bool(took_effect)) for known, took_effect in fields.get("added", ()))
    if "conversation" not in fields:
        return LogEntry(row, added=added)
    if not isinstance(fields["mapping"], dict | None):
        raise BadLine("mapping must be an object or null")
    conversation = ConversationId(fields["conversation"])
    return LogEntry(row, conversation, fields["mapping"], assigns=True, added=added)
