"""A session makes way for a new one, and comes back whole if none came about."""

from __future__ import annotations

import fcntl
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from nanie_actors.errors import StateError
from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.live.session_aside import put_session_aside, put_session_back

KILLED_WHILE_WRITING = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 5")
database.execute("BEGIN IMMEDIATE")
database.execute("UPDATE names SET name = 'half written'")
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def layout(tmp_path: Path) -> StateLayout:
    layout = StateLayout(tmp_path)
    layout.whatsapp.mkdir()
    return layout


def make_session(path: Path, name: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE names (number INTEGER, name TEXT)")
        database.executemany("INSERT INTO names VALUES (?, ?)", [(n, name * 100) for n in range(2_000)])


def names_in(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as database:
        return {name[:5] for (name,) in database.execute("SELECT name FROM names")}


def files_of(layout: StateLayout) -> list[str]:
    return sorted(path.name for path in layout.whatsapp.iterdir() if path.suffix != ".lock")


def test_without_a_session_there_is_nothing_to_put_aside(layout: StateLayout) -> None:
    assert put_session_aside(layout) is None
    assert files_of(layout) == []


def test_no_session_that_was_put_aside_is_ever_written_over(layout: StateLayout) -> None:
    kept = []
    for name in ("first", "other", "third"):
        make_session(layout.session, name)
        kept.append(put_session_aside(layout))
    assert [names_in(path) for path in kept if path] == [{"first"}, {"other"}, {"third"}]
    assert files_of(layout) == ["session-1.db", "session-2.db", "session-3.db"]


def test_it_comes_back_in_the_place_of_what_was_begun_meanwhile(layout: StateLayout) -> None:
    make_session(layout.session, "first")
    aside = put_session_aside(layout)
    assert aside is not None
    make_session(layout.session, "other")
    put_session_back(layout, aside)
    assert files_of(layout) == ["session.db"]
    assert names_in(layout.session) == {"first"}


def test_what_a_killed_bridge_left_half_written_reaches_no_other_session(layout: StateLayout) -> None:
    """SQLite keeps beside the file how to undo it: it must neither be lost nor be applied to the next one."""
    make_session(layout.session, "first")
    killed = subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, str(layout.session)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert files_of(layout) == ["session.db", "session.db-journal"]
    aside = put_session_aside(layout)
    assert aside is not None
    make_session(layout.session, "other")
    assert names_in(layout.session) == {"other"}
    assert names_in(aside) == {"first"}


def test_a_damaged_session_is_put_aside_as_it_is(layout: StateLayout) -> None:
    layout.session.write_bytes(b"no database" * 100)
    aside = put_session_aside(layout)
    assert aside is not None
    assert aside.read_bytes() == b"no database" * 100


def test_a_session_that_a_bridge_uses_stays_where_it_is(layout: StateLayout) -> None:
    make_session(layout.session, "first")
    with layout.session_lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as a bridge does; it counts by descriptor, not by process
        with pytest.raises(StateError, match="uses the WhatsApp session"):
            put_session_aside(layout)
    assert names_in(layout.session) == {"first"}
    assert put_session_aside(layout) is not None
