"""`nanie export`: one group's timeline as a file for other programs."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from nanie_actors.cli.options import FILE, common_options, read_settings

if TYPE_CHECKING:
    from nanie_actors.settings import Settings

Form = Literal["json", "jsonl", "csv"]


@click.command()
@click.argument("group")
@click.option(
    "--format", "form", type=click.Choice(["json", "jsonl", "csv"]), default="json", show_default=True
)
@click.option("--output", type=FILE, metavar="FILE", help="Write to a file instead of standard output.")
@common_options
def export(group: str, form: Form, output: Path | None, config: Path | None, state: Path | None) -> None:
    """Write the timeline of GROUP as JSON, as JSON lines, or as CSV for a spreadsheet.

    GROUP is its id, or its name while the worker runs; a running worker brings the file up to date first.
    """
    from nanie_actors.cli.groups import bring_up_to_date, read_timeline, resolve_group

    settings = read_settings(config, state)
    found = resolve_group(settings, group)
    bring_up_to_date(settings, found)
    content = _encoded(read_timeline(settings, found), form, settings)
    if output is None:
        click.echo(content, nl=False)
    else:
        write_atomically(output, content)


def _encoded(events: list[dict[str, Any]], form: Form, settings: Settings) -> bytes:
    import orjson

    from nanie_actors.cli.spreadsheet import timeline_csv

    match form:
        case "json":
            return orjson.dumps(events, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        case "jsonl":
            return b"".join(orjson.dumps(event) + b"\n" for event in events)
        case "csv":
            return timeline_csv(events, settings.zone()).encode("utf-8-sig")


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
