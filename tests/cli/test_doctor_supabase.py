"""`nanie doctor` on the app's database: what is missing or dangerous is said, and the key never shown."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from postgres import Database, Postgres, running
from supabase_standin import Fault, Standin, standin_on
from supabase_standin.keys import key

from nanie_actors.cli.app import main
from nanie_actors.cli.checks import supabase

PATH = "nanie_check"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture
def database(postgres: Postgres) -> Database:
    made = postgres.database()
    made.set_up()
    return made


@pytest.fixture
def standin(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    with standin_on(database) as running_standin:
        monkeypatch.setenv("NANIE_SUPABASE__URL", running_standin.url)
        monkeypatch.setenv("NANIE_SUPABASE__KEY", running_standin.service_key)
        yield running_standin


def checks() -> dict[str, dict[str, Any]]:
    """What is said of Supabase, after the libraries; wherever it stands, the key is not in it."""
    result = CliRunner().invoke(main, ["doctor", "--json"])
    assert key("service_role") not in result.output
    told = json.loads(result.stdout)["checks"]
    settings = [check["name"] for check in told].index("settings")
    return {check["name"]: check for check in told[settings:] if check["name"].startswith("supabase")}


def test_without_an_address_nothing_is_asked() -> None:
    assert checks() == {}


def test_a_project_that_is_set_up_is_healthy(standin: Standin) -> None:
    told = checks()
    assert {name: check["status"] for name, check in told.items()} == {
        "supabase key": "ok",
        "supabase": "ok",
        "supabase setup": "ok",
        "supabase security": "ok",
        "supabase realtime": "ok",
    }
    assert told["supabase setup"]["found"] == "version 1, ids are uuid"
    assert standin.rest.requests == [f"POST /rest/v1/rpc/{PATH}"]


@pytest.mark.usefixtures("standin")
@pytest.mark.parametrize("given", [key("anon"), "sb_publishable_x", "", "two words"])
def test_a_key_that_is_none_for_servers_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANIE_SUPABASE__KEY", given)
    check = checks()["supabase"]
    assert check["status"] == "failed"
    assert "key" in check["advice"]


def test_a_key_that_says_nothing_of_itself_is_told(standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANIE_SUPABASE__KEY", "something")
    assert checks()["supabase key"]["status"] == "warning"
    assert "the key is refused" in checks()["supabase"]["advice"]
    assert standin.rest.requests


def test_a_key_file_that_others_can_read_is_told(
    standin: Standin, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NANIE_SUPABASE__KEY")
    monkeypatch.setenv("NANIE_SUPABASE__KEY_FILE", str(home / "key"))
    (home / "key").write_text(standin.service_key)
    for mode, status in ((0o600, "ok"), (0o640, "ok"), (0o644, "failed")):
        (home / "key").chmod(mode)
        assert checks()["supabase key"]["status"] == status
    assert checks()["supabase key"]["advice"] == f"run: chmod o-rwx '{home / 'key'}'"


@pytest.mark.parametrize("how", ["html", "cut", "status"])
def test_a_project_that_does_not_answer_is_told(standin: Standin, how: str) -> None:
    standin.faults.add(Fault(PATH, times=9, how=how))  # type: ignore[arg-type]
    assert "cannot be reached" in checks()["supabase"]["found"]


def test_an_address_where_nobody_is_is_told(standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("NANIE_SUPABASE__URL", f"http://127.0.0.1:{port}")
    assert "cannot be reached (ConnectError)" in checks()["supabase"]["found"]
    assert standin.rest.requests == []


def test_an_answer_that_is_none_of_supabases_is_told(standin: Standin, database: Database) -> None:
    database.run(
        "create or replace function nanie_check() returns jsonb language sql as 'select null::jsonb'"
    )
    assert checks()["supabase"]["status"] == "failed"
    assert standin.rest.requests == [f"POST /rest/v1/rpc/{PATH}"]


def test_a_project_without_our_script_is_told(standin: Standin, database: Database) -> None:
    database.run("drop function nanie_check()")
    assert "config/supabase.sql" in checks()["supabase"]["advice"]
    assert standin.rest.requests


def test_another_version_of_our_script_is_told(standin: Standin, database: Database) -> None:
    database.run(
        "alter function nanie_check() rename to was;"
        "create function nanie_check() returns jsonb language sql security definer as"
        " $$ select public.was() || '{\"version\": 0}' $$"
    )
    assert checks()["supabase setup"]["status"] == "failed"
    assert standin.rest.requests


def test_row_level_security_that_was_switched_off_is_told(standin: Standin, database: Database) -> None:
    database.run("alter table members disable row level security")
    assert checks()["supabase security"]["status"] == "failed"
    assert standin.rest.requests


def test_a_policy_of_somebody_elses_is_told(standin: Standin, database: Database) -> None:
    database.run("create policy everybody on messages for select to anon using (true)")
    check = checks()["supabase security"]
    assert (check["status"], "messages.everybody" in check["found"]) == ("warning", True)
    assert standin.rest.requests


def test_realtime_that_is_off_is_told_unless_it_is_not_wanted(
    standin: Standin, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.run("alter publication supabase_realtime drop table messages")
    assert checks()["supabase realtime"]["status"] == "warning"
    monkeypatch.setenv("NANIE_SUPABASE__REALTIME", "false")
    assert "supabase realtime" not in checks()
    assert standin.rest.requests


def test_conversations_that_nobody_sees_are_told() -> None:
    (check,) = supabase.check_owners({"conversations_without_owner": 3})
    assert (check.status, check.found[:1]) == ("warning", "3")
    assert list(supabase.check_owners({"conversations_without_owner": 0})) == []
    assert list(supabase.check_owners({})) == []


def test_private_broadcasts_that_nobody_may_hear_are_told() -> None:
    assert supabase.check_private_topics({"private_topics": False}).status == "failed"
    assert supabase.check_private_topics({"private_topics": True}).status == "ok"
