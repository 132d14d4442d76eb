"""`nanie tail`: updates as they are pushed."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nanie_actors.cli.app import main

OK = {"ok": True, "data": None}


def update(conversation: str, *labels: str) -> dict[str, Any]:
    events = [{"timestamp": 1_768_291_200_000, "type": "other", "label": label} for label in labels]
    data = {"events": events, "groupName": "בית", "groupId": "1@g.us", "revision": 4}
    return {"conversation_id": conversation, "push": {"type": "DATA", "update": "TIMELINE", "data": data}}


@contextmanager
def worker_that_says(*lines: dict[str, Any]) -> Iterator[Queue[bytes]]:
    """A worker that answers the first request with these lines and hangs up; gives the request."""
    Path("nanie/run").mkdir(parents=True)
    asked = Queue[bytes]()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("nanie/run/nanie.sock")
        listening.listen()

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                asked.put(connection.recv(4_096))
                connection.sendall(b"".join(json.dumps(line).encode() + b"\n" for line in lines))

        thread = Thread(target=serve)
        thread.start()
        yield asked
        thread.join(10)


def tail(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["tail", *arguments], env={"NANIE_TIME__ZONE": "UTC"})


def test_an_update_shows_what_came_last() -> None:
    with worker_that_says(OK, update("anna", "one", "two", "three", "האכלה")):
        result = tail()
    assert result.exit_code == 0
    head, *events = result.stdout.splitlines()
    assert head[8:] == "  anna  \u2068בית\u2069  revision 4, 4 events"
    assert [line.split()[3] for line in events] == ["two", "three", "\u2068האכלה\u2069"]
    assert events[0].startswith("    2026-01-13 08:00")
    assert "hung up" in result.stderr


def test_a_notice_of_the_worker_is_told_in_a_line() -> None:
    notice = {
        "type": "SYSTEM",
        "code": "WHATSAPP_OFFLINE",
        "state": "banned",
        "since": 1_768_291_200_000,
        "until": 1_768_294_800_000,
        "message": "WhatsApp has blocked the account.",
    }
    back = {"type": "SYSTEM", "code": "WHATSAPP_ONLINE", "message": "It is back."}
    with worker_that_says(OK, *({"conversation_id": "anna", "push": push} for push in (notice, back))):
        first, second = tail().stdout.splitlines()
    assert first[8:] == (
        "  anna  WHATSAPP_OFFLINE, since 2026-01-13 08:00, until 2026-01-13 09:00:"
        " WhatsApp has blocked the account."
    )
    assert second[8:] == "  anna  WHATSAPP_ONLINE: It is back."


def test_json_is_one_push_a_line() -> None:
    pushes = [update("anna", "one"), update("ben")]
    with worker_that_says(OK, *pushes):
        result = tail("--json")
    assert [json.loads(line) for line in result.stdout.splitlines()] == pushes


@pytest.mark.parametrize("conversations", [[], ["anna"], ["anna", "ben"]])
def test_the_conversations_to_watch_are_passed_on(conversations: list[str]) -> None:
    with worker_that_says(OK) as asked:
        tail(*conversations)
        assert json.loads(asked.get(timeout=10)) == {"op": "tail", "conversations": conversations}


def test_an_update_cannot_control_the_terminal() -> None:
    with worker_that_says(OK, update("an\x1b[2Jna", "\x9b1mlabel\u202e")):
        shown = tail().stdout
    assert not {"\x1b", "\x9b", "\u202e"} & set(shown)


def test_a_worker_that_refuses_is_told() -> None:
    with worker_that_says({"ok": False, "error": "not now"}):
        result = tail()
    assert result.exit_code == 1
    assert result.stderr == "nanie: not now\n"
