"""`nanie send`: what it makes of its arguments, and how replies look."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from control_sockets import FakeWorker, fake_worker

from nanie_actors.cli.app import main
from nanie_actors.cli.send import content
from nanie_actors.errors import UnknownAction
from nanie_actors.model import EpochMs, GroupId
from nanie_actors.protocol import replies


@pytest.fixture
def worker() -> Iterator[FakeWorker]:
    with fake_worker(Path("nanie/run/nanie.sock")) as made:
        made.replies = []
        yield made


def send(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["send", *arguments])


@pytest.mark.parametrize(
    ("message", "fields", "expected"),
    [
        ("LIST_GROUPS", (), {"action": "LIST_GROUPS"}),
        ("SELECT_GROUP", ("groupId=1@g.us",), {"action": "SELECT_GROUP", "groupId": "1@g.us"}),
        ("ADD_EVENT", ("text=a=b",), {"action": "ADD_EVENT", "text": "a=b"}),
        ("ADD_EVENT", ("text=120",), {"action": "ADD_EVENT", "text": "120"}),
        ("GET_CONTEXT", ("limit=5",), {"action": "GET_CONTEXT", "limit": 5}),
        ("GET_STATUS", ("debug=true",), {"action": "GET_STATUS", "debug": True}),
        ("DELETE_EVENTS", ("eventIds=a,b",), {"action": "DELETE_EVENTS", "eventIds": ["a", "b"]}),
        ("DELETE_EVENTS", ('eventIds=["a"]',), {"action": "DELETE_EVENTS", "eventIds": ["a"]}),
        ("NO_SUCH", (), {"action": "NO_SUCH"}),
        ('{"action": "X"}', (), '{"action": "X"}'),
        ("did she eat?", (), "did she eat?"),
        ("בקבוק", (), "בקבוק"),
    ],
)
def test_a_message_is_a_command_or_a_text(message: str, fields: tuple[str, ...], expected: Any) -> None:
    assert content(message, fields) == expected


@pytest.mark.parametrize(
    ("message", "field"), [("ADD_EVENT", "text"), ("GET_CONTEXT", "limit=many"), ("hello", "text=x")]
)
def test_fields_that_make_no_sense_are_wrong_usage(message: str, field: str) -> None:
    with pytest.raises(click.UsageError):
        content(message, (field,))
    assert send("anna", message, field).exit_code == 2


def test_each_row_has_an_id_of_its_own(worker: FakeWorker) -> None:
    send("anna", "LIST_GROUPS")
    send("anna", "LIST_GROUPS")
    first, second = worker.rows
    assert first.conversation == second.conversation == "anna"
    assert first.row_id != second.row_id
    assert json.loads(first.content) == {"action": "LIST_GROUPS"}


def test_replies_are_shown_as_they_come(worker: FakeWorker) -> None:
    worker.replies = [
        replies.LINKED,
        replies.groups([(GroupId("1@g.us"), "בית", 3, EpochMs(1_768_291_200_000))]),
    ]
    result = send("anna", "SELECT_GROUP")
    assert result.exit_code == 0
    linked, head, entry = result.stdout.splitlines()
    assert linked == "LINKED"
    assert head.split() == ["group", "name", "members", "last", "activity"]
    assert entry.split()[:3] == ["1@g.us", "\u2068בית\u2069", "3"]


def test_a_timeline_is_shown_whole_however_long_its_events_are(worker: FakeWorker) -> None:
    event = {"id": "e1", "timestamp": 1_768_291_200_000, "type": "other", "label": "long " * 100 + "end"}
    data = {"events": [event], "groupName": "Family", "groupId": "1@g.us", "revision": 3}
    worker.replies = [json.dumps({"type": "DATA", "data": data}).encode()]
    shown = send("anna", "GET_STATUS").stdout
    assert shown.startswith("Family: 1 events, revision 3\n")
    assert shown.endswith("long end\n")


def test_json_is_one_reply_a_line(worker: FakeWorker) -> None:
    worker.replies = [replies.LINKED, replies.UNLINKED]
    result = send("anna", "GET_STATUS", "--json")
    assert [json.loads(line)["text"] for line in result.stdout.splitlines()] == ["LINKED", "UNLINKED"]


def test_an_error_is_told_with_status_1(worker: FakeWorker) -> None:
    worker.replies = [replies.error(UnknownAction("There is no such action."))]
    result = send("anna", "FLY")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "UNKNOWN_ACTION: There is no such action.\n"
    assert send("anna", "FLY", "--json").exit_code == 1


@pytest.mark.usefixtures("worker")
def test_what_has_no_reply_is_done_all_the_same() -> None:
    result = send("anna", "DELETE_CONVERSATION")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no reply" in result.stderr


def test_a_worker_that_does_not_reply_is_given_up_in_time(worker: FakeWorker) -> None:
    worker.replies = None
    result = send("anna", "GET_STATUS", "--timeout", "0.05")
    assert result.exit_code == 1
    assert "did not answer in time" in result.stderr


@pytest.mark.usefixtures("worker")
def test_a_row_that_the_worker_refuses_is_told() -> None:
    result = send("", "GET_STATUS")
    assert result.exit_code == 1
    assert "conversation_id" in result.stderr
