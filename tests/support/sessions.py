"""Sessions of accounts that never were."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from nanie_actors.storage.layout import StateLayout

KEY = bytes(31) + b"\1"
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


def pair_for_the_library(state: Path) -> None:
    """The same in a session that the library has made: it takes it for its own, and dials."""
    columns = {
        "jid": ACCOUNT,
        "registration_id": 77,
        "signed_pre_key_id": 1,
        "adv_key": bytes(32),
        "adv_details": b"",
        **dict.fromkeys(
            ("noise_key", "identity_key", "signed_pre_key", "adv_account_sig_key"), bytes(31) + b"\1"
        ),
        **dict.fromkeys(("signed_pre_key_sig", "adv_account_sig", "adv_device_sig"), bytes(64)),
    }
    places = ", ".join("?" * len(columns))
    with closing(sqlite3.connect(StateLayout(state).session)) as database, database:
        database.execute(
            f"INSERT INTO whatsmeow_device ({', '.join(columns)}) VALUES ({places})", tuple(columns.values())
        )
