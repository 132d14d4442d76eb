"""A real worker under load is backed up, killed, and its backup started elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from processes import Nanie, run, worker

MESSAGES = 3_000
ADDED = 40
MEANWHILE = 1_000


def chat(folder: Path) -> Path:
    """An exported chat: a message a minute from 13 January 2026 on."""
    lines = [
        f"{13 + minute // 1440}/01/2026, {minute // 60 % 24:02}:{minute % 60:02} - Dana: m{minute:05}"
        for minute in range(MESSAGES)
    ]
    path = folder / "WhatsApp Chat with Family.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def backed_up(state: Path, archive: Path) -> dict[str, Any]:
    done = run("backup", str(archive), "--json", "--state", str(state))
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = orjson.loads(done.stdout)
    return facts


def restored(archive: Path, state: Path) -> None:
    done = run("restore", str(archive), "--state", str(state))
    assert done.returncode == 0, done.stderr


def link(nanie: Nanie) -> str:
    groups = nanie.until_reply(nanie.send("one", "LIST_GROUPS"), "DATA")["data"]["groups"]
    group = str(groups[0]["id"])
    nanie.until_reply(nanie.send("one", "SELECT_GROUP", groupId=group), "STATUS")
    return group


def labels(state: Path, group: str) -> list[str]:
    raw = (state / "memory" / group / "timeline.json").read_bytes()
    return [event["label"] for event in orjson.loads(raw)]


def test_what_was_acknowledged_before_a_backup_of_a_busy_worker_is_in_it_once(tmp_path: Path) -> None:
    state, archive, elsewhere = tmp_path / "state", tmp_path / "nanie.tar.gz", tmp_path / "elsewhere"
    source = f"replay:{chat(tmp_path)}"
    busy = {"NANIE_STORAGE__SEGMENT_BYTES": "65536", "NANIE_PUSH__INTERVAL_S": "0"}
    with worker(state, "--whatsapp", source, "--speed", "60000", **busy) as nanie:
        group = link(nanie)
        rows = [nanie.send("one", "ADD_EVENT", text=f"before {n:02}") for n in range(ADDED)]
        for row in rows:
            nanie.until_reply(row, "STATUS")
        for n in range(MEANWHILE):
            nanie.send("one", "ADD_EVENT", text=f"meanwhile {n:04}")
        facts = backed_up(state, archive)
        nanie.kill()
    assert facts["damaged"] == []
    assert archive.stat().st_mode & 0o777 == 0o600
    restored(archive, elsewhere)
    with worker(elsewhere, "--whatsapp", source) as nanie:
        nanie.until_reply(nanie.send("one", "GET_STATUS"), "DATA")
        listed = orjson.loads(run("groups", "--json", "--state", str(elsewhere)).stdout)
        assert [entry["quarantine"] for entry in listed] == [None]
        assert nanie.end() == 0
    found = labels(elsewhere, group)
    assert sorted(label for label in found if label[0] == "m" and label[1].isdigit()) == [
        f"m{n:05}" for n in range(MESSAGES)
    ]
    assert [label for label in sorted(found) if label.startswith("before")] == [
        f"before {n:02}" for n in range(ADDED)
    ]
    meanwhile = [label for label in found if label.startswith("meanwhile")]
    assert len(meanwhile) == len(set(meanwhile))


def test_without_a_worker_the_lock_is_taken_and_the_copy_is_the_same(tmp_path: Path) -> None:
    state, archive, elsewhere = tmp_path / "state", tmp_path / "nanie.tar.gz", tmp_path / "elsewhere"
    with worker(state) as nanie:
        nanie.until_reply(nanie.send("one", "START_STANDALONE"), "DATA")
        nanie.until_reply(nanie.send("one", "ADD_EVENT", text="bottle"), "STATUS")
        nanie.kill()
    backed_up(state, archive)
    restored(archive, elsewhere)
    with worker(elsewhere) as nanie:
        told = nanie.until_reply(nanie.send("one", "GET_STATUS"), "DATA")
        assert [event["label"] for event in told["data"]["events"]] == ["bottle"]
        nanie.end()


def test_a_directory_that_a_worker_uses_is_not_restored_over(tmp_path: Path) -> None:
    state, archive = tmp_path / "state", tmp_path / "nanie.tar.gz"
    with worker(state) as nanie:
        nanie.until_reply(nanie.send("one", "START_STANDALONE"), "DATA")
        backed_up(state, archive)
        refused = run("restore", str(archive), "--force", "--state", str(state))
        assert refused.returncode == 1
        assert b"nothing was restored: another worker" in refused.stderr
        nanie.until_reply(nanie.send("one", "GET_STATUS"), "DATA")
        assert nanie.end() == 0
    assert [path.name for path in tmp_path.glob("state.*")] == []


def test_an_archive_can_be_written_to_standard_output(tmp_path: Path) -> None:
    state, archive = tmp_path / "state", tmp_path / "nanie.tar.gz"
    with worker(state) as nanie:
        nanie.until_reply(nanie.send("one", "START_STANDALONE"), "DATA")
        done = run("backup", "-", "--state", str(state))
        assert nanie.end() == 0
    assert done.returncode == 0
    assert b"files" in done.stderr
    archive.write_bytes(done.stdout)
    restored(archive, tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "mappings.json").exists()
