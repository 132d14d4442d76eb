"""Copies a SQLite database that another process may be writing, by SQLite's own means."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Final

from nanie_actors.errors import StateError

WITHIN_S: Final = 30.0
"""How long a writer may keep the database to itself."""


def read_database(path: Path) -> bytes:
    """The database as one file, as of one transaction; nothing beside it is needed. Raises StateError."""
    give_up = monotonic() + WITHIN_S

    def look_at_the_clock(*_: int) -> None:
        if monotonic() > give_up:
            raise TimeoutError

    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0)) as live,
            closing(sqlite3.connect(":memory:")) as copy,
        ):
            live.backup(copy, progress=look_at_the_clock)
            return copy.serialize()
    except (sqlite3.Error, TimeoutError) as error:
        why = "another process keeps it to itself" if isinstance(error, TimeoutError) else str(error)
        raise StateError(
            f"the WhatsApp session {path} cannot be copied ({why}). Try again, or leave it out with "
            "--without-session: after a restore the account is then linked anew."
        ) from error
