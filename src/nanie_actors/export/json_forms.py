"""A timeline as JSON: one array, or a line an event. Every key of an event is in it, as it was found."""

from __future__ import annotations

import orjson

from nanie_actors.export.contents import Contents


def as_json(contents: Contents) -> bytes:
    """One array, indented."""
    return orjson.dumps(contents.events, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def as_json_lines(contents: Contents) -> bytes:
    """One event a line."""
    return b"".join(orjson.dumps(event) + b"\n" for event in contents.events)
