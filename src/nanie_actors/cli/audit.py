"""`nanie audit`: who linked what, who was refused, and what the operator decided."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import Any

import click

from nanie_actors.cli.options import common_options, json_option, read_settings
from nanie_actors.cli.rendering import moment, show, table

ENTRIES_SHOWN = 50


@click.command()
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=ENTRIES_SHOWN,
    show_default=True,
    help="The newest N entries.",
)
@click.option("--group", metavar="ID", help="Only entries about this group.")
@click.option("--conversation", metavar="ID", help="Only entries about this conversation.")
@json_option
@common_options
def audit(
    limit: int,
    group: str | None,
    conversation: str | None,
    as_json: bool,
    config: Path | None,
    state: Path | None,
) -> None:
    """Show every link, unlink, refusal, code, and decision about a group, oldest first.

    Reads the files of the state directory, whether a worker runs or not.

    \b
    Examples:
      nanie audit
      nanie audit --limit 200 --group 120363000000000001@g.us
      nanie audit --conversation anna --json
    """
    from nanie_actors.storage.audit_log import read_audit
    from nanie_actors.storage.direct_disk import DirectDisk

    settings = read_settings(config, state)
    wanted = {"group": group, "conversation": conversation}
    entries = deque(
        (entry for entry in read_audit(DirectDisk(), settings.state.dir) if _matches(entry, wanted)),
        maxlen=limit,
    )
    if as_json:
        click.echo(json.dumps(list(entries), ensure_ascii=False))
        return
    rows = [
        (
            moment(entry.get("at"), settings.zone(), "%Y-%m-%d %H:%M:%S"),
            _text(entry, "action"),
            _text(entry, "outcome"),
            _text(entry, "conversation"),
            _text(entry, "sender"),
            _text(entry, "group"),
            _why(entry),
        )
        for entry in entries
    ]
    show(table("", ("when", "what", "outcome", "conversation", "sender", "group", "why"), rows))


def _matches(entry: dict[str, Any], wanted: dict[str, str | None]) -> bool:
    return all(value is None or entry.get(key) == value for key, value in wanted.items())


def _why(entry: dict[str, Any]) -> str:
    omitted = entry.get("omitted")
    more = f" (after {omitted} more refusals that are not listed)" if omitted else ""
    return _text(entry, "why") + more


def _text(entry: dict[str, Any], key: str) -> str:
    return str(entry.get(key, ""))
