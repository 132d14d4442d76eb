"""`nanie export`: one group's timeline as a file for other programs, or for people."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nanie_actors.cli.options import FILE, common_options, read_settings

if TYPE_CHECKING:
    from nanie_actors.export.contents import Contents, Language

FORMS = ("json", "jsonl", "csv", "ics", "html")
DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("group")
@click.option("--format", "form", type=click.Choice(FORMS), default="json", show_default=True)
@click.option("--from", "first", type=DAY, metavar="DATE", help="The first day, as 2026-03-21.")
@click.option("--to", "last", type=DAY, metavar="DATE", help="The last day.")
@click.option("--output", type=FILE, metavar="FILE", help="Write to a file instead of standard output.")
@click.option(
    "--language", type=click.Choice(["en", "he"]), help="Of the HTML page (default: that of most events)."
)
@common_options
def export(
    group: str,
    form: str,
    first: datetime | None,
    last: datetime | None,
    output: Path | None,
    language: Language | None,
    config: Path | None,
    state: Path | None,
) -> None:
    """Write the timeline of GROUP: JSON, JSON lines, CSV for a spreadsheet, ICS for a calendar, or HTML.

    GROUP is its id, or its name. A running worker brings the file up to date first. Days are those of the
    household's clock. The HTML file is a picture of the timeline that opens from disk, without a network.

    \b
    Examples:
      nanie export Family > family.json
      nanie export Family --format csv --from 2026-03-01 --to 2026-03-31 --output march.csv
      nanie export Family --format html --language he --output family.html

    See also: nanie timeline, nanie backup.
    """
    if first is not None and last is not None and last < first:
        raise click.UsageError("--to is before --from.")
    contents = _contents(group, first, last, config, state)
    content = _encoder(form, language)(contents)
    if output is None:
        click.echo(content, nl=False)
    else:
        write_atomically(output, content)


def _contents(
    group: str, first: datetime | None, last: datetime | None, config: Path | None, state: Path | None
) -> Contents:
    from nanie_actors import __version__
    from nanie_actors.cli.groups import bring_up_to_date, name_of, read_timeline, resolve_group
    from nanie_actors.export.contents import Contents, between
    from nanie_actors.model import EpochMs

    settings = read_settings(config, state)
    zone = settings.zone()
    found = resolve_group(settings, group)
    bring_up_to_date(settings, found)
    events = between(read_timeline(settings, found), _date(first), _date(last), zone)
    now = EpochMs(time.time_ns() // 1_000_000)
    return Contents(found, name_of(settings, found), events, zone, now, __version__)


def _date(day: datetime | None) -> date | None:
    return None if day is None else day.date()


def _encoder(form: str, language: Language | None) -> Callable[[Contents], bytes]:
    match form:
        case "json":
            from nanie_actors.export.json_forms import as_json

            return as_json
        case "jsonl":
            from nanie_actors.export.json_forms import as_json_lines

            return as_json_lines
        case "csv":
            from nanie_actors.export.spreadsheet import as_csv

            return as_csv
        case "ics":
            return _as_ics
        case _:
            from nanie_actors.cli.page_assets import load_page_assets
            from nanie_actors.export.page import as_page

            assets = load_page_assets()
            return lambda contents: as_page(contents, assets, language)


def _as_ics(contents: Contents) -> bytes:
    from nanie_actors.export.ics import as_ics, without_a_time

    left_out = without_a_time(contents)
    if left_out:
        click.echo(f"nanie: left out: {left_out} events whose time no calendar has", err=True)
    return as_ics(contents)


def write_atomically(path: Path, content: bytes) -> None:
    """Give a file new content, whole or not at all, readable by its owner only. Raises OSError."""
    fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
