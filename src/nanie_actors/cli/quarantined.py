"""What a person decides about a quarantined group: start it again, with the failing message or without."""

from __future__ import annotations

from pathlib import Path

import click

from nanie_actors.cli.groups import resolve_group
from nanie_actors.cli.options import common_options, read_settings
from nanie_actors.inspection.control_client import ControlClient
from nanie_actors.storage.layout import StateLayout


@click.command()
@click.argument("group")
@common_options
def retry(group: str, config: Path | None, state: Path | None) -> None:
    """Start a quarantined GROUP again, with the message that it failed on.

    \b
    Examples:
      nanie retry 120363000000000001@g.us

    See also: nanie groups, nanie skip.
    """
    _decide("retry", group, config, state)


@click.command()
@click.argument("group")
@common_options
def skip(group: str, config: Path | None, state: Path | None) -> None:
    """Start a quarantined GROUP again, without the message that it failed on.

    \b
    Examples:
      nanie skip 120363000000000001@g.us

    See also: nanie retry, nanie replay.
    """
    _decide("skip", group, config, state)


def _decide(op: str, group: str, config: Path | None, state: Path | None) -> None:
    settings = read_settings(config, state)
    found = resolve_group(settings, group)
    with ControlClient(StateLayout(settings.state.dir).run_socket) as client:
        client.request(op, group=found)
    click.echo(f"{found} is started again")
