"""Looking at the session: every kind of file, and nothing is ever changed by a look."""

from __future__ import annotations

import fcntl
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.live.session import SessionLook, is_held, look_at_session

TABLE = "CREATE TABLE whatsmeow_device (jid TEXT PRIMARY KEY, registration_id BIGINT)"
ROW = "INSERT INTO whatsmeow_device VALUES ('491700000000:3@s.whatsapp.net', 77)"


@pytest.fixture
def layout(tmp_path: Path) -> StateLayout:
    found = StateLayout(tmp_path)
    found.whatsapp.mkdir()
    return found


def write(layout: StateLayout, *statements: str) -> None:
    with closing(sqlite3.connect(layout.session)) as database, database:
        for statement in statements:
            database.execute(statement)


def test_without_a_file_nothing_is_paired_and_none_is_made(tmp_path: Path) -> None:
    assert look_at_session(StateLayout(tmp_path)) == SessionLook()
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_a_device_is_not_paired(layout: StateLayout) -> None:
    layout.session.touch()
    assert look_at_session(layout) == SessionLook()
    write(layout, "CREATE TABLE something (id INT)")
    assert look_at_session(layout) == SessionLook()
    write(layout, TABLE)
    assert look_at_session(layout) == SessionLook()


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_paired_device_is_found_in_either_kind_of_database(layout: StateLayout, mode: str) -> None:
    write(layout, f"PRAGMA journal_mode={mode}", TABLE, ROW)
    look = look_at_session(layout)
    assert look == SessionLook("491700000000:3@s.whatsapp.net 77")
    assert look.account == "491700000000:3@s.whatsapp.net"
    assert SessionLook().account == ""


def test_another_pairing_of_the_same_account_looks_different(layout: StateLayout) -> None:
    write(layout, TABLE, ROW)
    before = look_at_session(layout)
    write(layout, "UPDATE whatsmeow_device SET registration_id = 78")
    assert look_at_session(layout).device != before.device


def test_garbage_is_told_and_not_touched(layout: StateLayout) -> None:
    layout.session.write_bytes(b"this is no database" * 100)
    look = look_at_session(layout)
    assert (look.device, look.in_use, look.mendable) == ("", False, False)
    assert "cannot be read" in look.trouble
    assert layout.session.read_bytes().startswith(b"this is no database")


def test_a_database_that_somebody_writes_to_for_long_is_trouble_for_now(layout: StateLayout) -> None:
    write(layout, TABLE, ROW)
    with closing(sqlite3.connect(layout.session, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        look = look_at_session(layout)
        assert "locked" in look.trouble
        assert look.mendable
        writer.execute("ROLLBACK")
    assert look_at_session(layout).device


KILLED_WHILE_IT_WRITES = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN")
database.executemany("INSERT INTO filling VALUES (?)", [("x" * 1000,)] * 200)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_bridge_left_unfinished_can_be_mended(layout: StateLayout) -> None:
    """Only who may write can roll it back; the look says that it is worth a bridge."""
    write(layout, TABLE, ROW, "CREATE TABLE filling (text TEXT)")
    subprocess.run([sys.executable, "-c", KILLED_WHILE_IT_WRITES, layout.session], check=False)
    assert look_at_session(layout).mendable
    write(layout, "SELECT * FROM filling")
    assert look_at_session(layout).device


def test_a_held_lock_is_seen_and_can_still_be_released(layout: StateLayout) -> None:
    assert not is_held(layout.session_lock)
    with layout.session_lock.open("w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert look_at_session(layout) == SessionLook(in_use=True)
        fcntl.flock(holder, fcntl.LOCK_UN)
        assert not is_held(layout.session_lock)
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
