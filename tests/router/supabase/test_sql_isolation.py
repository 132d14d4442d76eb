"""config/supabase.sql: a browser's key reaches its own conversations, and nothing of anybody else's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from postgres import Database, Postgres

ANNA = "00000000-0000-0000-0000-00000000000a"
BEN = "00000000-0000-0000-0000-00000000000b"
GUEST = "00000000-0000-0000-0000-00000000000c"


@dataclass(frozen=True)
class Homes:
    """Anna's conversation with a guest in it, and Ben's."""

    database: Database
    anna: str
    ben: str


@pytest.fixture
def homes(database: Database) -> Homes:
    ids = [
        database.rows("insert into conversations (title, owner_id) values ('home', %s) returning id", owner)[
            0
        ]["id"]
        for owner in (ANNA, BEN)
    ]
    database.rows("insert into members (conversation_id, user_id) values (%s, %s) returning 1", ids[0], GUEST)
    for conversation, sender in zip(ids, (ANNA, BEN), strict=True):
        database.rows(
            "insert into messages (conversation_id, content, sender_id)"
            " values (%s, 'secret', %s) returning id",
            conversation,
            sender,
        )
    return Homes(database, str(ids[0]), str(ids[1]))


def count(homes: Homes, table: str, role: str, user: str | None) -> int:
    with homes.database.acting(role, user) as connection:
        found = connection.execute(f"select count(*) as found from {table}").fetchone()
    assert found is not None
    return int(found["found"])


@pytest.mark.parametrize("user", [ANNA, GUEST])
def test_an_owner_and_a_member_see_their_conversation_alone(homes: Homes, user: str) -> None:
    with homes.database.acting("authenticated", user) as connection:
        assert [str(row["id"]) for row in connection.execute("select id from conversations")] == [homes.anna]
        seen = connection.execute("select conversation_id from messages").fetchall()
    assert [str(row["conversation_id"]) for row in seen] == [homes.anna]


def insert(homes: Homes, user: str, **columns: Any) -> None:
    names = ", ".join(columns)
    places = ", ".join(["%s"] * len(columns))
    with homes.database.acting("authenticated", user) as connection:
        connection.execute(
            f"insert into messages ({names}) values ({places})",
            tuple(columns.values()),
        )


@pytest.mark.parametrize("user", [ANNA, GUEST])
def test_who_sees_a_conversation_may_write_in_it(homes: Homes, user: str) -> None:
    insert(homes, user, conversation_id=homes.anna, content="hello", sender_id=user)
    assert count(homes, "messages", "authenticated", user) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"conversation_id": "ben"}, id="in somebody else's conversation"),
        pytest.param({"sender_id": BEN}, id="as somebody else"),
        pytest.param({"sender_id": None}, id="as nobody"),
        pytest.param({"sender_id": "nanie-agent"}, id="as the worker"),
        pytest.param({"is_bot": True}, id="as a bot"),
        pytest.param({"nanie_key": "k"}, id="with a key of the worker's"),
    ],
)
def test_nobody_writes_what_is_not_theirs(homes: Homes, wrong: dict[str, Any]) -> None:
    columns = {"conversation_id": homes.anna, "content": "x", "sender_id": ANNA} | wrong
    if columns["conversation_id"] == "ben":
        columns["conversation_id"] = homes.ben
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        insert(homes, ANNA, **columns)


def test_the_cursor_of_a_row_is_the_servers_whatever_the_client_says(homes: Homes) -> None:
    insert(
        homes,
        ANNA,
        conversation_id=homes.anna,
        content="x",
        sender_id=ANNA,
        nanie_xid="1",
        nanie_seq=-5,
    )
    row = homes.database.rows("select nanie_xid, nanie_seq from messages where content = 'x'")[0]
    assert int(row["nanie_xid"]) > 1
    assert row["nanie_seq"] > 0


@pytest.mark.parametrize("table", ["conversations", "members", "messages"])
def test_deleting_everything_deletes_nothing_of_others(homes: Homes, table: str) -> None:
    with homes.database.acting("authenticated", BEN) as connection:
        connection.execute(f"delete from {table}")
    left = homes.database.rows("select id from conversations")
    assert [str(row["id"]) for row in left if str(row["id"]) == homes.anna] == [homes.anna]
    assert homes.database.rows("select from members") != []
    kept = homes.database.rows("select conversation_id from messages")
    assert homes.anna in {str(row["conversation_id"]) for row in kept}


def test_a_title_may_be_changed_by_its_owner_alone(homes: Homes) -> None:
    for user in (ANNA, GUEST, BEN):
        with homes.database.acting("authenticated", user) as connection:
            connection.execute("update conversations set title = %s where id = %s", (user, homes.anna))
    row = homes.database.rows("select title from conversations where id = %s", homes.anna)[0]
    assert row["title"] == ANNA


def test_who_makes_a_conversation_owns_it_and_lets_others_in(homes: Homes) -> None:
    with homes.database.acting("authenticated", BEN) as connection:
        connection.execute("insert into conversations (title) values ('new')")
        made = connection.execute("select id from conversations where title = 'new'").fetchone()
        assert made is not None
        connection.execute(
            "insert into members (conversation_id, user_id) values (%s, %s)", (made["id"], GUEST)
        )
    assert count(homes, "conversations", "authenticated", GUEST) == 2


def test_a_deleted_conversation_is_not_made_again_by_a_browser(homes: Homes) -> None:
    """The worker may still be linked to it, and would tell whoever owns it now."""
    with homes.database.acting("authenticated", ANNA) as connection:
        connection.execute("delete from conversations where id = %s", (homes.anna,))
    for user in (ANNA, GUEST, BEN):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            homes.database.acting("authenticated", user) as connection,
        ):
            connection.execute("insert into conversations (id, owner_id) values (%s, %s)", (homes.anna, user))
    with homes.database.acting("service_role") as connection:
        connection.execute("insert into conversations (id, owner_id) values (%s, %s)", (homes.anna, ANNA))
    assert count(homes, "conversations", "authenticated", ANNA) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "insert into messages (conversation_id, content, sender_id) values (%(it)s, 'x', %(me)s)",
        "insert into members (conversation_id, user_id) values (%(it)s, %(me)s)",
        "select nanie_may_join('nanie_sync_' || %(it)s)",
        "update conversations set title = 'x' where id = %(it)s",
        "delete from conversations where id = %(it)s",
    ],
)
def test_an_answer_does_not_tell_whether_a_conversation_of_others_exists(
    homes: Homes, statement: str
) -> None:
    nowhere = "00000000-0000-0000-0000-000000000000"
    assert answer(homes, statement, homes.anna) == answer(homes, statement, nowhere)


def test_an_answer_does_not_tell_which_replies_the_worker_gave(homes: Homes) -> None:
    homes.database.rows(
        "insert into messages (conversation_id, content, is_bot, nanie_key) values (%s, 'x', true, 'given')"
        " returning 1",
        homes.anna,
    )
    statement = (
        "insert into messages (conversation_id, content, sender_id, nanie_key)"
        " values (%(it)s, 'x', %(me)s, '{}') on conflict (nanie_key) do nothing"
    )
    given, new = (answer(homes, statement.format(key), homes.ben) for key in ("given", "new"))
    assert given == new


def answer(homes: Homes, statement: str, conversation: str) -> object:
    """Everything that Ben hears of it."""
    try:
        with homes.database.acting("authenticated", BEN) as connection:
            done = connection.execute(statement, {"it": conversation, "me": BEN})
            return done.rowcount, done.fetchall() if done.description else []
    except psycopg.Error as error:
        return error.sqlstate, error.diag.message_primary


def test_where_ids_are_numbers_nobody_takes_those_that_come_next(postgres: Postgres) -> None:
    database = postgres.database()
    database.run(
        "create table conversations (id uuid primary key default gen_random_uuid(), title text);"
        "create table messages (id bigint generated by default as identity primary key, room_id text,"
        " conversation_id uuid not null references conversations on delete cascade, content text,"
        " sender_id text, is_bot boolean default false, created_at timestamptz default now())"
    )
    database.set_up()
    home = database.rows("insert into conversations (owner_id) values (%s) returning id", ANNA)[0]["id"]
    homes = Homes(database, str(home), "")
    insert(homes, ANNA, conversation_id=home, content="x", sender_id=ANNA)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        insert(homes, ANNA, id=2, conversation_id=home, content="x", sender_id=ANNA)
