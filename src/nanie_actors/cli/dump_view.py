"""`nanie dump`: what every actor of the running worker is doing."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from nanie_actors.cli.options import common_options, json_option, read_settings
from nanie_actors.cli.rendering import console, duration, moment, table
from nanie_actors.inspection.control_client import ControlClient
from nanie_actors.storage.layout import StateLayout

SHOWN = 40
"""Actors of a kind that are shown before `--all` is needed: a screen and a half."""

Dump = dict[str, Any]


@click.command()
@click.option("--group", metavar="GROUP", help="Only this group.")
@click.option("--conversation", metavar="ID", help="Only this conversation.")
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
    """
    layout = StateLayout(read_settings(config, state).state.dir)
    with ControlClient(layout.run_socket) as client:

        def take() -> Dump:
            wanted = {"group": group, "conversation": conversation, "verbose": verbose}
            value: Dump = client.request("dump", **wanted)
            return value

        if as_json:
            click.echo(json.dumps(take(), ensure_ascii=False))
        elif watch:
            _watch(take, everything=everything)
        else:
            console().print(view(take(), everything=everything))


def _watch(take: Any, *, everything: bool) -> None:
    with Live(view(take(), everything=everything), console=console(), auto_refresh=False) as live:
        while True:
            time.sleep(1.0)
            live.update(view(take(), everything=everything), refresh=True)


def view(taken: Dump, *, everything: bool = False) -> Group:
    """A dump for people: the process, who is stuck, then the tree."""
    actors = taken["actors"]
    parts: list[Any] = [_process(taken["worker"], actors)]
    if taken["stuck"]:
        parts.append(Text(f"STUCK: {', '.join(taken['stuck'])}", style="bold red"))
    parts += [_singles(actors), *_quarantined(actors)]
    parts += _kind(actors, "group", _group_table, everything=everything)
    parts += _kind(actors, "conversation", _conversation_table, everything=everything)
    return Group(*parts)


def _process(worker: Dump, actors: list[Dump]) -> Text:
    inside = worker["ingress"]["inside"], worker["inbox"]["inside"]
    log = worker["log"]
    return Text(
        f"nanie {worker['version']}  pid {worker['pid']}  since {moment(worker['started'], form='%H:%M:%S')}"
        f"  state {worker['state']}\n"
        f"{len(actors)} actors  {inside[0]} events and {inside[1]} commands under way"
        f"  {worker['dead_letters']} dead letters"
        f"  log: {log['lines']} lines in {log['flushes']} flushes, {log['segments']} segments\n"
    )


def _singles(actors: list[Dump]) -> Table:
    rows = [(actor["kind"], *_common(actor), _words(actor)) for actor in actors if actor["kind"] in SINGLES]
    return table("", ("actor", *COMMON, "says"), rows)


SINGLES = ("guardian", "registry", "gateway")
COMMON = ("state", "mail#", "busy with", "handled#", "failed#", "restarts#")


def _common(actor: Dump) -> tuple[Any, ...]:
    busy = actor["busy_with"]
    return (
        "NO ANSWER" if not actor["answered"] and actor["stuck"] else actor["state"],
        actor["depth"] + actor["system_depth"],
        f"{busy} for {duration(actor['busy_s'])}" if busy else None,
        actor["handled"],
        actor["failed"],
        actor["restarts"],
    )


def _words(actor: Dump) -> str:
    own = actor["own"]
    if actor["kind"] == "gateway" and own:
        states = [source["state"] for source in _sources(own)]
        return f"{own['groups']} groups, {own['routed']} routed, {own['ignored']} ignored, sources: {states}"
    if actor["kind"] == "registry" and own:
        return f"{own['conversations']} conversations linked, groups: {own['lives'] or 'all asleep'}"
    return ""


def _sources(own: Dump) -> list[Dump]:
    sources = own["sources"]
    return list(sources.values()) if isinstance(sources, dict) else list(sources)


def _quarantined(actors: list[Dump]) -> list[Table]:
    entries = [entry for actor in actors for entry in actor["own"].get("quarantined", ())]
    if not entries:
        return []
    rows = [
        (entry["group"], moment(entry["since"]), entry["poison"], entry.get("reason")) for entry in entries
    ]
    return [table("Quarantined", ("group", "since", "failed on", "why"), rows)]


def _kind(actors: list[Dump], kind: str, draw: Any, *, everything: bool) -> list[Any]:
    """The most interesting actors of a kind first: those that do something or went wrong."""
    found = [actor for actor in actors if actor["kind"] == kind]
    found.sort(key=_interest, reverse=True)
    shown = found if everything else found[:SHOWN]
    parts: list[Any] = [draw(shown)] if shown else []
    if len(shown) < len(found):
        parts.append(Text(f"… and {len(found) - len(shown)} more, less busy (--all shows them)"))
    return parts


def _interest(actor: Dump) -> tuple[Any, ...]:
    return actor["stuck"], actor["failed"], actor["depth"], actor["busy_s"], actor["handled"]


def _group_table(actors: list[Dump]) -> Table:
    rows = []
    for actor in actors:
        own = actor["own"]
        listeners = own.get("listeners")
        rows.append(
            (
                actor["key"],
                own.get("name"),
                own.get("life"),
                own.get("revision"),
                own.get("events"),
                own.get("messages"),
                None if listeners is None else len(listeners),
                *_common(actor),
            )
        )
    columns = ("group", "name", "life", "rev#", "events#", "messages#", "listeners#", *COMMON)
    return table("\nGroups", columns, rows)


def _conversation_table(actors: list[Dump]) -> Table:
    rows = []
    for actor in actors:
        own = actor["own"]
        lag = own["revision"] - own["accepted"] if "revision" in own else None
        rows.append(
            (actor["key"], own.get("group"), lag, own.get("command"), own.get("pushes"), *_common(actor))
        )
    return table("\nConversations", ("conversation", "group", "lag#", "command", "pushes#", *COMMON), rows)
