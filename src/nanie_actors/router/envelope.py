"""One agent-router row as it comes in: the envelope is checked here, its content later and elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from nanie_actors.errors import InvalidMessage
from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import RouterRow
from nanie_actors.settings.sections import RouterSettings

MAX_ID = 512
"""Characters in an id: far beyond any uuid, small enough to be a key in files and logs."""


@dataclass(frozen=True, slots=True)
class RowRules:
    """Which rows are for this worker. `room_id` empty: any room. `row_bytes`: the longest row."""

    agent_id: str
    room_id: str
    row_bytes: int

    @classmethod
    def of(cls, settings: RouterSettings) -> Self:
        """The rules that the settings state."""
        return cls(settings.agent_id, settings.room_id, settings.row_bytes)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Not for us; `reason` is for the log."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """No well-formed row. It can be answered where the conversation is known."""

    conversation: ConversationId | None
    row_id: RowId | None
    error: InvalidMessage


def _text_id(value: object) -> object:
    """Ids are texts to us; a bigint column gives numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_Id = Annotated[str, BeforeValidator(_text_id), StringConstraints(min_length=1, max_length=MAX_ID)]


class _Row(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    id: _Id
    conversation_id: _Id
    content: str | dict[str, Any]
    room_id: Annotated[str | None, BeforeValidator(_text_id)] = None
    sender_id: Annotated[str | None, BeforeValidator(_text_id)] = None
    is_bot: bool | None = False


def parse_row(line: bytes, *, transport: str, rules: RowRules) -> RouterRow | Ignored | Refused:
    """Understand one row of JSON. Never raises, whatever the bytes are."""
    try:
        raw = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _refused({}, f"The line is no JSON ({error.msg}): send one JSON object a line.")
    if not isinstance(raw, dict):
        return _refused({}, "The line is JSON but no object: send one JSON object a line.")
    # Before anything is answered: an answer to what another agent wrote could go round in circles.
    if (reason := _not_for_us(raw, rules)) is not None:
        return Ignored(reason)
    if len(line) > rules.row_bytes:
        return _refused(raw, f"The message has {len(line)} bytes; {rules.row_bytes} are allowed: send less.")
    return _from_object(raw, transport)


def _not_for_us(raw: dict[str, Any], rules: RowRules) -> str | None:
    if raw.get("is_bot") is True:
        return "it was written by a bot"
    if _text_id(raw.get("sender_id")) == rules.agent_id:
        return "it was written by this agent"
    if rules.room_id and _text_id(raw.get("room_id")) != rules.room_id:
        return "it belongs to another room"
    return None


def _from_object(raw: dict[str, Any], transport: str) -> RouterRow | Refused:
    try:
        row = _Row.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ascii(".".join(str(part)[:40] for part in first["loc"][:1]))[1:-1]
        return _refused(raw, f'The field "{field}" of the message is wrong: {first["msg"]}.')
    try:
        content = row.content if isinstance(row.content, str) else orjson.dumps(row.content).decode()
    except orjson.JSONEncodeError:
        # Reading goes down 1,024 levels, writing 254.
        return _refused(raw, 'The field "content" of the message is nested too deeply.')
    sender = _usable_id(row.sender_id) or ""
    return RouterRow(RowId(row.id), ConversationId(row.conversation_id), content, transport, sender)


def _refused(raw: dict[str, Any], problem: str) -> Refused:
    conversation, row = (_usable_id(raw.get(key)) for key in ("conversation_id", "id"))
    return Refused(
        None if conversation is None else ConversationId(conversation),
        None if row is None else RowId(row),
        InvalidMessage(problem),
    )


def _usable_id(value: object) -> str | None:
    text = _text_id(value)
    return text if isinstance(text, str) and 0 < len(text) <= MAX_ID else None
