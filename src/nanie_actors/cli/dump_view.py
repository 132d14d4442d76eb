"""`nanie dump`: what every actor of the running worker is doing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from rich.live import Live

from nanie_actors.cli.dump_tree import Dump, view
from nanie_actors.cli.groups import resolve_group
from nanie_actors.cli.options import common_options, json_option, read_settings
from nanie_actors.cli.rendering import console, show
from nanie_actors.inspection.control_client import ControlClient
from nanie_actors.storage.layout import StateLayout

WATCH_EVERY_S = 1.0


@click.command()
@click.option("--group", metavar="GROUP", help="Only this group and its conversations: its id or its name.")
@click.option("--conversation", metavar="ID", help="Only this conversation and its group.")
@click.option("--verbose", is_flag=True, help="Show names, too.")
@click.option("--all", "everything", is_flag=True, help="Show every actor, however many there are.")
@click.option("--watch", is_flag=True, help="Keep showing, every second, until Ctrl-C.")
@json_option
@common_options
def dump(
    group: str | None,
    conversation: str | None,
    verbose: bool,
    everything: bool,
    watch: bool,
    as_json: bool,
    config: Path | None,
    state: Path | None,
) -> None:
    """Show the actors of the running worker: what they are, what they do, since when.

    Message texts, names and keys are never shown; group names only with --verbose.

    \b
    Examples:
      nanie dump
      nanie dump --watch
      nanie dump --group Family --verbose
      nanie dump --all --json

    See also: nanie groups, nanie metrics.
    """
    settings = read_settings(config, state)
    wanted = {
        "group": None if group is None else resolve_group(settings, group),
        "conversation": conversation,
        "verbose": verbose,
    }
    with ControlClient(StateLayout(settings.state.dir).run_socket) as client:
        dumps = _dumps(lambda: client.request("dump", **wanted), watch=watch)
        if as_json:
            for taken in dumps:
                click.echo(json.dumps(taken, ensure_ascii=False))
        elif watch and console().is_terminal:
            _watch(dumps, everything=everything)
        else:
            for taken in dumps:
                show(view(taken, everything=everything))


def _dumps(take: Callable[[], Any], *, watch: bool) -> Iterator[Dump]:
    """One dump, or one every second."""
    yield take()
    while watch:
        time.sleep(WATCH_EVERY_S)
        yield take()


def _watch(dumps: Iterator[Dump], *, everything: bool) -> None:
    with Live(console=console(), auto_refresh=False, screen=True) as live:
        for taken in dumps:
            live.update(view(taken, everything=everything), refresh=True)
