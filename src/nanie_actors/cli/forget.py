"""`nanie forget`: erase what is kept of a group, with a running worker or without one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nanie_actors.cli.app import Failure
from nanie_actors.cli.groups import resolve_group
from nanie_actors.cli.options import common_options, json_option, read_settings
from nanie_actors.errors import StateLocked, WorkerUnreachable
from nanie_actors.inspection.control_client import ControlClient
from nanie_actors.model import EpochMs, GroupId
from nanie_actors.storage.layout import StateLayout

if TYPE_CHECKING:
    from nanie_actors.settings import Settings

ERASED_WITHIN_S = 90.0
"""Longer than the worker takes to say that it takes longer."""

ELSEWHERE = (
    "new messages are recorded again for as long as the account is in the group",
    "recordings, backups and logs that were kept elsewhere are not known to this program",
)


@click.command()
@click.argument("group")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@common_options
def forget(group: str, yes: bool, as_json: bool, config: Path | None, state: Path | None) -> None:
    """Erase what is kept of GROUP: timeline, messages, links, and whatever waits for it. For good.

    GROUP is its id, or its name if only one group is called so. Tells what remains, and for how long.

    \b
    Examples:
      nanie forget Family
      nanie forget 120363000000000001@g.us --yes --json

    See also: nanie export, nanie audit.
    """
    settings = read_settings(config, state)
    found = resolve_group(settings, group)
    if not yes:
        if as_json:
            raise Failure("forget --json asks nobody: add --yes.")
        click.confirm(f"Erase everything that is kept of {found}?", abort=True)
    _erase(settings, found)
    remains = [*_remains(settings.state.dir, found), *ELSEWHERE]
    if as_json:
        click.echo(json.dumps({"groupId": found, "remains": remains}, ensure_ascii=False))
        return
    click.echo(f"{found} is erased. What remains:")
    for line in remains:
        click.echo(f"  {line}")


def _erase(settings: Settings, group: GroupId) -> None:
    layout = StateLayout(settings.state.dir)
    try:
        with ControlClient(layout.run_socket) as client:
            client.ask("forget", group=group)
            client.data(client.next(ERASED_WITHIN_S))
    except WorkerUnreachable as unreachable:
        _erase_here(settings, layout, group, unreachable)


def _erase_here(settings: Settings, layout: StateLayout, group: GroupId, unreachable: Exception) -> None:
    """Nobody answers: unless a worker is there all the same, this process does it."""
    from nanie_actors.storage.audit_log import AuditLog
    from nanie_actors.storage.direct_disk import DirectDisk
    from nanie_actors.storage.erasing import erase_group
    from nanie_actors.storage.state_format import check_format
    from nanie_actors.storage.state_lock import StateLock

    if not layout.root.is_dir():
        raise Failure(f"{layout.root} is no state directory: name it with --state.")
    access, now = settings.access, EpochMs(time.time_ns() // 1_000_000)
    try:
        with StateLock(layout.root):
            disk = DirectDisk()
            check_format(disk, layout)
            erased = erase_group(disk, layout, group, now)
            audit = AuditLog(disk, layout.audit, most_bytes=access.audit_bytes, files=access.audit_files)
            for entry in erased.entries(now):
                audit.note(entry)
            disk.close(0.0)
    except StateLocked as error:
        raise Failure(f"{unreachable}\n{error}") from error


def _remains(root: Path, group: GroupId) -> Iterator[str]:
    """Which files still name the group, and how long they do."""
    from nanie_actors.storage.erasing import still_naming

    layout = StateLayout(root)
    for path in still_naming(root, group):
        yield f"{path.relative_to(root)}: {_how_long(layout, path)}"


def _how_long(layout: StateLayout, path: Path) -> str:
    if path.parent == layout.wal and path.suffix == ".damaged":
        return "a damaged part of the shared log, kept until somebody removes it"
    if path.parent == layout.wal:
        return "lines that are void, until the other groups in it have caught up"
    if path.name.startswith("audit"):
        return "who linked it and who forgot it, without names or texts, until newer entries take the place"
    if path in (layout.registry_log, layout.link_codes):
        return "handled messages and asked codes, until the next start of the worker"
    if path.is_relative_to(layout.whatsapp):
        return "kept by the WhatsApp side, until it is settled there or the account is unlinked"
    return "not written by this version"
