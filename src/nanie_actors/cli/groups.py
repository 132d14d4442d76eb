"""Commands about groups: list them, show a timeline, write files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import orjson
from rich.table import Table

from nanie_actors.cli.app import Failure
from nanie_actors.cli.history import past_of, read_removed
from nanie_actors.cli.options import common_options, json_option, read_settings
from nanie_actors.cli.rendering import moment, show, table
from nanie_actors.errors import InvalidGroup, WorkerUnreachable
from nanie_actors.inspection.control_client import ControlClient, Refused
from nanie_actors.model import GroupId, parse_group_id
from nanie_actors.settings import Settings
from nanie_actors.storage.layout import StateLayout

SNAPSHOT_WITHIN_S = 120.0
"""A snapshot of many groups takes as long as the disk does."""


@click.command()
@json_option
@common_options
def groups(as_json: bool, config: Path | None, state: Path | None) -> None:
    """List the groups that the running worker knows, newest activity first.

    \b
    Examples:
      nanie groups
      nanie groups --json

    See also: nanie timeline, nanie dump.
    """
    settings = read_settings(config, state)
    listed = _listed(settings)
    if as_json:
        click.echo(json.dumps(listed, ensure_ascii=False))
        return
    rows = [
        (
            entry["group"],
            entry["name"],
            entry["participants"],
            moment(entry["last_activity"], settings.zone()),
            entry["conversations"],
            entry["life"],
            entry["quarantine"],
        )
        for entry in listed
    ]
    columns = ("group", "name", "members#", "last activity", "conversations#", "life", "quarantined because")
    show(table("", columns, rows))


@click.command()
@click.argument("group")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the newest N events.")
@click.option("--history", is_flag=True, help="What it said before messages were edited or deleted.")
@json_option
@common_options
def timeline(
    group: str, limit: int | None, history: bool, as_json: bool, config: Path | None, state: Path | None
) -> None:
    """Show a group's timeline. GROUP is its id, or its name if only one group is called so.

    A running worker brings the file up to date first; without one the file is as the last one left it.

    \b
    Examples:
      nanie timeline Family --limit 20
      nanie timeline 120363000000000001@g.us --history
      nanie timeline Family --json

    See also: nanie groups, nanie export.
    """
    settings = read_settings(config, state)
    found = resolve_group(settings, group)
    bring_up_to_date(settings, found)
    events = read_timeline(settings, found)
    if history:
        events = past_of(events, read_removed(settings, found))
    events = events[-limit if limit else 0 :]
    if as_json:
        click.echo(json.dumps(events, ensure_ascii=False))
    elif history:
        show(_history_table(events, settings))
    else:
        show(_timeline_table(events, settings))


def _timeline_table(events: list[dict[str, Any]], settings: Settings) -> Table:
    rows = [
        (
            moment(event.get("timestamp"), settings.zone(), "%a %Y-%m-%d"),
            moment(event.get("timestamp"), settings.zone(), "%H:%M"),
            str(event.get("type", "")),
            str(event.get("label", "")),
        )
        for event in events
    ]
    return table("", ("day", "time", "type", "event"), _once_a_day(rows))


def _history_table(past: list[dict[str, Any]], settings: Settings) -> Table:
    rows = [
        (
            moment(entry["until"], settings.zone()),
            entry["how"],
            moment(entry["timestamp"], settings.zone()),
            str(entry["type"]),
            str(entry["label"]),
        )
        for entry in past
    ]
    return table("", ("until", "then", "time", "type", "event"), rows)


@click.command()
@click.argument("group", required=False)
@json_option
@common_options
def snapshot(group: str | None, as_json: bool, config: Path | None, state: Path | None) -> int:
    """Let the running worker write the timeline files of GROUP, or of all its groups.

    \b
    Examples:
      nanie snapshot
      nanie snapshot 120363000000000001@g.us --json
    """
    settings = read_settings(config, state)
    found = None if group is None else resolve_group(settings, group)
    with _client(settings) as client:
        client.ask("snapshot", group=found)
        result = client.data(client.next(SNAPSHOT_WITHIN_S))
    if as_json:
        click.echo(json.dumps(result))
    else:
        click.echo(f"{len(result['written'])} written, {len(result['failed'])} failed")
        for name, why in result["failed"].items():
            click.echo(f"  {name}: {why}", err=True)
    return 1 if result["failed"] else 0


def resolve_group(settings: Settings, text: str) -> GroupId:
    """A group by its id, or by its name if just one group is called so.

    Raises Failure, and WorkerUnreachable for a name that only a running worker could know.
    """
    try:
        return parse_group_id(text)
    except InvalidGroup:
        named = _called(settings, text)
    if len(named) == 1:
        return GroupId(named.pop())
    what = "no group is" if not named else f"{len(named)} groups are"
    raise Failure(f"{what} called {text!r}: `nanie groups` shows ids and names.")


def name_of(settings: Settings, group: GroupId) -> str:
    """What a group is called, by a running worker or else by its link; its id if neither knows."""
    try:
        names = {entry["group"]: str(entry["name"]) for entry in _listed(settings)}
    except WorkerUnreachable:
        names = _linked(settings)
    return names.get(group) or group


def _called(settings: Settings, name: str) -> set[str]:
    """The groups of that name: all that a running worker knows, or else the linked ones."""
    try:
        return {entry["group"] for entry in _listed(settings) if entry["name"] == name}
    except WorkerUnreachable:
        linked = _linked(settings)
        if name not in linked.values():
            raise
        return {group for group, called in linked.items() if called == name}


def _linked(settings: Settings) -> dict[str, str]:
    """The names of the linked groups, by id, as the mappings file tells them; a damaged file tells none."""
    try:
        mappings = orjson.loads(StateLayout(settings.state.dir).mappings.read_bytes())
        return {entry["groupId"]: entry["groupName"] for entry in mappings.values()}
    except (OSError, orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return {}


def bring_up_to_date(settings: Settings, group: GroupId) -> None:
    """If a worker runs, let it write the group's file first; without one the file is up to date.

    If it cannot, a line on standard error says that what follows is older.
    """
    try:
        client = _client(settings)
    except WorkerUnreachable:
        return
    try:
        with client:
            client.ask("snapshot", group=group)
            failed = client.data(client.next(SNAPSHOT_WITHIN_S))["failed"]
    except (Refused, WorkerUnreachable) as error:
        failed = {group: str(error)}
    for why in failed.values():
        click.echo(f"nanie: the running worker did not write the newest state: {why}", err=True)


def read_timeline(settings: Settings, group: GroupId) -> list[dict[str, Any]]:
    """The events of a group's file."""
    root = settings.state.dir
    path = StateLayout(root).timeline(group)
    try:
        events = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise Failure(f"{root} holds no timeline of {group}: nanie groups lists the groups.") from None
    except orjson.JSONDecodeError as error:
        raise Failure(f"{path} is damaged ({error}): nanie doctor tells more.") from error
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise Failure(f"{path} is damaged (no array of events): nanie doctor tells more.")
    return events


def _listed(settings: Settings) -> list[dict[str, Any]]:
    with _client(settings) as client:
        listed: list[dict[str, Any]] = client.request("groups")
    return listed


def _client(settings: Settings) -> ControlClient:
    return ControlClient(StateLayout(settings.state.dir).run_socket)


def _once_a_day(rows: list[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    """Each day's name only before its first event."""
    shown, last = [], ""
    for day, *rest in rows:
        shown.append((day if day != last else "", *rest))
        last = day
    return shown  # type: ignore[return-value]
