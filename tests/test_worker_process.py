"""The worker as others meet it: a process with pipes, files, signals, and a plug that can be pulled."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import orjson
import pytest
from processes import Nanie, run, worker

from nanie_actors.inspection.control_client import ControlClient

MESSAGES = 1_500


def chat(folder: Path, name: str = "Family", messages: int = MESSAGES, letter: str = "m") -> Path:
    """An exported chat: a message a minute from 13 January 2026 on."""
    lines = [
        f"{13 + minute // 1440}/01/2026, {minute // 60 % 24:02}:{minute % 60:02} - Dana: {letter}{minute:05}"
        for minute in range(messages)
    ]
    path = folder / f"WhatsApp Chat with {name}.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def labels(reply: dict[str, Any]) -> list[str]:
    return [event["label"] for event in reply["data"]["events"]]


def group_of(nanie: Nanie, name: str = "Family") -> str:
    groups = nanie.until_reply(nanie.send("setup", "LIST_GROUPS"), "DATA")["data"]["groups"]
    return next(str(group["id"]) for group in groups if group["name"] == name)


def timeline(state: Path, group: str) -> list[str]:
    return [
        event["label"] for event in orjson.loads((state / "memory" / group / "timeline.json").read_bytes())
    ]


def test_an_exported_chat_becomes_a_timeline_once_however_often_it_is_replayed(tmp_path: Path) -> None:
    state, source = tmp_path / "state", f"replay:{chat(tmp_path)}"
    with worker(state, "--whatsapp", source) as nanie:
        group = group_of(nanie)
        nanie.until_reply(nanie.send("one", "SELECT_GROUP", groupId=group), "STATUS")
        assert nanie.end() == 0
    expected = [f"m{n:05}" for n in range(MESSAGES)]
    assert timeline(state, group) == expected
    with worker(state, "--whatsapp", source) as nanie:
        assert nanie.end() == 0
        pushed = nanie.drain()
    assert timeline(state, group) == expected
    assert pushed == []


def test_the_end_of_the_input_finishes_everything_that_was_accepted(tmp_path: Path) -> None:
    rows = [
        {"id": n, "conversation_id": "one", "content": {"action": "ADD_EVENT", "text": f"event {n}"}}
        for n in range(2, 200)
    ]
    start = {"id": 1, "conversation_id": "one", "content": {"action": "START_STANDALONE"}}
    lines = b"".join(orjson.dumps(row) + b"\n" for row in [start, *rows])
    done = run("run", "--router", "stdio", "--state", str(tmp_path / "state"), stdin=lines)
    assert done.returncode == 0
    out = [orjson.loads(line) for line in done.stdout.splitlines()]
    answered = {line.get("in_reply_to") for line in out}
    assert {str(row["id"]) for row in [start, *rows]} <= answered
    updates = [line["reply"]["data"] for line in out if line["reply"].get("update")]
    assert len(updates[-1]["events"]) == 198


@pytest.mark.parametrize("pushes", [1, 4, 9])
def test_kill_9_loses_nothing_that_was_answered_or_pushed(tmp_path: Path, pushes: int) -> None:
    state, source = tmp_path / "state", f"replay:{chat(tmp_path)}"
    quick = {"NANIE_PUSH__INTERVAL_S": "0"}
    with worker(state, "--whatsapp", source, "--speed", "600000", **quick) as nanie:
        group = group_of(nanie)
        nanie.until_reply(nanie.send("one", "SELECT_GROUP", groupId=group), "DATA")
        row = nanie.send("one", "ADD_EVENT", text="said by the app")
        nanie.until_reply(row, "STATUS")
        for _ in range(pushes):
            nanie.next()
        nanie.kill()
        shown = [line["reply"] for line in nanie.drain() if "events" in line["reply"].get("data", {})]
    with worker(state, "--whatsapp", source) as nanie:
        after = nanie.until_reply(nanie.send("one", "GET_STATUS"), "DATA")
        nanie.end()
    assert after["data"]["revision"] >= max(reply["data"]["revision"] for reply in shown)
    found = timeline(state, group)
    assert {label for reply in shown for label in labels(reply)} <= set(found)
    assert found.count("said by the app") == 1
    assert sorted(label for label in found if label != "said by the app") == [
        f"m{n:05}" for n in range(MESSAGES)
    ]


def test_sigterm_is_a_clean_stop(tmp_path: Path) -> None:
    state, source = tmp_path / "state", f"replay:{chat(tmp_path)}"
    with worker(state, "--whatsapp", source) as nanie:
        group = group_of(nanie)
        nanie.until_reply(nanie.send("one", "SELECT_GROUP", groupId=group), "DATA")
        nanie.process.send_signal(signal.SIGTERM)
        assert nanie.process.wait(30) == 0
        shown = [line["reply"] for line in nanie.drain() if "events" in line["reply"].get("data", {})]
    assert timeline(state, group)[-1] >= labels(shown[-1])[-1]
    assert not (state / "run" / "nanie.sock").exists()


def test_two_groups_never_mix(tmp_path: Path) -> None:
    state = tmp_path / "state"
    options = [
        option
        for name, letter in (("Family", "f"), ("Club", "c"))
        for option in ("--whatsapp", f"replay:{chat(tmp_path, name, 300, letter)}")
    ]
    with worker(state, *options) as nanie:
        groups = {name: group_of(nanie, name) for name in ("Family", "Club")}
        for conversation, name in (("one", "Family"), ("two", "Club"), ("three", "Family")):
            nanie.until_reply(nanie.send(conversation, "SELECT_GROUP", groupId=groups[name]), "DATA")
        nanie.end()
        lines = nanie.drain()
    for line in lines:
        letters = (
            {label[0] for label in labels(line["reply"])}
            if "events" in line["reply"].get("data", {})
            else set()
        )
        assert letters <= ({"c"} if line["conversation_id"] == "two" else {"f"})
    assert len(timeline(state, groups["Family"])) == len(timeline(state, groups["Club"])) == 300


def test_a_second_worker_on_the_same_state_refuses_and_harms_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with worker(state) as nanie:
        nanie.until_reply(nanie.send("one", "START_STANDALONE"), "STATUS")
        second = run("run", "--router", "stdio", "--state", str(state))
        assert second.returncode == 1
        assert b"another worker" in second.stderr
        assert str(nanie.process.pid).encode() in second.stderr
        assert b"Traceback" not in second.stderr
        nanie.until_reply(nanie.send("one", "GET_STATUS"), "DATA")
        assert nanie.end() == 0


def test_a_parent_that_reads_nothing_ends_the_worker_without_losing_what_is_owed(tmp_path: Path) -> None:
    state = tmp_path / "state"
    reading, writing = os.pipe()
    os.close(reading)
    rows = [
        {"id": "1", "conversation_id": "one", "content": {"action": "START_STANDALONE"}},
        {
            "id": "2",
            "conversation_id": "one",
            "content": {"action": "ADD_EVENT", "text": "nobody hears this"},
        },
    ]
    lines = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    done = run("run", "--router", "stdio", "--state", str(state), stdin=lines, stdout=writing)
    os.close(writing)
    assert done.returncode == 1
    assert b"nobody reads" in done.stderr
    with worker(state) as nanie:
        after = nanie.until_reply(nanie.send("one", "GET_STATUS"), "DATA")
        nanie.end()
    assert after["data"]["groupName"] == "Standalone"


def test_a_recording_replays_to_the_same_timeline(tmp_path: Path) -> None:
    source, recording = f"replay:{chat(tmp_path, messages=100)}", tmp_path / "stream.jsonl"
    found = []
    for number, options in enumerate(
        (["--whatsapp", source, "--record", str(recording)], ["--whatsapp", f"replay:{recording}"])
    ):
        state = tmp_path / f"state{number}"
        with worker(state, *options) as nanie:
            group = group_of(nanie)
            nanie.until_reply(nanie.send("one", "SELECT_GROUP", groupId=group), "DATA")
            assert nanie.end() == 0
        found.append((group, (state / "memory" / group / "timeline.json").read_bytes()))
    assert found[0] == found[1]


def test_a_flat_file_of_an_older_version_is_taken_over_at_the_start(tmp_path: Path) -> None:
    state, group = tmp_path / "state", "120363000000000001@g.us"
    (state / "memory").mkdir(parents=True)
    event = {
        "id": "old",
        "timestamp": 1_768_300_000_000,
        "type": "bath",
        "label": "bath",
        "details": "",
        "mood": "fine",
    }
    (state / "memory" / f"{group}.json").write_bytes(orjson.dumps([event]))
    (state / "mappings.json").write_bytes(
        orjson.dumps({"one": {"groupId": group, "groupName": "Old", "mappedAt": 1, "colour": "blue"}})
    )
    with worker(state) as nanie:
        (kept,) = nanie.until_reply(nanie.send("one", "GET_STATUS"), "DATA")["data"]["events"]
        nanie.until_reply(nanie.send("one", "ADD_EVENT", text="new"), "STATUS")
        assert nanie.end() == 0
    assert kept == event
    assert timeline(state, group) == ["bath", "new"]
    assert orjson.loads((state / "mappings.json").read_bytes())["one"]["colour"] == "blue"
    assert list((state / "memory").glob("*.json*"))


def test_the_dump_of_a_running_worker_shows_its_tree(tmp_path: Path) -> None:
    state = tmp_path / "s"
    with worker(state, "--whatsapp", f"replay:{chat(tmp_path, messages=50)}") as nanie:
        group = group_of(nanie)
        nanie.until_reply(nanie.send("one", "SELECT_GROUP", groupId=group), "DATA")
        with ControlClient(state / "run" / "nanie.sock") as client:
            actors = {actor["name"]: actor for actor in client.request("dump")["actors"]}
        shown = run("dump", "--state", str(state))
        nanie.end()
    assert {"guardian", "registry", "gateway", f"group/{group}", "conversation/one"} <= set(actors)
    assert actors[f"group/{group}"]["own"]["listeners"] == ["one"]
    assert actors["conversation/one"]["own"]["group"] == group
    assert shown.returncode == 0
    assert b"Family" not in shown.stdout
    assert group.encode() in shown.stdout


def test_sigusr1_writes_the_dump_to_the_log(tmp_path: Path) -> None:
    with worker(tmp_path / "state") as nanie:
        nanie.until_reply(nanie.send("one", "START_STANDALONE"), "STATUS")
        nanie.process.send_signal(signal.SIGUSR1)
        nanie.until_reply(nanie.send("one", "GET_STATUS"), "DATA")
        log = tmp_path / "stderr.log"
        while b"state dump" not in log.read_bytes():
            assert nanie.process.poll() is None
        nanie.end()


def test_commands_from_the_shell_act_as_a_router(tmp_path: Path) -> None:
    state = tmp_path / "s"
    with worker(state, "--whatsapp", f"replay:{chat(tmp_path, messages=20)}") as nanie:
        group = group_of(nanie)
        listed = run("send", "shell", "LIST_GROUPS", "--json", "--state", str(state))
        assert orjson.loads(listed.stdout)["data"]["groups"][0]["id"] == group
        linked = run("send", "shell", "SELECT_GROUP", f"groupId={group}", "--json", "--state", str(state))
        assert [orjson.loads(line)["type"] for line in linked.stdout.splitlines()] == ["STATUS", "DATA"]
        refused = run("send", "shell", "SELECT_GROUP", "groupId=nonsense", "--state", str(state))
        assert refused.returncode == 1
        assert b"INVALID_GROUP" in refused.stderr
        shown = run("timeline", "Family", "--json", "--state", str(state))
        assert len(orjson.loads(shown.stdout)) == 20
        groups = run("groups", "--json", "--state", str(state))
        assert orjson.loads(groups.stdout)[0]["life"] == "active"
        assert run("snapshot", "--state", str(state)).returncode == 0
        nanie.end()
    assert run("groups", "--state", str(state)).returncode == 1


def test_a_group_is_forgotten_by_a_running_worker_and_by_none(tmp_path: Path) -> None:
    state = tmp_path / "s"
    with worker(state, "--whatsapp", f"replay:{chat(tmp_path, messages=30, letter='secret')}") as nanie:
        group = group_of(nanie)
        nanie.until_reply(nanie.send("one", "SELECT_GROUP", groupId=group), "DATA")
        row = nanie.send("two", "START_STANDALONE")
        standalone = nanie.until_reply(row, "DATA")["data"]["groupId"]
        done = run("forget", group, "--yes", "--json", "--state", str(state))
        assert done.returncode == 0, done.stderr
        row = nanie.send("one", "GET_STATUS")
        while (line := nanie.next()).get("in_reply_to") != row:
            pass
        assert line["reply"]["code"] == "GROUP_SELECTION_REQUIRED"
        assert nanie.end() == 0
    assert run("forget", standalone, "--yes", "--state", str(state)).returncode == 0
    left = [path for path in state.rglob("*") if path.is_file()]
    assert not any(b"secret" in path.read_bytes() for path in left)
    assert orjson.loads((state / "mappings.json").read_bytes()) == {}
    listed = orjson.loads(run("audit", "--json", "--state", str(state)).stdout)
    assert [entry["action"] for entry in listed] == ["link", "link", "unlink", "forget", "unlink", "forget"]


def test_a_state_directory_of_a_newer_version_stops_the_worker_and_stays_as_it_is(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with worker(state) as nanie:
        nanie.until_reply(nanie.send("one", "START_STANDALONE"), "STATUS")
        assert nanie.end() == 0
    (state / "format.json").write_bytes(b'{"format":2,"version":"9.0.0"}')
    before = {path: path.read_bytes() for path in state.rglob("*") if path.is_file() and path.name != "lock"}
    refused = run("run", "--router", "stdio", "--state", str(state))
    assert refused.returncode == 1
    assert b"'9.0.0'" in refused.stderr
    assert b"Traceback" not in refused.stderr
    after = {path: path.read_bytes() for path in state.rglob("*") if path.is_file() and path.name != "lock"}
    assert after == before
