"""`nanie import`: an older program's timeline, taken over without harm to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nanie_actors.cli.app import main
from nanie_actors.storage.state_lock import StateLock

GROUP = "120363000000000001@g.us"


def event(number: int) -> dict[str, Any]:
    at = 1735714800000 + number
    return {"id": f"e{number}", "timestamp": at, "type": "feeding", "label": "Bottle", "details": "120 ml"}


@pytest.fixture
def cache(home: Path) -> Path:
    """The one-group cache of the predecessor; its key must not be taken over."""
    path = home / "ella_cache.json"
    content = {
        "groupId": GROUP,
        "events": [event(1), event(2), {"type": "no event"}],
        "lastMessageTimestamp": 1735714800,
        "processedMsgIds": ["m1"],
        "apiKey": "not-to-be-kept",
    }
    path.write_text(json.dumps(content), "utf-8")
    return path


def import_(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["import", *arguments])


def test_events_are_added_and_what_is_none_is_told(cache: Path, home: Path) -> None:
    result = import_(str(cache))
    assert result.exit_code == 0
    assert f"{GROUP}: 2 events added, 0 were there already." in result.stdout
    assert result.stderr.startswith("nanie: entry 3 was left out: ")
    timeline = home / "nanie" / "memory" / GROUP / "timeline.json"
    assert [item["id"] for item in json.loads(timeline.read_bytes())] == ["e1", "e2"]


def test_the_old_file_stays_and_its_key_goes_nowhere(cache: Path, home: Path) -> None:
    before = cache.read_bytes()
    import_(str(cache))
    assert cache.read_bytes() == before
    written = [path for path in (home / "nanie").rglob("*") if path.is_file()]
    assert written
    assert not any(b"not-to-be-kept" in path.read_bytes() for path in written)


def test_importing_once_more_adds_nothing(cache: Path) -> None:
    import_(str(cache))
    told = json.loads(import_(str(cache), "--json").stdout)
    assert (told["groupId"], told["added"], told["already"]) == (GROUP, 0, 2)
    assert told["skipped"][0]["index"] == 2


def test_while_a_worker_runs_nothing_is_imported(cache: Path, home: Path) -> None:
    with StateLock(home / "nanie"):
        result = import_(str(cache))
    assert result.exit_code == 1
    assert result.stderr == "nanie: a worker is using nanie: stop it, import, and start it again.\n"
    assert not (home / "nanie" / "memory").exists()


@pytest.mark.parametrize("content", ["{", "3", "[]"])
def test_a_file_that_cannot_be_taken_over_is_named(content: str, home: Path) -> None:
    (home / "old.json").write_text(content)
    result = import_("old.json")
    assert result.exit_code == 1
    assert result.stderr.startswith("nanie: old.json cannot be imported: ")
    assert not (home / "nanie").exists()


def test_many_entries_left_out_are_counted_not_listed(home: Path) -> None:
    path = home / f"{GROUP}.json"
    path.write_text(json.dumps([{}] * 25))
    lines = import_(path.name).stderr.splitlines()
    assert len(lines) == 11
    assert lines[-1] == "nanie: 15 more were left out."


def test_a_directory_of_a_newer_version_is_left_alone(home: Path) -> None:
    (home / "nanie").mkdir()
    (home / "nanie" / "format.json").write_text('{"format": 2, "version": "9.0.0"}')
    legacy = home / "old.json"
    legacy.write_text('{"groupId": "120363000000000001@g.us", "events": []}')
    result = CliRunner().invoke(main, ["import", str(legacy)])
    assert result.exit_code == 1
    assert "'9.0.0'" in result.stderr
    assert not (home / "nanie" / "memory").exists()
