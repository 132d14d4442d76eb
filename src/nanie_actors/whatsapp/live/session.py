"""Is there an account to connect with, and does anybody else use it? Looks only; changes no file."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanie_actors.storage.layout import StateLayout

BUSY_S: Final = 0.2
"""How long a look waits for whoever writes to the session at this moment."""

_DEVICE: Final = "SELECT jid, registration_id FROM whatsmeow_device LIMIT 1"


@dataclass(frozen=True, slots=True)
class SessionLook:
    """What a look at the session found.

    `device` tells one pairing from the next, even of the same account; empty where nothing is paired.
    `in_use`: a bridge holds it, perhaps that of `nanie pair`. `trouble`: why it cannot be read; `mendable` if
    a bridge, which may write to it, could set that right: what a killed one left unfinished is rolled back.
    """

    device: str = ""
    in_use: bool = False
    trouble: str = ""
    mendable: bool = False

    @property
    def account(self) -> str:
        """The account's own JID; empty where nothing is paired."""
        return self.device.rpartition(" ")[0]


def look_at_session(layout: StateLayout) -> SessionLook:
    """Whether the session is paired and free. Any thread; waits for a fraction of a second. Never raises."""
    in_use = is_held(layout.session_lock)
    if not _has_content(layout.session):
        return SessionLook(in_use=in_use)
    try:
        return SessionLook(_device(layout.session), in_use)
    except sqlite3.Error as error:
        trouble = f"the session cannot be read ({error})"
        return SessionLook("", in_use, trouble, mendable=isinstance(error, sqlite3.OperationalError))


def is_held(lock: Path) -> bool:
    """Whether a process holds this lock."""
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _has_content(session: Path) -> bool:
    try:
        return session.stat().st_size > 0
    except OSError:
        return False


def _device(session: Path) -> str:
    """The paired device. Raises sqlite3.Error for what is no session, or is being written for too long."""
    address = f"{session.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY_S)) as database:
        try:
            row = database.execute(_DEVICE).fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return ""  # made, but not paired yet
            raise
    return f"{row[0]} {row[1]}" if row else ""
