"""Whole worker processes on NATS: rows in, replies and updates out, worker and server are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import orjson
import pytest
from nats_app import App, app_on
from nats_server import NatsServer, nats_server
from nats_world import WITHIN_S, until
from processes import clean_environment, run

from nanie_actors.model import EpochMs, GroupId, GroupSeen
from nanie_actors.whatsapp.recording import encode_event

SECRET = "a-secret-of-ours"
GROUPS = [GroupId(f"12036300000000000{number}@g.us") for number in range(1, 4)]


@pytest.fixture
def server() -> Iterator[NatsServer]:
    """A server that may be killed."""
    with nats_server(f'authorization {{ token: "{SECRET}" }}\n') as alone:
        yield alone


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    """A recorded account with a few groups."""
    path = tmp_path / "account.jsonl"
    seen = [GroupSeen(group, EpochMs(1_700_000_000_000), name=f"Group {group[17]}") for group in GROUPS]
    path.write_bytes(b"".join(encode_event(event) + b"\n" for event in seen))
    return path


@contextmanager
def worker(server: NatsServer, state: Path, stream: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`nanie run --router nats`; killed at the end if it still runs."""
    environment = clean_environment() | {
        "NANIE_NATS__URL": server.url,
        "NANIE_NATS__TOKEN": SECRET,
        "NANIE_LOG__LEVEL": "debug",
        "NANIE_EXTRACTION__EXTRACTOR": "verbatim",
    }
    with (state.parent / "worker.log").open("ab") as log:
        options = ["--state", str(state), "--router", "nats", "--whatsapp", f"replay:{stream}"]
        process = subprocess.Popen(
            [sys.executable, "-m", "nanie_actors", "run", *options], env=environment, stderr=log
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(WITHIN_S)


def timeline(state: Path, group: str) -> list[str]:
    path = state / "memory" / group / "timeline.json"
    return [event["details"] for event in orjson.loads(path.read_bytes())]


def texts(app: App, conversation: str) -> list[str | None]:
    return [told.get("text") for told in app.replies(conversation)]


def test_a_conversation_links_its_group_and_lives(server: NatsServer, tmp_path: Path, stream: Path) -> None:
    state = tmp_path / "nanie"
    with app_on(server.url, token=SECRET) as app, worker(server, state, stream) as process:
        until(app.has_streams, "the worker")
        app.say("one", {"action": "LIST_GROUPS"})
        until(lambda: app.replies("one") != [], "the list")
        assert {group["id"] for group in app.replies("one")[0]["data"]["groups"]} == set(GROUPS)
        for conversation in ("one", "two@home.example"):
            app.say(conversation, {"action": "SELECT_GROUP", "groupId": GROUPS[0]})
            until(lambda: "LINKED" in texts(app, conversation), "the link")  # noqa: B023
        app.say("one", {"action": "ADD_EVENT", "text": "bath"})
        for conversation in ("one", "two@home.example"):

            def shown() -> bool:
                newest = app.newest(conversation)  # noqa: B023
                return newest is not None and newest["reply"]["data"]["events"] != []

            until(shown, "the update")
        app.say("one", {"action": "GET_STATUS"})
        until(lambda: len(app.replies("one")) == 5, "the status")
        assert app.replies("one")[-1]["data"]["events"][0]["details"] == "bath"
        dumped = run("dump", "--json", "--state", str(state)).stdout
        assert b"nats" in dumped
        process.send_signal(signal.SIGTERM)
        assert process.wait(WITHIN_S) == 0
    assert timeline(state, GROUPS[0]) == ["bath"]
    assert orjson.loads((state / "nats.json").read_bytes())["after"] == 5
    assert (state / "nats.json").stat().st_mode & 0o077 == 0
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert [blob for blob in (dumped, *files) if SECRET.encode() in blob] == []


def test_worker_and_server_are_killed_and_nothing_is_lost_doubled_or_out_of_order(
    server: NatsServer, tmp_path: Path, stream: Path
) -> None:
    """Every row has one effect, in the order of its conversation, and one answer."""
    state, chance = tmp_path / "nanie", Random(7)
    added: dict[GroupId, list[str]] = {group: [] for group in GROUPS}
    with app_on(server.url, token=SECRET) as app:
        for generation in range(3):
            with worker(server, state, stream) as process:
                if generation == 0:
                    until(app.has_streams, "the worker")
                    for group in GROUPS:
                        app.say(group, {"action": "SELECT_GROUP", "groupId": group})
                    until(lambda: all("LINKED" in texts(app, group) for group in GROUPS), "the links")
                for number in range(12):
                    group = chance.choice(GROUPS)
                    added[group].append(f"event {generation}-{number}")
                    app.say(group, {"action": "ADD_EVENT", "text": added[group][-1]})
                    if generation == 1 and number == 6:
                        server.kill()
                        server.start()
                        until(lambda: app.client.is_connected)
                if generation < 2:
                    # Once at once, once in the middle of the answers.
                    half = len(added[GROUPS[0]]) // 2 if generation else 0
                    until(lambda: len(app.replies(GROUPS[0])) >= half, "some answers")  # noqa: B023
                    process.kill()
                    continue
                for group in GROUPS:
                    answers = 2 + len(added[group])
                    until(lambda: len(app.replies(group)) == answers, "every answer")  # noqa: B023
                process.send_signal(signal.SIGTERM)
                assert process.wait(WITHIN_S) == 0
        for group in GROUPS:
            assert timeline(state, group) == added[group]
            assert Counter(texts(app, group)) == {"LINKED": 1, None: 1, "Event added": len(added[group])}
            newest = app.newest(group)["reply"]["data"]["events"]
            assert [event["details"] for event in newest] == added[group]
