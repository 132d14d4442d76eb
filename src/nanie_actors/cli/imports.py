"""`nanie import`: take over the timeline that an older program kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nanie_actors.cli.app import Failure
from nanie_actors.cli.options import FILE, common_options, json_option, read_settings
from nanie_actors.errors import StateLocked

if TYPE_CHECKING:
    from nanie_actors.model import GroupId
    from nanie_actors.storage.legacy_import import ImportReport

_SKIPPED_SHOWN = 10


@click.command("import")
@click.argument("file", type=FILE)
@json_option
@common_options
def import_file(file: Path, as_json: bool, config: Path | None, state: Path | None) -> None:
    """Add the events of FILE, a timeline of an older version, to its group.

    FILE is `memory/<groupId>.json`, `ella_cache.json`, or any JSON with events and a groupId. The worker must
    not be running. Importing once more adds nothing.

    \b
    Examples:
      nanie import old/ella_cache.json
      nanie import memory/120363000000000001@g.us.json --state /var/lib/nanie

    See also: nanie replay.
    """
    from nanie_actors.storage.direct_disk import DirectDisk
    from nanie_actors.storage.layout import StateLayout
    from nanie_actors.storage.legacy import read_legacy
    from nanie_actors.storage.legacy_import import import_legacy
    from nanie_actors.storage.state_format import check_format
    from nanie_actors.storage.state_lock import StateLock

    layout = StateLayout(root := read_settings(config, state).state.dir)
    legacy = read_legacy(file)
    try:
        with StateLock(root):
            check_format(DirectDisk(), layout)
            report = import_legacy(layout, legacy)
    except StateLocked as error:
        raise Failure(f"a worker is using {root}: stop it, import, and start it again.") from error
    if as_json:
        click.echo(_as_json(legacy.group, report))
    else:
        _tell(legacy.group, report)


def _as_json(group: GroupId, report: ImportReport) -> str:
    return json.dumps(
        {
            "groupId": group,
            "added": report.added,
            "already": report.already,
            "skipped": [{"index": entry.index, "reason": entry.reason} for entry in report.skipped],
            "keptAs": str(report.kept_as),
        }
    )


def _tell(group: GroupId, report: ImportReport) -> None:
    click.echo(f"{group}: {report.added} events added, {report.already} were there already.")
    click.echo(f"The old file is kept as {report.kept_as}.")
    for entry in report.skipped[:_SKIPPED_SHOWN]:
        click.echo(f"nanie: entry {entry.index + 1} was left out: {entry.reason}.", err=True)
    if len(report.skipped) > _SKIPPED_SHOWN:
        click.echo(f"nanie: {len(report.skipped) - _SKIPPED_SHOWN} more were left out.", err=True)
