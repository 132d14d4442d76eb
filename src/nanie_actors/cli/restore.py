"""`nanie restore`: a backup becomes a state directory again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nanie_actors.cli.options import FILE, common_options, json_option, read_settings
from nanie_actors.cli.rendering import moment

if TYPE_CHECKING:
    from nanie_actors.backup.restoring import Restored


@click.command()
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Put a state directory that is there aside; nothing is deleted.")
@json_option
@common_options
def restore(file: Path, force: bool, as_json: bool, config: Path | None, state: Path | None) -> None:
    """Lay the backup FILE down as the state directory.

    All of FILE is checked before anything takes the directory's name. No worker may be using the directory.
    Messages and commands of the time since the backup come in again as far as WhatsApp and the app's table
    still have them; what the directory knows already has no effect.

    \b
    Examples:
      nanie restore nanie-backup.tar.gz --state /var/lib/nanie
      nanie restore nanie-backup.tar.gz --force
      nanie restore nanie-backup.tar.gz --state elsewhere --json

    See also: nanie backup, nanie doctor, nanie pair.
    """
    from nanie_actors.backup.restoring import restore as lay_down
    from nanie_actors.cli.copy_progress import copy_progress

    settings = read_settings(config, state)
    with copy_progress("checked") as tell:
        restored = lay_down(file, settings.state.dir, force=force, tell=tell)
    if as_json:
        click.echo(json.dumps(_facts(settings.state.dir, restored)))
        return
    about = restored.about
    made = moment(about.made, settings.zone())
    click.echo(
        f"{settings.state.dir} is as it was on {made}: {restored.files} files, {restored.bytes:,} bytes"
    )
    if restored.aside is not None:
        click.echo(f"What was there before is kept in {restored.aside}")
    if not about.session:
        click.echo("It is without the WhatsApp session: link the account with `nanie pair`.")


def _facts(root: Path, restored: Restored) -> dict[str, object]:
    return {
        "state": str(root),
        "version": restored.about.version,
        "made": restored.about.made,
        "session": restored.about.session,
        "files": restored.files,
        "bytes": restored.bytes,
        "aside": None if restored.aside is None else str(restored.aside),
    }
