"""How tables and times look in the terminal."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

ISOLATE = "\u2068"
END_ISOLATE = "\u2069"
UNLIMITED = 100_000
"""First-strong isolate: a Hebrew name must not turn around the columns beside it."""


def console(*, stderr: bool = False) -> Console:
    """Where to write; wide enough for tables when nobody's terminal limits it."""
    plain = Console(stderr=stderr, highlight=False)
    return plain if plain.is_terminal else Console(stderr=stderr, highlight=False, width=160)


def show(*parts: Any) -> None:
    """Write to standard output; into a file or a pipe whole and without padding, whatever the width."""
    out = console()
    if out.is_terminal:
        out.print(*parts)
        return
    out.width = UNLIMITED
    with out.capture() as captured:
        out.print(*parts)
    click.echo("\n".join(line.rstrip() for line in captured.get().split("\n")), nl=False)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A table without frames; a column whose name ends in `#` holds numbers.

    On a narrow terminal the first and the last column are folded: ids stay whole, and so do texts.
    """
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        title, numbers = column.rstrip("#"), column.endswith("#")
        made.add_column(
            title,
            justify="right" if numbers else "left",
            min_width=len(title),
            no_wrap=column not in (columns[0], columns[-1]),
            overflow="fold" if column in (columns[0], columns[-1]) else "ellipsis",
        )
    for row in rows:
        made.add_row(*(_cell(value) for value in row))
    return made


def isolated(text: str) -> str:
    """A text of unknown direction, and of unknown honesty: no control characters get through."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return f"{ISOLATE}{shown}{END_ISOLATE}" if not shown.isascii() else shown


def duration(seconds: float) -> str:
    """A time span, as short as it can be said."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, _ = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def moment(epoch_ms: Any, zone: datetime.tzinfo | None = None, form: str = "%Y-%m-%d %H:%M") -> str:
    """A moment in the household's zone; empty for one that never was, as it is if no calendar has it."""
    if not epoch_ms:
        return ""
    try:
        utc = datetime.datetime.fromtimestamp(epoch_ms / 1000, datetime.UTC)
        return utc.astimezone(zone).strftime(form)
    except (TypeError, ValueError, OverflowError, OSError):
        return isolated(str(epoch_ms))


def _cell(value: Any) -> Text:
    if value is None:
        return Text("")
    return Text(isolated(value) if isinstance(value, str) else str(value))
