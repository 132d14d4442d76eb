"""`nanie timeline GROUP --history`: what the timeline said before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from control_sockets import GROUP

from nanie_actors.cli.app import main
from nanie_actors.cli.history import past_of

AT = 1_768_291_200_000
PAST = {"label": "Bottle", "details": "120", "type": "feeding", "timestamp": AT, "until": AT + 60_000}
EDITED = {
    "id": "e1",
    "timestamp": AT,
    "type": "feeding",
    "label": "Bottle 150 ml",
    "details": "150",
    "history": [PAST],
}
GONE = {"id": "e2", "timestamp": AT, "type": "bath", "label": "Bath", "details": "bath"}
LOG: list[dict[str, Any]] = [
    {"id": "M2", "sender": "a", "senderName": "A", "at": AT, "kind": "text", "text": '"removed" is a word'},
    {"id": "M2", "sender": "a", "senderName": "A", "editedAt": AT + 90_000, "text": "x", "removed": [GONE]},
    {"id": "M1", "sender": "a", "deletedAt": AT + 120_000, "removed": [EDITED]},
]


@pytest.fixture
def stored(home: Path) -> Path:
    """A group with an event that was edited, one that an edit took away, and a log with a torn end."""
    folder = home / "nanie" / "memory" / GROUP
    folder.mkdir(parents=True)
    (folder / "timeline.json").write_text(json.dumps([EDITED]), "utf-8")
    log = "".join(json.dumps(line) + "\n" for line in LOG[:2]) + '{"removed'
    (folder / "messages.jsonl").write_text(log, "utf-8")
    return folder


def nanie(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"NANIE_TIME__ZONE": "UTC"})


@pytest.mark.usefixtures("stored")
def test_what_was_said_before_is_shown_with_what_became_of_it() -> None:
    result = nanie("timeline", GROUP, "--history")
    assert result.exit_code == 0, result.stderr
    _, edited, removed = (line.split() for line in result.stdout.splitlines())
    assert edited == ["2026-01-13", "08:01", "edited", "2026-01-13", "08:00", "feeding", "Bottle"]
    assert removed == ["2026-01-13", "08:01", "removed", "2026-01-13", "08:00", "bath", "Bath"]


@pytest.mark.usefixtures("stored")
def test_as_json_it_is_a_list() -> None:
    past = json.loads(nanie("timeline", GROUP, "--history", "--json").stdout)
    assert past == [{"id": "e1", **PAST, "how": "edited"}, {**GONE, "until": AT + 90_000, "how": "removed"}]
    assert json.loads(nanie("timeline", GROUP, "--history", "--limit", "1", "--json").stdout) == past[1:]


def test_without_a_message_log_there_is_the_history_of_events(stored: Path) -> None:
    (stored / "messages.jsonl").unlink()
    assert len(json.loads(nanie("timeline", GROUP, "--history", "--json").stdout)) == 1


def test_a_deleted_event_is_told_with_its_own_past_and_each_line_once() -> None:
    past = past_of([], [*LOG[1:], *LOG[1:]])
    assert [(told["id"], told["how"], told["label"]) for told in past] == [
        ("e1", "edited", "Bottle"),
        ("e2", "removed", "Bath"),
        ("e1", "deleted", "Bottle 150 ml"),
    ]


def test_what_another_program_calls_history_is_none_of_ours() -> None:
    assert past_of([{"id": "a", "history": "long"}, {"id": "b", "history": [1, {"until": "now"}]}], []) == []
