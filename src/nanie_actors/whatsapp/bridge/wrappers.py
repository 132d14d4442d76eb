"""Contents inside contents: disappearing, view-once, captioned, edited, from another device, in an album …

The library takes off some of these wrappers of live messages and none in history, so all come off here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from nanie_actors.whatsapp.bridge.library import Content

_MANY_NAMES: Final = "WAWebProtobufsE2E.FutureProofMessage"

WRAPPERS: Final = frozenset(
    field.name
    for field in Content.DESCRIPTOR.fields
    if field.message_type is not None and field.message_type.full_name == _MANY_NAMES
) | {"deviceSentMessage", "commentMessage"}
"""Fields of a content that hold another content in their field `message`."""


def fields_of(content: Content) -> Iterator[tuple[str, Any]]:
    """The names and values of the fields that are there, by their numbers."""
    for field, value in content.ListFields():  # type: ignore[no-untyped-call]
        yield field.name, value


def unwrap(content: Content) -> Content:
    """The innermost content. The parser's limit for nesting, 100, is the limit here."""
    while (inner := _inner(content)) is not None:
        content = inner
    return content


def _inner(content: Content) -> Content | None:
    for name, value in fields_of(content):
        if name in WRAPPERS and value.HasField("message"):
            inner: Content = value.message
            return inner
    return None
