"""`nanie send`: act as the agent router of a running worker."""

from __future__ import annotations

import datetime
import json
import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from nanie_actors.cli.app import FAILED
from nanie_actors.cli.options import common_options, json_option, read_settings
from nanie_actors.cli.rendering import isolated, moment, show, table
from nanie_actors.inspection.control_client import ControlClient
from nanie_actors.storage.layout import StateLayout

ACTION = re.compile(r"[A-Z]+(?:_[A-Z]+)*")
"""How the contract writes actions; one that the worker does not have is the worker's to refuse."""


@click.command()
@click.argument("conversation")
@click.argument("message", metavar="ACTION|JSON|TEXT")
@click.argument("fields", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--timeout", default=35.0, show_default=True, metavar="SECONDS", help="How long to wait.")
@json_option
@common_options
def send(
    conversation: str,
    message: str,
    fields: tuple[str, ...],
    timeout: float,
    as_json: bool,
    config: Path | None,
    state: Path | None,
) -> int:
    """Send one message of CONVERSATION to the running worker and show its replies.

    \b
    Examples:
      nanie send anna LIST_GROUPS
      nanie send anna SELECT_GROUP groupId=120363000000000001@g.us
      nanie send anna ADD_EVENT text="bottle 120 ml"
      nanie send anna '{"action": "GET_STATUS"}'

    See also: nanie tail, nanie groups.
    """
    settings = read_settings(config, state)
    row_id = str(uuid.uuid4())
    row = {"id": row_id, "conversation_id": conversation, "content": content(message, fields)}
    status, answered = 0, False
    with ControlClient(StateLayout(settings.state.dir).run_socket) as client:
        client.request("send", row=row)
        for reply in _replies(client, row_id, timeout):
            answered = True
            if reply["type"] == "ERROR":
                status = FAILED
            if as_json:
                click.echo(json.dumps(reply, ensure_ascii=False))
            else:
                _show(reply, settings.zone())
    if not answered:
        click.echo("done; there is no reply to this", err=True)
    return status


def content(message: str, fields: tuple[str, ...]) -> str | dict[str, Any]:
    """What the row's content is: a command for an ACTION in capitals, otherwise the text as it is."""
    if not ACTION.fullmatch(message):
        if fields:
            raise click.UsageError(f"{fields[0]!r}: only an ACTION in capitals takes KEY=VALUE.")
        return message
    command: dict[str, Any] = {"action": message}
    for field in fields:
        key, separator, value = field.partition("=")
        if not separator:
            raise click.UsageError(f"{field!r} is no KEY=VALUE.")
        command[key] = _value(key, value)
    return command


def _value(key: str, text: str) -> Any:
    """Fields are texts, but for the few that the contract says are not."""
    if key == "eventIds" and not text.startswith("["):
        return text.split(",")
    if key not in ("limit", "eventData", "eventIds", "debug"):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise click.UsageError(f"{key} must be JSON, and {text!r} is not.") from None


def _replies(client: ControlClient, row: str, timeout: float) -> Iterator[dict[str, Any]]:
    """The replies to this row, until the worker says that nothing more comes."""
    deadline = time.monotonic() + timeout
    while (line := client.next(max(0.0, deadline - time.monotonic()))).get("done") != row:
        if line.get("in_reply_to") == row:
            yield line["reply"]


def _show(reply: dict[str, Any], zone: datetime.tzinfo) -> None:
    match reply:
        case {"type": "DATA", "data": {"groups": groups}}:
            rows = [(g["id"], g["name"], g["participants"], moment(g["lastActivity"], zone)) for g in groups]
            show(table("", ("group", "name", "members#", "last activity"), rows))
        case {"type": "DATA", "data": {"events": events, "groupName": name, "revision": revision}}:
            rows = [(moment(e["timestamp"], zone), e["id"], e["type"], e["label"]) for e in events]
            click.echo(f"{isolated(name)}: {len(events)} events, revision {revision}")
            show(table("", ("time", "id", "type", "event"), rows))
        case {"type": "ERROR" | "SYSTEM", "code": code, **rest}:
            click.echo(f"{code}: {rest.get('message') or rest.get('error')}", err=True)
        case {"type": "STATUS", "text": text}:
            click.echo(text)
        case _:
            click.echo(json.dumps(reply, ensure_ascii=False, indent=2))
