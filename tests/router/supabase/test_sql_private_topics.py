"""config/supabase.sql: whom Realtime lets into the private topic of a conversation."""

from __future__ import annotations

import psycopg
import pytest
from postgres import Database

ANNA = "00000000-0000-0000-0000-00000000000a"
BEN = "00000000-0000-0000-0000-00000000000b"
GUEST = "00000000-0000-0000-0000-00000000000c"

EVERYBODY = (
    "create policy listen on realtime.messages for select to anon, authenticated using (true);"
    "create policy speak on realtime.messages for insert to anon, authenticated with check (true);"
)


@pytest.fixture(params=["as it is", "whatever a project's own policies allow"])
def home(request: pytest.FixtureRequest, database: Database) -> tuple[Database, str]:
    """Anna's conversation with a guest in it."""
    home = str(database.rows("insert into conversations (owner_id) values (%s) returning id", ANNA)[0]["id"])
    database.rows("insert into members values (%s, %s) returning 1", home, GUEST)
    if request.param != "as it is":
        database.run(EVERYBODY)
    return database, home


def may_listen(database: Database, role: str, user: str | None, topic: str) -> bool:
    """What Realtime does when somebody joins: a row of the topic is written, read as them, taken back."""
    with database.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(
            "insert into realtime.messages (topic, extension) values (%s, 'broadcast')", (topic,)
        )
        act(connection, role, user, topic)
        return connection.execute("select from realtime.messages where topic = %s", (topic,)).rowcount > 0


def may_speak(database: Database, role: str, user: str | None, topic: str) -> bool:
    """The same for sending."""
    with database.connect() as connection, connection.transaction(force_rollback=True):
        act(connection, role, user, topic)
        try:
            connection.execute(
                "insert into realtime.messages (topic, extension) values (%s, 'broadcast')", (topic,)
            )
        except psycopg.errors.InsufficientPrivilege:
            return False
        return True


def act(connection: psycopg.Connection[dict[str, object]], role: str, user: str | None, topic: str) -> None:
    claims = f'{{"role":"{role}","sub":"{user or ""}"}}'
    connection.execute(
        "select set_config('request.jwt.claims', %s, true), set_config('realtime.topic', %s, true)",
        (claims, topic),
    )
    connection.execute(f"set local role {role}")


def test_who_sees_a_conversation_may_listen_and_nobody_else(home: tuple[Database, str]) -> None:
    database, conversation = home
    topic = f"nanie_sync_{conversation}"
    people = [("authenticated", user) for user in (ANNA, GUEST, BEN, None)] + [("anon", None), ("anon", ANNA)]
    heard = [may_listen(database, role, user, topic) for role, user in people]
    assert heard == [True, True, False, False, False, False]


@pytest.mark.parametrize(
    "topic", ["nanie_sync_", "nanie_sync_x", "nanie_sync_{}x", "nanie_sync_{}\n", "nanie_sync_%"]
)
def test_a_topic_that_only_looks_like_one_is_nobodys(home: tuple[Database, str], topic: str) -> None:
    database, conversation = home
    assert not may_listen(database, "authenticated", ANNA, topic.format(conversation))


def test_nobody_but_the_worker_speaks_there(home: tuple[Database, str]) -> None:
    database, conversation = home
    topic = f"nanie_sync_{conversation}"
    for role, user in (("authenticated", ANNA), ("authenticated", BEN), ("anon", None)):
        assert not may_speak(database, role, user, topic)
    assert may_speak(database, "service_role", None, topic)


def test_other_topics_are_left_to_the_project(database: Database) -> None:
    assert not may_listen(database, "authenticated", ANNA, "lobby")
    database.run(EVERYBODY)
    assert may_listen(database, "authenticated", ANNA, "lobby")
    assert may_speak(database, "anon", None, "lobby")
