"""`nanie backup`: a copy of the state directory in one file, while the worker goes on."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from nanie_actors.cli.options import FILE, common_options, json_option, read_settings

if TYPE_CHECKING:
    from nanie_actors.backup.making import Made

STANDARD_OUTPUT = Path("-")


@click.command()
@click.argument("file", type=FILE)
@click.option("--without-session", is_flag=True, help="Leave the keys of the WhatsApp account out.")
@json_option
@common_options
def backup(file: Path, without_session: bool, as_json: bool, config: Path | None, state: Path | None) -> None:
    """Copy the state directory into FILE, a .tar.gz, at one moment; `-` is standard output.

    A worker may be running and goes on meanwhile. FILE is there whole or not at all, for its owner only. It
    holds the words of all groups, and the keys of the WhatsApp account unless they are left out: whoever has
    it can read the groups and write as the account.

    \b
    Examples:
      nanie backup nanie-backup.tar.gz
      nanie backup /backups/nanie.tar.gz --state /var/lib/nanie --json
      nanie backup nanie-backup.tar.gz --without-session
      nanie backup - | gpg --encrypt --recipient dana > nanie-backup.tar.gz.gpg

    See also: nanie restore, nanie export, nanie doctor.
    """
    from nanie_actors import __version__
    from nanie_actors.backup.making import backup_to, backup_to_file
    from nanie_actors.cli.copy_progress import copy_progress
    from nanie_actors.storage.layout import StateLayout

    layout = StateLayout(read_settings(config, state).state.dir)
    with copy_progress("copied") as tell:
        if file == STANDARD_OUTPUT:
            made = backup_to(layout, _output(), __version__, session=not without_session, tell=tell)
        else:
            made = backup_to_file(layout, file, __version__, session=not without_session, tell=tell)
    _report(file, made, as_json=as_json)


def _output() -> BinaryIO:
    if sys.stdout.isatty():
        raise click.UsageError("An archive is nothing for a terminal: send it to a file or a program.")
    return sys.stdout.buffer


def _report(file: Path, made: Made, *, as_json: bool) -> None:
    piped = file == STANDARD_OUTPUT
    for group in made.damaged:
        click.echo(f"nanie: group {group} is damaged: it is in the backup as it is", err=True)
    if as_json:
        click.echo(json.dumps(_facts(file, made), ensure_ascii=False), err=piped)
        return
    keys = "with the keys of the WhatsApp account" if made.about.session else "without the WhatsApp session"
    click.echo(f"{made.files} files, {made.bytes:,} bytes, {keys}", err=piped)
    click.echo("It holds the words of all groups: keep it like the phone.", err=piped)


def _facts(file: Path, made: Made) -> dict[str, Any]:
    return {
        "file": str(file),
        "version": made.about.version,
        "made": made.about.made,
        "session": made.about.session,
        "files": made.files,
        "bytes": made.bytes,
        "damaged": list(made.damaged),
    }
