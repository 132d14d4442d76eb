"""config/supabase.sql: a browser's key reaches its own conversations, and nothing of anybody else's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from postgres import Database

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


@pytest.mark.parametrize("table", ["conversations", "members", "messages"])
def test_a_key_without_a_user_reads_no_table(homes: Homes, table: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        count(homes, table, "anon", None)


@pytest.mark.parametrize("table", ["conversations", "members", "messages"])
def test_a_stranger_sees_no_row_of_any_table(homes: Homes, table: str) -> None:
    assert count(homes, table, "authenticated", "00000000-0000-0000-0000-0000000000ff") == 0


@pytest.mark.parametrize("user", [ANNA, GUEST])
def test_an_owner_and_a_member_see_their_conversation_alone(homes: Homes, user: str) -> None:
    with homes.database.acting("authenticated", user) as connection:
        assert [str(row["id"]) for row in connection.execute("select id from conversations")] == [homes.anna]
        seen = connection.execute("select conversation_id from messages").fetchall()
    assert [str(row["conversation_id"]) for row in seen] == [homes.anna]


def test_a_token_without_a_user_sees_nothing(homes: Homes) -> None:
    assert count(homes, "messages", "authenticated", None) == 0


def test_the_worker_sees_everything(homes: Homes) -> None:
    assert count(homes, "messages", "service_role", None) == 2


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


@pytest.mark.parametrize(
    "statement",
    [
        "update messages set content = 'changed'",
        "update conversations set owner_id = '00000000-0000-0000-0000-00000000000a'",
        "update members set user_id = '00000000-0000-0000-0000-00000000000a'",
        "truncate messages",
        "select nanie_inbox('', '', 0, '', '', 1e9, 100)",
        "select nanie_sweep('', 0)",
        "select nanie_check()",
    ],
)
@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_a_browsers_key_may_not_do_this_at_all(homes: Homes, role: str, statement: str) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        homes.database.acting(role, ANNA) as connection,
    ):
        connection.execute(statement)


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


def test_nobody_lets_themselves_into_a_conversation(homes: Homes) -> None:
    for user in (BEN, GUEST):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            homes.database.acting("authenticated", user) as connection,
        ):
            connection.execute(
                "insert into members (conversation_id, user_id) values (%s, %s)", (homes.anna, BEN)
            )


def test_who_makes_a_conversation_owns_it_and_lets_others_in(homes: Homes) -> None:
    with homes.database.acting("authenticated", BEN) as connection:
        connection.execute("insert into conversations (title) values ('new')")
        made = connection.execute("select id from conversations where title = 'new'").fetchone()
        assert made is not None
        connection.execute(
            "insert into members (conversation_id, user_id) values (%s, %s)", (made["id"], GUEST)
        )
    assert count(homes, "conversations", "authenticated", GUEST) == 2


def test_a_conversation_in_somebody_elses_name_is_refused(homes: Homes) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        homes.database.acting("authenticated", BEN) as connection,
    ):
        connection.execute("insert into conversations (title, owner_id) values ('new', %s)", (ANNA,))


def test_only_who_sees_a_conversation_may_join_its_private_topic(homes: Homes) -> None:
    def may_join(user: str, topic: str) -> bool:
        with homes.database.acting("authenticated", user) as connection:
            answer = connection.execute("select nanie_may_join(%s) as may", (topic,)).fetchone()
        assert answer is not None
        return bool(answer["may"])

    topic = f"nanie_sync_{homes.anna}"
    assert [may_join(user, topic) for user in (ANNA, GUEST, BEN)] == [True, True, False]
    assert not may_join(ANNA, "nanie_sync_x' or true")
