"""A message of the rows' stream as an agent-router row. Pure; never raises, whatever the bytes are.

Who may publish on a subject speaks for its conversation and for no other. So the conversation is that of the
subject: a message that names another one is refused, and answered where the subject says. And ids count
within their conversation only, so nobody can use up or guess at another's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson

from nanie_actors.errors import InvalidMessage
from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import RouterRow
from nanie_actors.router.envelope import Ignored, Refused, RowRules, parse_row
from nanie_actors.router.nats.feed import Message
from nanie_actors.router.nats.names import Names, text_of, token_of

ID_HEADER = "Nats-Msg-Id"
REPLY_HEADER = "Reply-To"

OTHER = "The message names another conversation than its subject: publish on the subject of its own."


@dataclass(frozen=True, slots=True)
class Accepted:
    """A row for the worker. `row.row_id` is that of the app within its conversation's name."""

    row: RouterRow
    reply_to: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """No well-formed row; to be answered where its subject says. `key` stands for it in the cursor."""

    token: str
    conversation: str | None
    key: str
    row_id: str | None
    reply_to: str
    error: InvalidMessage


def scoped(token: str, row_id: str) -> RowId:
    """A row's id that no other conversation can have: a token holds no slash."""
    return RowId(f"{token}/{row_id}")


def unscoped(token: str, row_id: str) -> str:
    """The app's own id."""
    return row_id.removeprefix(f"{token}/")


def read_row(
    message: Message, *, names: Names, transport: str, rules: RowRules
) -> Accepted | Rejected | Ignored:
    """Understand one message."""
    token = names.conversation(message.subject)
    body = _completed(message, token)
    wish = message.headers.get(REPLY_HEADER, "")
    reply_to = wish if names.may_answer_to(wish, token) else ""
    match parse_row(body, transport=transport, rules=rules):
        case Ignored() as ignored:
            return ignored
        case Refused(conversation, row_id, error):
            ours = conversation is not None and token_of(conversation) == token
            return _rejected(
                message, token, conversation if ours else text_of(token), row_id, reply_to, error
            )
        case row if token_of(row.conversation) != token:
            return _rejected(message, token, text_of(token), row.row_id, reply_to, InvalidMessage(OTHER))
        case row:
            return Accepted(replace(row, row_id=scoped(token, row.row_id)), reply_to)


def _completed(message: Message, token: str) -> bytes:
    """The envelope; where it has no id or conversation, the header and the subject know them."""
    known: Mapping[str, str | None] = {
        "id": message.headers.get(ID_HEADER) or None,
        "conversation_id": text_of(token) or None,
    }
    try:
        raw = orjson.loads(message.body)
        missing = {key: value for key, value in known.items() if value is not None and raw.get(key) is None}
        return orjson.dumps(raw | missing) if missing else message.body
    except (ValueError, AttributeError, TypeError):  # no JSON, no object, or one that cannot be written again
        return message.body


def _rejected(
    message: Message,
    token: str,
    conversation: str | None,
    row_id: str | None,
    reply_to: str,
    error: InvalidMessage,
) -> Rejected:
    # Not its id: a well-formed row may have the same. And a stream that is made again counts from one again.
    key = f"{token}#{message.place.sequence}-{message.place.at_us}"
    return Rejected(
        token, None if conversation is None else ConversationId(conversation), key, row_id, reply_to, error
    )
