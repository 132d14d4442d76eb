"""`nanie audit`: what was written down, as a table and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nanie_actors.cli.app import main

GROUP = "120363000000000001@g.us"
ENTRIES = [
    {"at": 1_768_291_200_000, "action": "code", "outcome": "done", "conversation": "one", "group": GROUP},
    {
        "at": 1_768_291_260_000,
        "action": "confirm",
        "outcome": "refused",
        "conversation": "one",
        "sender": "dana",
        "group": GROUP,
        "why": "CODE_WRONG",
        "omitted": 7,
    },
    {"at": 1_768_291_320_000, "action": "skip", "outcome": "done", "group": "120363000000000002@g.us"},
]


@pytest.fixture
def stored(home: Path) -> Path:
    """The first entry is in a file that is full, the last line is just being written."""
    path = home / "nanie" / "audit.jsonl"
    path.parent.mkdir()
    lines = [json.dumps(entry) + "\n" for entry in ENTRIES]
    (path.parent / "audit-001768291200000.jsonl").write_text(lines[0], "utf-8")
    path.write_text("".join(lines[1:]) + '{"at": 17', "utf-8")
    return path


def nanie(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("audit", *arguments), env={"NANIE_TIME__ZONE": "Asia/Jerusalem"})


@pytest.mark.usefixtures("stored")
def test_the_entries_are_a_table_oldest_first() -> None:
    result = nanie()
    assert result.exit_code == 0
    heading, *rows = result.stdout.splitlines()
    assert heading.split() == ["when", "what", "outcome", "conversation", "sender", "group", "why"]
    assert [row.split()[2] for row in rows] == ["code", "confirm", "skip"]
    assert rows[1].split()[:8] == [
        "2026-01-13",
        "10:01:00",
        "confirm",
        "refused",
        "one",
        "dana",
        GROUP,
        "CODE_WRONG",
    ]
    assert "7 more refusals" in rows[1]


@pytest.mark.usefixtures("stored")
def test_as_json_they_are_as_they_were_written() -> None:
    assert json.loads(nanie("--json").stdout) == ENTRIES


@pytest.mark.usefixtures("stored")
def test_they_can_be_narrowed() -> None:
    assert json.loads(nanie("--json", "--limit", "2").stdout) == ENTRIES[1:]
    assert json.loads(nanie("--json", "--group", GROUP).stdout) == ENTRIES[:2]
    assert json.loads(nanie("--json", "--conversation", "two").stdout) == []


def test_where_nothing_was_written_down_there_is_nothing_to_show() -> None:
    assert json.loads(nanie("--json").stdout) == []
