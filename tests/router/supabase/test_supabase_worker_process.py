"""Whole worker processes on Supabase: rows in, replies and updates out, killed in the middle."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import orjson
import pytest
from processes import clean_environment
from supabase_standin import Fault, Standin
from supabase_world import WITHIN_S, App, until

from nanie_actors.model import EpochMs, GroupId, GroupSeen
from nanie_actors.whatsapp.recording import encode_event

GROUPS = [GroupId(f"12036300000000000{number}@g.us") for number in range(1, 4)]


@pytest.fixture
def app(standin: Standin) -> App:
    return App(standin)


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    """A recorded account with a few groups."""
    path = tmp_path / "account.jsonl"
    seen = [GroupSeen(group, EpochMs(1_700_000_000_000), name=f"Group {group[17]}") for group in GROUPS]
    path.write_bytes(b"".join(encode_event(event) + b"\n" for event in seen))
    return path


@contextmanager
def worker(app: App, state: Path, stream: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`nanie run --router supabase`; killed at the end if it still runs."""
    environment = clean_environment() | {
        "NANIE_SUPABASE__URL": app.standin.url,
        "NANIE_SUPABASE__KEY": app.standin.service_key,
        "NANIE_SUPABASE__POLL_INTERVAL_S": "0.05",
        "NANIE_EXTRACTION__EXTRACTOR": "verbatim",
    }
    with (state.parent / "worker.log").open("ab") as log:
        options = ["--state", str(state), "--router", "supabase", "--whatsapp", f"replay:{stream}"]
        process = subprocess.Popen(
            [sys.executable, "-m", "nanie_actors", "run", *options],
            env=environment,
            stderr=log,
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


def titles(app: App) -> set[str]:
    return {row["title"] for row in app.standin.database.rows("select title from conversations")}


def test_a_conversation_links_its_group_and_lives(app: App, tmp_path: Path, stream: Path) -> None:
    state = tmp_path / "nanie"
    where, other = app.conversation("new"), app.conversation("other")
    with worker(app, state, stream) as process:
        app.say(where, {"action": "LIST_GROUPS"})
        until(lambda: app.replies(where) != [], "the list")
        assert {group["id"] for group in app.replies(where)[0]["data"]["groups"]} == set(GROUPS)
        for conversation in (where, other):
            app.say(conversation, {"action": "SELECT_GROUP", "groupId": GROUPS[0]})
            until(lambda: any(told.get("text") == "LINKED" for told in app.replies(conversation)))  # noqa: B023
        app.say(where, {"action": "ADD_EVENT", "text": "bath"})
        for conversation in (where, other):
            until(
                lambda: any(
                    told.get("update") == "TIMELINE" and told["data"]["events"]
                    for told in app.heard(conversation)  # noqa: B023
                ),
                "the update",
            )
        until(lambda: app.standin.database.rows("select from messages where not is_bot") == [], "the end")
        until(lambda: titles(app) == {"Group 1"}, "the titles")
        process.send_signal(signal.SIGTERM)
        assert process.wait(WITHIN_S) == 0
    assert timeline(state, GROUPS[0]) == ["bath"]


def test_killed_again_and_again_nothing_is_lost_and_nothing_doubled(
    app: App, tmp_path: Path, stream: Path
) -> None:
    """Rows keep coming, answers get lost, workers are killed: every row has one effect and one answer."""
    state, chance = tmp_path / "nanie", Random(7)
    where = [app.conversation() for _ in GROUPS]
    added: dict[str, list[str]] = {conversation: [] for conversation in where}
    for conversation, group in zip(where, GROUPS, strict=True):
        app.say(conversation, {"action": "SELECT_GROUP", "groupId": group})
    for generation in range(5):
        app.standin.faults.add(Fault("messages", times=2, when="after", how="cut"))
        with worker(app, state, stream) as process:
            if generation == 0:
                until(lambda: all(app.replies(conversation) for conversation in where), "the links")
            for number in range(12):
                conversation = chance.choice(where)
                text = f"event {generation}-{number}"
                app.say(conversation, {"action": "ADD_EVENT", "text": text})
                added[conversation].append(text)
            if generation < 4:
                time.sleep(chance.uniform(0.3, 1.5))
                process.kill()
            else:
                until(lambda: app.standin.database.rows("select from messages where not is_bot") == [])
                process.send_signal(signal.SIGTERM)
                assert process.wait(WITHIN_S) == 0
    for conversation, group in zip(where, GROUPS, strict=True):
        assert sorted(timeline(state, group)) == sorted(added[conversation])
        answers = Counter(told.get("text") for told in app.replies(conversation))
        assert answers["Event added"] == len(added[conversation])
        assert answers["LINKED"] == 1
