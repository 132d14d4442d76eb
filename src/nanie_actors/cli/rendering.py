"""How tables and times look in the terminal."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

ISOLATE = "\u2068"
END_ISOLATE = "\u2069"
"""First-strong isolate: a Hebrew name must not turn around the columns beside it."""


def console(*, stderr: bool = False) -> Console:
    """Where to write; wide enough for tables when nobody's terminal limits it."""
    plain = Console(stderr=stderr, highlight=False)
    return plain if plain.is_terminal else Console(stderr=stderr, highlight=False, width=160)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A table without frames; a column whose name ends in `#` holds numbers."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column.rstrip("#"), justify="right" if column.endswith("#") else "left", no_wrap=True)
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


def moment(epoch_ms: int, zone: datetime.tzinfo | None = None, form: str = "%Y-%m-%d %H:%M") -> str:
    """A moment in the household's zone; empty for one that never was."""
    if not epoch_ms:
        return ""
    utc = datetime.datetime.fromtimestamp(epoch_ms / 1000, datetime.UTC)
    return utc.astimezone(zone).strftime(form)


def _cell(value: Any) -> Text:
    if value is None:
        return Text("")
    return Text(isolated(value) if isinstance(value, str) else str(value))
