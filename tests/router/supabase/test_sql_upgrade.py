"""config/supabase.sql: run on whatever was there before, and run again."""

from __future__ import annotations

from typing import Any

import pytest
from postgres import Database, Postgres, Row

ANNA = "00000000-0000-0000-0000-00000000000a"

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
UUIDS = "uuid primary key default gen_random_uuid()"
OLD = PREDECESSOR.format(id_type=UUIDS, content_type="text")
SHAPES = {
    "an empty project": "",
    "ids that are UUIDs": OLD,
    "ids that are numbers": PREDECESSOR.format(
        id_type="bigint generated always as identity primary key", content_type="text"
    ),
    "ids out of a sequence": PREDECESSOR.format(id_type="bigserial primary key", content_type="text"),
    "contents that are JSON": PREDECESSOR.format(id_type=UUIDS, content_type="jsonb"),
    "a table that is published already": OLD + "alter publication supabase_realtime add table messages;",
    "a publication of everything": "drop publication supabase_realtime;"
    "create publication supabase_realtime for all tables;",
    "no publication": "drop publication supabase_realtime;",
    "no Realtime": "drop schema realtime cascade;",
    "policies of an app": OLD
    + "alter table messages enable row level security;"
    + "create policy everybody on messages using (true) with check (true);",
    "columns of an app": OLD
    + "alter table conversations add column owner_id uuid, add column colour text;"
    + "alter table messages add column mood text; alter table members add column role text;",
}


@pytest.fixture(params=SHAPES)
def shaped(request: pytest.FixtureRequest, postgres: Postgres) -> Database:
    """A project of every shape, with the script run twice."""
    database = postgres.database()
    database.run(SHAPES[request.param])
    database.set_up()
    database.set_up()
    return database


def conversation(database: Database) -> str:
    made = database.rows("insert into conversations (title, owner_id) values ('t', %s) returning id", ANNA)
    return str(made[0]["id"])


def inbox(database: Database, since: str = "") -> list[Row]:
    """What the worker reads."""
    with database.acting("service_role") as connection:
        found = connection.execute(
            "select nanie_inbox(%s, '', 0, '', 'nanie-agent', 1e9, 100) as found", (since,)
        ).fetchone()
    assert found is not None
    rows: list[Row] = found["found"]["rows"]
    return rows


def test_whatever_was_there_a_new_row_comes_in_and_an_old_one_is_history(shaped: Database) -> None:
    where = conversation(shaped)
    with shaped.acting("authenticated", ANNA) as connection:
        connection.execute(
            "insert into messages (conversation_id, room_id, content, sender_id) values (%s, %s, %s, %s)",
            (where, "nanie", '{"action":"LIST_GROUPS"}', ANNA),
        )
    (row,) = inbox(shaped)
    assert (row["conversation_id"], row["room_id"], row["sender_id"]) == (where, "nanie", ANNA)
    assert row["content"].replace(" ", "") == '{"action":"LIST_GROUPS"}'


def test_whatever_was_there_a_reply_is_written_once_and_swept(shaped: Database) -> None:
    where = conversation(shaped)
    with shaped.acting("service_role") as connection:
        for _ in range(2):
            connection.execute(
                "insert into messages (conversation_id, content, sender_id, is_bot, nanie_key)"
                " values (%s, '{\"ephemeral\": true}', 'nanie-agent', true, 'k')"
                " on conflict (nanie_key) do nothing",
                (where,),
            )
        swept = connection.execute("select nanie_sweep('nanie-agent', -60) as swept").fetchone()
    assert swept == {"swept": 1}


def test_whatever_was_there_a_user_sees_their_own_rows_alone(shaped: Database) -> None:
    where = conversation(shaped)
    with shaped.acting("authenticated", ANNA) as connection:
        assert [str(row["id"]) for row in connection.execute("select id from conversations")] == [where]
        assert connection.execute("select from messages").rowcount == 0


def test_whatever_was_there_the_check_says_that_all_is_well(shaped: Database) -> None:
    check = shaped.rows("select nanie_check() as told")[0]["told"]
    old = shaped.rows("select from conversations")
    assert check.pop("id_type") in ("uuid", "bigint")
    assert check.pop("other_policies") in ([], ["messages.everybody"])
    assert check.pop("private_topics") is bool(
        shaped.rows("select from pg_namespace where nspname = 'realtime'")
    )
    assert check == {
        "version": 1,
        "row_level_security": True,
        "realtime": True,
        "conversations_without_owner": len(old),
    }


CATALOGUE: dict[str, str] = {
    "columns": "select table_name, column_name, data_type, column_default, is_nullable"
    " from information_schema.columns where table_schema = 'public' order by 1, 2",
    "indexes": "select indexdef from pg_indexes where schemaname = 'public' order by 1",
    "policies": "select * from pg_policies order by schemaname, tablename, policyname",
    "rights": "select grantee, table_name, column_name, privilege_type"
    " from information_schema.column_privileges where table_schema = 'public' order by 1, 2, 3, 4",
    "functions": "select oid::regprocedure::text, prosrc, proacl::text from pg_proc"
    " where pronamespace = 'public'::regnamespace order by 1",
    "triggers": "select tgname, tgrelid::regclass::text from pg_trigger where not tgisinternal order by 1, 2",
    "published": "select * from pg_publication_tables order by 1, 2, 3",
    "messages": "select * from messages order by id",
    "conversations": "select * from conversations order by id",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_running_it_again_changes_nothing(postgres: Postgres, shape: str) -> None:
    database = postgres.database()
    database.run(SHAPES[shape])
    database.set_up()
    home = conversation(database)
    database.rows("insert into messages (conversation_id, content) values (%s, '\"new\"') returning 1", home)
    before = everything(database)
    database.set_up()
    assert everything(database) == before


def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {name: database.rows(query) for name, query in CATALOGUE.items()}


def test_a_row_of_before_is_left_as_it_was(postgres: Postgres) -> None:
    database = postgres.database()
    database.run(OLD)
    before = database.rows("select * from messages")[0]
    database.set_up()
    after = database.rows("select * from messages")[0]
    assert after == before | {"nanie_xid": None, "nanie_key": None, "nanie_seq": None}


def test_policies_of_ours_that_are_gone_are_told(database: Database) -> None:
    database.run("drop policy nanie_only_select on members")
    assert database.rows("select nanie_check() as told")[0]["told"]["row_level_security"] is False


def test_a_policy_of_somebody_elses_is_told(database: Database) -> None:
    database.run("create policy everybody on messages for select to anon using (true)")
    check = database.rows("select nanie_check() as told")[0]["told"]
    assert check["other_policies"] == ["messages.everybody"]


def test_rows_that_were_copied_from_another_server_are_history(database: Database) -> None:
    """Its transactions have other numbers: some of them are yet to come here."""
    where = conversation(database)
    database.rows("insert into messages (conversation_id, content) values (%s, 'copied') returning 1", where)
    database.run(
        "alter table messages disable trigger nanie_stamp;"
        "update messages set nanie_xid = '999999999999';"
        "alter table messages enable trigger nanie_stamp;"
    )
    assert inbox(database, "1") == []
    database.set_up()
    assert database.rows("select nanie_xid from messages") == [{"nanie_xid": None}]
