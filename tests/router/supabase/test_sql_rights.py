"""config/supabase.sql: who may do what with which table, every case of it."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
import pytest
from postgres import Database, Postgres, Row

ANNA = "00000000-0000-0000-0000-00000000000a"
BEN = "00000000-0000-0000-0000-00000000000b"
GUEST = "00000000-0000-0000-0000-00000000000c"
STRANGER = "00000000-0000-0000-0000-0000000000ff"

PEOPLE: dict[str, tuple[str, str | None]] = {
    "a key without a user": ("anon", None),
    "a key that names a user": ("anon", ANNA),
    "a token without a user": ("authenticated", None),
    "a stranger": ("authenticated", STRANGER),
    "a neighbour": ("authenticated", BEN),
    "a guest": ("authenticated", GUEST),
    "the owner": ("authenticated", ANNA),
    "the worker": ("service_role", None),
}
"""Anna owns the home that everything below is about, and has a guest in it; Ben has a home of his own."""

WORKER = frozenset({"the worker"})
OWNER = WORKER | {"the owner"}
HOUSEHOLD = OWNER | {"a guest"}
NAMED = HOUSEHOLD | {"a stranger", "a neighbour"}

WORDS = "values (%(home)s, 'x', %(me)s"
REPLY = "values (%(home)s, 'x', 'nanie-agent', "

DEEDS: dict[str, tuple[str, frozenset[str]]] = {
    "see the home": ("select from conversations where id = %(home)s", HOUSEHOLD),
    "make a home of one's own": ("insert into conversations (owner_id) values (%(me)s)", NAMED),
    "make a home for the owner": ("insert into conversations (owner_id) values (%(anna)s)", OWNER),
    "make a home of nobody": ("insert into conversations (owner_id) values (null)", WORKER),
    "give the home a title": ("update conversations set title = 'x' where id = %(home)s", OWNER),
    "take the home over": ("update conversations set owner_id = %(me)s where id = %(home)s", WORKER),
    "give the home away": ("update conversations set owner_id = %(stranger)s where id = %(home)s", WORKER),
    "delete the home": ("delete from conversations where id = %(home)s", OWNER),
    "see who is in the home": ("select from members where conversation_id = %(home)s", HOUSEHOLD),
    "come in": ("insert into members (conversation_id, user_id) values (%(home)s, %(stranger)s)", OWNER),
    "come in for somebody": ("update members set user_id = %(stranger)s", WORKER),
    "throw the guest out": ("delete from members where conversation_id = %(home)s", HOUSEHOLD),
    "read": ("select from messages where conversation_id = %(home)s", HOUSEHOLD),
    "say something": (
        f"insert into messages (conversation_id, content, sender_id) {WORDS})",
        HOUSEHOLD,
    ),
    "say something as the owner": (
        "insert into messages (conversation_id, content, sender_id) values (%(home)s, 'x', %(anna)s)",
        OWNER,
    ),
    "say something as nobody": (
        "insert into messages (conversation_id, content) values (%(home)s, 'x')",
        WORKER,
    ),
    "say something as the worker": (
        f"insert into messages (conversation_id, content, sender_id, is_bot) {REPLY} false)",
        WORKER,
    ),
    "say something as a bot": (
        f"insert into messages (conversation_id, content, sender_id, is_bot) {WORDS}, true)",
        WORKER,
    ),
    "answer in the worker's stead": (
        f"insert into messages (conversation_id, content, sender_id, is_bot, nanie_key) {REPLY} true, 'k')",
        WORKER,
    ),
    "keep the worker from answering": (
        f"insert into messages (conversation_id, content, sender_id, nanie_key) {WORDS}, 'k')",
        WORKER,
    ),
    "change the owner's words": ("update messages set content = 'y' where sender_id = %(anna)s", WORKER),
    "move words into another home": (
        "update messages set conversation_id = %(other)s where conversation_id = %(home)s",
        WORKER,
    ),
    "delete the owner's words": ("delete from messages where sender_id = %(anna)s", OWNER),
    "delete the worker's words": ("delete from messages where sender_id = 'nanie-agent'", WORKER),
    "read what waits": ("select nanie_inbox('', '', 0, '', '', 1e9, 100)", WORKER),
    "sweep": ("select nanie_sweep('', 0)", WORKER),
    "examine the project": ("select nanie_check()", WORKER),
    "read which homes are gone": ("select from nanie_deleted_conversations", WORKER),
}

WIDE_OPEN = "".join(
    f"grant all on {table} to anon, authenticated; create policy everybody on {table} using (true);"
    for table in ("conversations", "members", "messages")
)
"""What many projects had while they were young."""

WIDER = {"change the owner's words": OWNER, "take the home over": OWNER}
"""What our rules leave to a project: changing one's own words, and what is one's own already."""


@dataclass(frozen=True)
class Homes:
    """Anna's and Ben's."""

    database: Database
    anna: str
    ben: str
    wide_open: bool


@pytest.fixture(scope="module", params=["as it is", "whatever a project's own policies allow"])
def homes(request: pytest.FixtureRequest, postgres: Postgres) -> Homes:
    database = postgres.project()
    made = [
        str(database.rows("insert into conversations (owner_id) values (%s) returning id", owner)[0]["id"])
        for owner in (ANNA, BEN)
    ]
    database.rows("insert into members values (%s, %s) returning 1", made[0], GUEST)
    for home, sender in ((made[0], ANNA), (made[0], "nanie-agent"), (made[1], BEN)):
        database.rows(
            "insert into messages (conversation_id, content, sender_id, is_bot) values (%s, 'x', %s, %s)"
            " returning 1",
            home,
            sender,
            sender == "nanie-agent",
        )
    gone = database.rows("insert into conversations (owner_id) values (%s) returning id", BEN)[0]["id"]
    database.rows("delete from conversations where id = %s returning 1", gone)
    wide_open = request.param != "as it is"
    if wide_open:
        database.run(WIDE_OPEN)
    return Homes(database, made[0], made[1], wide_open)


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_may_do_what_is_theirs_and_nothing_else(homes: Homes, person: str) -> None:
    role, user = PEOPLE[person]
    values = {"home": homes.anna, "other": homes.ben, "me": user, "anna": ANNA, "stranger": STRANGER}
    with homes.database.acting(role, user) as connection:
        done = {deed for deed, (statement, _) in DEEDS.items() if affects(connection, statement, values)}
    wider = WIDER if homes.wide_open else {}
    assert done == {deed for deed, (_, may) in DEEDS.items() if person in wider.get(deed, may)}


def affects(connection: psycopg.Connection[Row], statement: str, values: dict[str, str | None]) -> bool:
    """Whether the statement sees or changes any row; it is taken back."""
    try:
        with connection.transaction(force_rollback=True):
            return connection.execute(statement, values).rowcount > 0
    except psycopg.errors.InsufficientPrivilege:
        return False


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_no_function_is_left_open_that_need_not_be(database: Database, role: str) -> None:
    """Supabase lets browsers call whatever is new. What they may call says only what is theirs anyway."""
    found = database.rows(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace"
        " and has_function_privilege(%s, oid, 'execute')",
        role,
    )
    asked_by_policies = {
        "nanie_user",
        "nanie_conversations",
        "nanie_owns",
        "nanie_was_deleted",
        "nanie_may_join",
    }
    assert {row["proname"] for row in found} == (asked_by_policies if role == "authenticated" else set())


def test_no_function_can_be_led_astray_by_a_search_path(database: Database) -> None:
    found = database.rows(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace"
        " and proconfig is distinct from array['search_path=\"\"']"
    )
    assert found == []


def test_no_table_is_left_without_row_level_security(database: Database) -> None:
    found = database.rows(
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind = 'r' and not relrowsecurity"
    )
    assert found == []
