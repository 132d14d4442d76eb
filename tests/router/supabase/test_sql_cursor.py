"""config/supabase.sql: the cursor by horizons, on whatever tables were there before."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from postgres import Database, Postgres, Row

PREDECESSOR = """
create table conversations (id uuid primary key default gen_random_uuid(), room_id text, title text);
create table members (conversation_id uuid references conversations on delete cascade, user_id uuid);
create table messages (
    id {id_type}, room_id text, conversation_id uuid not null references conversations on delete cascade,
    content {content_type}, sender_id text, is_bot boolean default false, created_at timestamptz default now()
);
insert into conversations (title) values ('old');
insert into messages (room_id, conversation_id, content, sender_id)
    select 'nanie', id, '"old"', 'anna' from conversations;
"""
SHAPES = {
    "an empty project": "",
    "ids that are UUIDs": PREDECESSOR.format(
        id_type="uuid primary key default gen_random_uuid()", content_type="text"
    ),
    "ids that are numbers": PREDECESSOR.format(
        id_type="bigint generated always as identity primary key", content_type="text"
    ),
    "contents that are JSON": PREDECESSOR.format(
        id_type="uuid primary key default gen_random_uuid()", content_type="jsonb"
    ),
    "a table that is published already": PREDECESSOR.format(
        id_type="uuid primary key default gen_random_uuid()", content_type="text"
    )
    + "alter publication supabase_realtime add table messages;",
    "a publication of everything": "drop publication supabase_realtime;"
    "create publication supabase_realtime for all tables;",
    "no publication": "drop publication supabase_realtime;",
}


@pytest.fixture(params=SHAPES)
def shaped(request: pytest.FixtureRequest, postgres: Postgres) -> Database:
    """A project of every shape, with the script run twice."""
    database = postgres.database()
    database.run(SHAPES[request.param])
    database.set_up()
    database.set_up()
    return database


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


def test_whatever_was_there_a_new_row_comes_in_and_an_old_one_is_history(shaped: Database) -> None:
    where = conversation(shaped)
    with shaped.connect() as connection:
        say(connection, where, '{"action":"LIST_GROUPS"}', room_id="nanie")
        rows, _ = inbox(connection, "", look_back_s=1e9)
    assert [(row["conversation_id"], row["room_id"], row["sender_id"]) for row in rows] == [
        (where, "nanie", "anna")
    ]
    assert rows[0]["content"].replace(" ", "") == '{"action":"LIST_GROUPS"}'


def test_whatever_was_there_a_reply_written_twice_is_one_row(shaped: Database) -> None:
    where = conversation(shaped)
    before = shaped.rows("select count(*) as n from messages")[0]["n"]
    with shaped.acting("service_role") as connection:
        for _ in range(2):
            connection.execute(
                "insert into messages (conversation_id, content, sender_id, is_bot, nanie_key)"
                " values (%s, '{}', 'nanie-agent', true, 'key') on conflict (nanie_key) do nothing",
                (where,),
            )
    assert shaped.rows("select count(*) as n from messages")[0]["n"] == before + 1


def test_the_check_tells_what_a_doctor_wants_to_know(shaped: Database) -> None:
    check = shaped.rows("select nanie_check() as told")[0]["told"]
    published = shaped.rows("select from pg_publication") != []
    assert check["version"] == 1
    assert check["id_type"] in ("uuid", "bigint")
    assert check["row_level_security"] is True
    assert check["realtime"] is published
    assert check["other_policies"] == []


def test_a_policy_of_somebody_elses_is_told(database: Database) -> None:
    database.run("create policy everybody on messages for select to anon using (true)")
    check = database.rows("select nanie_check() as told")[0]["told"]
    assert check["other_policies"] == ["messages.everybody"]


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
    with database.connect() as connection:
        for number in range(25):
            say(connection, where, str(number))
        seen: list[str] = []
        after: dict[str, Any] = {}
        while rows := inbox(connection, "0", page=4, **after)[0]:
            seen += [row["content"] for row in rows]
            after = {"after_xid": rows[-1]["xid"], "after_seq": rows[-1]["seq"]}
    assert seen == [str(number) for number in range(25)]


def test_sweeping_takes_our_old_rows_and_nobody_elses(database: Database) -> None:
    where = conversation(database)
    old = {"created_at": "2020-01-01T00:00:00Z"}
    ours = {"sender_id": "nanie-agent", "is_bot": True}
    with database.connect() as connection:
        say(connection, where, "asked", **old)
        say(connection, where, "old reply", nanie_key="1", **ours, **old)
        say(connection, where, "new reply", nanie_key="2", **ours)
        say(connection, where, "somebody's bot", is_bot=True, **old)
    assert database.rows("select nanie_sweep('nanie-agent', 300) as swept")[0]["swept"] == 1
    left = {row["content"] for row in database.rows("select content from messages")}
    assert left == {"asked", "new reply", "somebody's bot"}


STEPS = st.lists(
    st.tuples(st.sampled_from(["insert", "commit", "rollback", "poll"]), st.integers(0, 3)), max_size=40
)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None)
def test_a_cursor_at_the_horizon_misses_no_late_commit(
    postgres: Postgres, steps: list[tuple[str, int]]
) -> None:
    """Transactions begin, write and end in any order, polls fall in between: every committed row is seen."""
    database = postgres.database()
    database.set_up()
    where = conversation(database)
    committed: set[str] = set()
    pending: dict[int, set[str]] = {}
    seen: set[str] = set()
    since = "0"
    writers = [database.connect() for _ in range(4)]
    with database.connect() as reader:
        for number, (step, who) in enumerate([*steps, ("poll", 0)]):
            writer = writers[who]
            match step:
                case "insert":
                    if who not in pending:
                        writer.execute("begin")
                    pending.setdefault(who, set()).add(str(number))
                    say(writer, where, str(number))
                case "commit" if who in pending:
                    writer.execute("commit")
                    committed |= pending.pop(who)
                case "rollback" if who in pending:
                    writer.execute("rollback")
                    del pending[who]
                case "poll":
                    rows, since = inbox(reader, since)
                    seen |= {row["content"] for row in rows}
                case _:
                    pass
    for writer in writers:
        writer.close()
    assert seen == committed
