"""The control socket's wire: one JSON object a line, both ways.

Requests name an `op`: dump, facts, groups, health, ready, metrics, snapshot, retry, skip, forget, send, tail,
stop, and hold, cut, release for who copies the state directory. Answers are
`{"ok": true, "data": …}` or `{"ok": false, "error": "…"}`; after `send` come `{"reply": …, "in_reply_to": …}`
lines and a last `{"done": …}`, after `tail` come `{"conversation_id": …, "push": …}` lines, until the client
hangs up. For people it is described in docs/inspection.md.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from nanie_actors.errors import InvalidMessage

LONGEST_REQUEST = 4 << 20
"""Bytes in a request: a router row of the greatest length that settings usually allow, and room to spare."""

_Text = Annotated[str, StringConstraints(max_length=1_024)]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Dump(_Request):
    """The state dump, narrowed or with names."""

    op: Literal["dump"]
    group: _Text | None = None
    conversation: _Text | None = None
    verbose: bool = False


class Plain(_Request):
    """What needs nothing to be said."""

    op: Literal["facts", "groups", "health", "ready", "metrics", "stop"]


class Snapshot(_Request):
    """Write the files of one group, or of all live ones."""

    op: Literal["snapshot"]
    group: _Text | None = None


class Decide(_Request):
    """Somebody decides about a quarantined group, or wants a group forgotten."""

    op: Literal["retry", "skip", "forget"]
    group: _Text


class Send(_Request):
    """A router row, as a transport would bring it."""

    op: Literal["send"]
    row: dict[str, Any]


class Tail(_Request):
    """Pushes from now on; of all conversations if none is named."""

    op: Literal["tail"]
    conversations: tuple[_Text, ...] = Field(default=(), strict=False)


class Copy(_Request):
    """A client copies the state directory: it holds the log, asks for the cut, and lets go."""

    op: Literal["hold", "cut", "release"]


Request = Dump | Plain | Snapshot | Decide | Send | Tail | Copy

_requests: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="op")])


def parse_request(line: bytes) -> Request:
    """Understand one line. Raises InvalidMessage."""
    try:
        return _requests.validate_python(orjson.loads(line))
    except orjson.JSONDecodeError as error:
        raise InvalidMessage(f"The request is no JSON ({error.msg}).") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part)[:40] for part in first["loc"]) or "request"
        raise InvalidMessage(f"The request is wrong at {where!a}: {first['msg']}.") from None


def answer(data: Any) -> bytes:
    """A request was carried out."""
    return orjson.dumps({"ok": True, "data": data}, default=_plain) + b"\n"


def refusal(error: Exception) -> bytes:
    """A request was not carried out."""
    return orjson.dumps({"ok": False, "error": str(error)}) + b"\n"


def _plain(value: object) -> Any:
    """Mappings of ours that orjson does not know."""
    return dict(value)  # type: ignore[call-overload]
