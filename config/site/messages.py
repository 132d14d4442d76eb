"""The reference of router commands, out of the models that parse them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter

from nanie_actors.errors import CommandError
from nanie_actors.protocol.commands import ACTIONS, Command

_SHARED = "debug"
"""The field that every command has; the page tells of it once."""

_BOUNDS = (
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " entries"),
    ("minimum", "maximum", ""),
)
"""What JSON Schema calls the bounds of a text, a list and a number, and their unit."""


def schema() -> str:
    """The JSON Schema of a command, for programs that check what they send."""
    adapter: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="action")])
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A router command"}
    return json.dumps({**described, **adapter.json_schema()}, indent=2) + "\n"


def commands() -> str:
    """Markdown: one section a command, with its fields, in the order of the protocol."""
    described = {
        action: schema for schema in _schemas() if (action := schema["properties"]["action"]["const"])
    }
    return "\n".join(line for action in ACTIONS for line in _section(action, described[action]))


def error_codes() -> str:
    """Markdown: the table of error codes."""
    rows = [
        f"| `{error.code}` | {inspect.cleandoc(error.__doc__ or '').splitlines()[0]} |"
        for error in CommandError.__subclasses__()
    ]
    return "\n".join(["| `code` | |", "| --- | --- |", *rows])


def _schemas() -> Iterator[dict[str, Any]]:
    for model in get_args(Command):
        yield model.model_json_schema()


def _section(action: str, described: dict[str, Any]) -> Iterator[str]:
    yield from (f"### {action}", "", described["description"], "")
    fields = _fields(described, described.get("$defs", {}), "")
    rows = [row for row in fields if not row.startswith(("| `action`", f"| `{_SHARED}`"))]
    if rows:
        yield from ("| field | | type | limits |", "| --- | --- | --- | --- |", *rows, "")


def _fields(described: dict[str, Any], parts: dict[str, Any], above: str) -> Iterator[str]:
    for name, field in described["properties"].items():
        needed = "required" if name in described.get("required", ()) else "optional"
        kind = next((way for way in field.get("anyOf", ()) if way.get("type") != "null"), field)
        part = parts.get(str(kind.get("$ref", "")).rpartition("/")[2])
        shown = "object" if part else kind.get("type", "any")
        if shown == "array":
            shown = f"array of {kind['items']['type']}s"
        yield f"| `{above}{name}` | {needed} | {shown} | {_limits(kind)} |"
        if part:
            yield from _fields(part, parts, f"{above}{name}.")


def _limits(kind: dict[str, Any]) -> str:
    limits = [
        f"{kind[least]:,} to {kind[most]:,}{unit}" if least in kind else f"at most {kind[most]:,}{unit}"
        for least, most, unit in _BOUNDS
        if most in kind
    ]
    if kind.get("pattern") == r"\S":
        limits.append("not blank")
    return ", ".join(limits)
