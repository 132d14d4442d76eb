"""`nanie tail`: timeline updates and notices as they are pushed."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import click

from nanie_actors.cli.options import common_options, json_option, read_settings
from nanie_actors.cli.rendering import isolated, moment
from nanie_actors.inspection.control_client import ControlClient
from nanie_actors.storage.layout import StateLayout

NEWEST = 3
"""Events of an update that are shown: what changed is nearly always among them."""


@click.command()
@click.argument("conversations", nargs=-1, metavar="[CONVERSATION]...")
@json_option
@common_options
def tail(conversations: tuple[str, ...], as_json: bool, config: Path | None, state: Path | None) -> None:
    """Watch what conversations are shown, from now on, until Ctrl-C or the worker's end.

    Without a CONVERSATION all are watched.

    \b
    Examples:
      nanie tail
      nanie tail anna ben
      nanie tail --json

    See also: nanie send.
    """
    settings = read_settings(config, state)
    zone = settings.zone()
    with ControlClient(StateLayout(settings.state.dir).run_socket) as client:
        client.request("tail", conversations=list(conversations))
        click.echo("watching; Ctrl-C ends", err=True)
        for line in client.stream():
            if "push" in line:
                click.echo(json.dumps(line, ensure_ascii=False) if as_json else _push(line, zone))
    click.echo("the worker hung up: it stops, or what it sent was read too slowly", err=True)


def _push(line: dict[str, Any], zone: datetime.tzinfo) -> str:
    push = line["push"]
    head = f"{datetime.datetime.now(zone):%H:%M:%S}  {isolated(line['conversation_id'])}  "
    return head + (_update(push["data"], zone) if push["type"] == "DATA" else _notice(push, zone))


def _notice(push: dict[str, Any], zone: datetime.tzinfo) -> str:
    """What the worker itself has to say, for instance of its connection to WhatsApp."""
    when = "".join(f", {word} {moment(push[word], zone)}" for word in ("since", "until") if word in push)
    return f"{isolated(push['code'])}{when}: {isolated(push.get('message', ''))}"


def _update(data: dict[str, Any], zone: datetime.tzinfo) -> str:
    head = f"{isolated(data['groupName'])}  revision {data['revision']}, {len(data['events'])} events"
    events = [
        f"    {moment(event['timestamp'], zone)}  {isolated(event['type']):<10}  {isolated(event['label'])}"
        for event in data["events"][-NEWEST:]
    ]
    return "\n".join([head, *events])
