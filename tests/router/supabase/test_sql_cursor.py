"""config/supabase.sql: the cursor by horizons, and what is swept."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from postgres import Database, Postgres, Row


def inbox(connection: psycopg.Connection[Row], since: str, **given: Any) -> tuple[list[Row], str]:
    asked = {"after_xid": "", "after_seq": 0, "room": "", "look_back_s": 300.0, "page": 1000} | given
    found = connection.execute(
        "select nanie_inbox(%(since)s, %(after_xid)s, %(after_seq)s, %(room)s, 'nanie-agent',"
        " %(look_back_s)s, %(page)s) as found",
        asked | {"since": since},
    ).fetchone()
    assert found is not None
    return found["found"]["rows"], found["found"]["horizon"]


def conversation(database: Database) -> str:
    made = database.rows("insert into conversations (title) values ('t') returning id")
    return str(made[0]["id"])


def say(connection: psycopg.Connection[Row], where: str, content: str, **columns: Any) -> None:
    values = {"conversation_id": where, "content": content, "sender_id": "anna"} | columns
    names, places = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    connection.execute(f"insert into messages ({names}) values ({places})", values)


def test_the_first_start_looks_back_only_so_far(database: Database) -> None:
    where = conversation(database)
    with database.connect() as connection:
        say(connection, where, "long ago", created_at="2020-01-01T00:00:00Z")
        say(connection, where, "now")
        rows, _ = inbox(connection, "", look_back_s=300)
    assert [row["content"] for row in rows] == ["now"]


def test_other_rooms_bots_and_our_own_rows_are_left_out(database: Database) -> None:
    where = conversation(database)
    with database.connect() as connection:
        say(connection, where, "here", room_id="nanie")
        say(connection, where, "elsewhere", room_id="other")
        say(connection, where, "bot", room_id="nanie", is_bot=True)
        say(connection, where, "ours", room_id="nanie", sender_id="nanie-agent")
        assert [row["content"] for row in inbox(connection, "0", room="nanie")[0]] == ["here"]
        assert [row["content"] for row in inbox(connection, "0")[0]] == ["here", "elsewhere"]


def test_pages_join_without_a_gap_or_an_overlap(database: Database) -> None:
    where = conversation(database)
    pages: list[list[str]] = []
    with database.connect() as connection:
        for number in range(10):
            say(connection, where, str(number))
        after: dict[str, Any] = {}
        for _ in range(4):
            rows = inbox(connection, "0", page=4, **after)[0]
            pages.append([row["content"] for row in rows])
            after = {"after_xid": rows[-1]["xid"], "after_seq": rows[-1]["seq"]} if rows else after
    assert pages == [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8", "9"], []]


def test_sweeping_takes_our_old_protocol_rows_and_nobody_elses(database: Database) -> None:
    where = conversation(database)
    old = {"created_at": "2020-01-01T00:00:00Z"}
    ours = {"sender_id": "nanie-agent", "is_bot": True}
    ephemeral, kept = '{"type": "DATA", "ephemeral": true}', '{"type": "DATA", "n": %d}'
    with database.connect() as connection:
        say(connection, where, "asked", **old)
        say(connection, where, ephemeral, nanie_key="1", **ours, **old)
        say(connection, where, ephemeral, nanie_key="2", **ours)
        say(connection, where, ephemeral, is_bot=True, **old)
        say(connection, where, kept, nanie_key="3", **ours, **old)
        say(connection, where, "no JSON", nanie_key="4", **ours, **old)
        say(connection, where, '{"ephemeral": "perhaps"}', nanie_key="5", **ours, **old)
        say(connection, where, ephemeral, nanie_key="6", sender_id="another-agent", is_bot=True, **old)
    assert database.rows("select nanie_sweep('nanie-agent', 300) as swept")[0]["swept"] == 1
    assert database.rows("select from messages where nanie_key = '1'") == []
    assert database.rows("select count(*) as n from messages")[0]["n"] == 7


def test_sweeping_years_of_rows_takes_several_calls(database: Database) -> None:
    """A statement that took them all would meet the server's time limit, every time."""
    where = conversation(database)
    database.rows(
        "insert into messages (conversation_id, content, sender_id, is_bot, nanie_key, created_at)"
        " select %s, '{\"ephemeral\": true}', 'nanie-agent', true, n::text, '2020-01-01'"
        " from generate_series(1, 5001) n returning 1",
        where,
    )
    swept = [database.rows("select nanie_sweep('nanie-agent', 0) as n")[0]["n"] for _ in range(3)]
    assert swept == [5000, 1, 0]


