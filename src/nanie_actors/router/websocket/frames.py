"""The frames of the router's websocket: one JSON object each, both ways.

A client sends an agent-router row, or `{"watch": ["c1", …]}`. It gets `{"conversation_id", "reply",
"in_reply_to"?}` and `{"done": id}`. For people they are described in docs/http.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from nanie_actors.errors import CommandError, InvalidMessage
from nanie_actors.model import ConversationId, RowId
from nanie_actors.protocol import replies
from nanie_actors.router.edge import Outgoing, RouterRow
from nanie_actors.router.envelope import MAX_ID, Ignored, Refused, RowRules, parse_row

MOST_WATCHED: Final = 1_000
"""Conversations that one client may watch."""


@dataclass(frozen=True, slots=True)
class Watch:
    """The conversations that the client wants to hear of from now on, instead of those before."""

    conversations: frozenset[ConversationId]


ClientFrame = RouterRow | Ignored | Refused | Watch


def read_frame(frame: bytes, *, transport: str, rules: RowRules) -> ClientFrame:
    """Understand what a client sent. Never raises, whatever the bytes are."""
    try:
        said = orjson.loads(frame)
    except orjson.JSONDecodeError:
        said = None
    if isinstance(said, dict):
        if said.keys() == {"watch"}:
            return _watch(said["watch"])
        if "room_id" not in said and rules.room_id:
            # A page knows of no room: it is in the worker's own, as a client of the control socket is.
            said = {"room_id": rules.room_id, **said}
            try:
                frame = orjson.dumps(said)
            except orjson.JSONEncodeError:
                return _too_deep(said)
    return parse_row(frame, transport=transport, rules=rules)


def _watch(said: object) -> Watch | Refused:
    if isinstance(said, list) and len(said) <= MOST_WATCHED:
        wanted = [name for name in said if isinstance(name, str) and 0 < len(name) <= MAX_ID]
        if len(wanted) == len(said):
            return Watch(frozenset(map(ConversationId, wanted)))
    problem = f'The field "watch" of the message is wrong: send a list of up to {MOST_WATCHED} conversations.'
    return Refused(None, None, InvalidMessage(problem))


def _too_deep(said: Mapping[str, object]) -> Refused:
    conversation, row = (
        given if isinstance(given := said.get(key), str) and 0 < len(given) <= MAX_ID else None
        for key in ("conversation_id", "id")
    )
    return Refused(
        None if conversation is None else ConversationId(conversation),
        None if row is None else RowId(row),
        InvalidMessage("The message is nested too deeply."),
    )


def told(out: Outgoing) -> bytes:
    """A reply or a push, as the stdio router writes it."""
    line: dict[str, object] = {"conversation_id": out.conversation, "reply": orjson.Fragment(out.body)}
    if out.in_reply_to is not None:
        line["in_reply_to"] = out.in_reply_to
    return orjson.dumps(line)


def refused(conversation: ConversationId | None, row: RowId | None, error: CommandError) -> bytes:
    """An ERROR for what a client sent; without a conversation, where none could be read."""
    line: dict[str, object] = {
        "conversation_id": conversation,
        "reply": orjson.Fragment(replies.error(error)),
    }
    if row is not None:
        line["in_reply_to"] = row
    return orjson.dumps(line)


def done(row: RowId) -> bytes:
    """Nothing more comes for this row."""
    return orjson.dumps({"done": row})
