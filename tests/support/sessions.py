"""Sessions of accounts that never were."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from nanie_actors.storage.layout import StateLayout

ACCOUNT = "491700000000:3@s.whatsapp.net"


def pair(state: Path, registration: int = 77) -> None:
    """Make the session look paired, as far as whoever looks at it is concerned."""
    layout = StateLayout(state)
    layout.whatsapp.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(layout.session)) as database, database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS whatsmeow_device (jid TEXT PRIMARY KEY, registration_id BIGINT)"
        )
        database.execute("REPLACE INTO whatsmeow_device VALUES (?, ?)", (ACCOUNT, registration))
    layout.session.chmod(0o600)


def unpair(state: Path) -> None:
    """As the library does after a logout: the file stays, the row goes."""
    with closing(sqlite3.connect(StateLayout(state).session)) as database, database:
        database.execute("DELETE FROM whatsmeow_device")