def test_the_cursor_reads_by_its_index(database: Database) -> None:
    """However many rows of years ago there are, a poll looks at the new ones alone."""
    where = conversation(database)
    database.rows(
        "insert into messages (conversation_id, content) select %s, 'x' from generate_series(1, 2000)"
        " returning 1",
        where,
    )
    database.run("analyze messages")
    with database.connect() as connection:
        horizon = inbox(connection, "0")[1]
        say(connection, where, "new")
        before = scanned(connection)
        assert [row["content"] for row in inbox(connection, horizon)[0]] == ["new"]
        after = scanned(connection)
    assert after["seq_scan"] == before["seq_scan"]
    assert after["idx_scan"] == before["idx_scan"] + 1


def scanned(connection: psycopg.Connection[Row]) -> Row:
    """How often the table was read from end to end, and by an index."""
    connection.execute("select pg_stat_force_next_flush()")
    found = connection.execute(
        "select coalesce(seq_scan, 0) as seq_scan, coalesce(idx_scan, 0) as idx_scan"
        " from pg_stat_user_tables where relid = 'public.messages'::regclass"
    ).fetchone()
    assert found is not None
    return found


def test_horizon_and_rows_are_of_one_moment(database: Database) -> None:
    """A volatile function would take a new snapshot for each statement: what is committed between the two
    would be below the horizon, and not among the rows."""
    found = database.rows("select provolatile::text as it from pg_proc where proname = 'nanie_inbox'")
    assert found == [{"it": "s"}]


@pytest.fixture(scope="module")
def shared(postgres: Postgres) -> Iterator[Database]:
    """One project for many examples, each in a room of its own."""
    database = postgres.project()
    yield database
    postgres.drop(database)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["insert", "insert", "commit", "rollback", "undo"]), st.integers(0, 3)),
        st.tuples(st.sampled_from(["poll", "restart"]), st.integers(1, 3)),
    ),
    max_size=40,
)
ROOMS = itertools.count(1)


@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_a_cursor_at_the_horizon_misses_no_late_commit(
    shared: Database, steps: list[tuple[str, int]]
) -> None:
    """Transactions begin, write and end in any order, polls and restarts fall in between, pages are small:
    every committed row is seen, none that was not committed, and each once by whoever knows the ids."""
    where, room = conversation(shared), f"room {next(ROOMS)}"
    writers = Writers(shared, where, room)
    seen: list[str] = []
    since = kept = "0"
    with closing(writers), shared.connect() as reader:
        for number, (step, given) in enumerate([*steps, ("poll", 3)]):
            match step:
                case "poll":
                    rows, since = read_all(reader, since, room, page=given)
                    known = set(seen)
                    seen += [row["content"] for row in rows if row["content"] not in known]
                    kept = since if number % 2 else kept
                case "restart":
                    since = kept
                case _:
                    writers.do(step, given, str(number))
        # What has not ended by now is still to come, and the horizon waits for it.
        writers.commit_all()
        rows, _ = read_all(reader, since, room, page=3)
        seen += [row["content"] for row in rows if row["content"] not in set(seen)]
    assert sorted(seen) == sorted(writers.committed)


def read_all(reader: psycopg.Connection[Row], since: str, room: str, page: int) -> tuple[list[Row], str]:
    """Every page since a horizon, and the next horizon: the one of the first page."""
    rows, horizon = inbox(reader, since, room=room, page=page)
    found = rows
    while len(found) == page:
        after = {"after_xid": found[-1]["xid"], "after_seq": found[-1]["seq"]}
        found, _ = inbox(reader, since, room=room, page=page, **after)
        rows = rows + found
    return rows, horizon


class Writers:
    """Four connections, each with a transaction or none."""

    def __init__(self, database: Database, where: str, room: str) -> None:
        self._connections = [database.connect() for _ in range(4)]
        self._where = where
        self._room = room
        self._pending: dict[int, list[str]] = {}
        self.committed: list[str] = []

    def do(self, step: str, who: int, content: str) -> None:
        connection = self._connections[who]
        if step == "insert":
            if who not in self._pending:
                connection.execute("begin")
            self._pending.setdefault(who, []).append(content)
            say(connection, self._where, content, room_id=self._room)
        elif who in self._pending:
            self._end(who, step, content)

    def _end(self, who: int, step: str, content: str) -> None:
        connection = self._connections[who]
        if step == "undo":  # in a part of the transaction, which has an id of its own
            connection.execute("savepoint part")
            say(connection, self._where, content, room_id=self._room)
            connection.execute("rollback to part")
            return
        connection.execute(step)
        written = self._pending.pop(who)
        self.committed += written if step == "commit" else []

    def commit_all(self) -> None:
        for who in list(self._pending):
            self._end(who, "commit", "")

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
