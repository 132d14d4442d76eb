"""`nanie export`: a timeline for other programs and for people."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from icalendar import Calendar

from nanie_actors.cli.app import main

GROUP = "120363000000000001@g.us"
EVENTS: list[dict[str, Any]] = [
    {
        "id": "e1",
        "timestamp": 1735714800000,
        "type": "feeding",
        "label": "Bottle",
        "details": "בקבוק 120",
        "source": {"messageId": "m1", "sender": "Dana", "kind": "text"},
    },
    {
        "id": "e2",
        "timestamp": 1735718400000,
        "type": "other",
        "label": "",
        "details": {"x": 1},
        "later": True,
    },
]


@pytest.fixture
def timeline(home: Path) -> Path:
    folder = home / "nanie" / "memory" / GROUP
    folder.mkdir(parents=True)
    path = folder / "timeline.json"
    path.write_text(json.dumps(EVENTS), "utf-8")
    return path


def export(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["export", *arguments])


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.usefixtures("timeline")
def test_json_is_the_array_of_events_with_all_their_keys() -> None:
    result = export(GROUP)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == EVENTS


@pytest.mark.usefixtures("timeline")
def test_json_lines_are_one_event_each() -> None:
    lines = export(GROUP, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == EVENTS


@pytest.mark.usefixtures("timeline")
def test_csv_shows_the_household_s_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANIE_TIME__ZONE", "Asia/Jerusalem")
    _, first, second = cells(export(GROUP, "--format", "csv").stdout.removeprefix("\ufeff"))
    assert first == ["2025-01-01 09:00:00+02:00", "feeding", "Bottle", "בקבוק 120", "Dana", "", "e1"]
    assert second[3] == '{"x": 1}'


@pytest.mark.usefixtures("timeline")
def test_csv_begins_with_the_mark_by_which_spreadsheets_know_utf_8() -> None:
    assert export(GROUP, "--format", "csv").stdout_bytes.startswith(b"\xef\xbb\xbf")


@pytest.mark.usefixtures("timeline")
def test_ics_is_a_calendar() -> None:
    calendar = Calendar.from_ical(export(GROUP, "--format", "ics").stdout_bytes)
    assert [str(entry["SUMMARY"]) for entry in calendar.walk("VEVENT")] == ["Bottle", "other"]


def test_events_that_no_calendar_can_hold_are_told(timeline: Path) -> None:
    timeline.write_text(json.dumps([{**EVENTS[0], "timestamp": 10**17}, EVENTS[1]]), "utf-8")
    result = export(GROUP, "--format", "ics")
    assert result.exit_code == 0
    assert result.stderr == "nanie: left out: 1 events whose time no calendar has\n"


@pytest.mark.usefixtures("timeline")
def test_html_is_one_file_with_the_picture_and_the_name_of_the_group(home: Path) -> None:
    mappings = {"anna": {"groupId": GROUP, "groupName": "Mia & co", "mappedAt": 1}}
    (home / "nanie" / "mappings.json").write_text(json.dumps(mappings), "utf-8")
    page = export("Mia & co", "--format", "html").stdout
    assert "<title>Mia &amp; co</title>" in page
    assert 'modules["picture.js"]' in page
    assert "src=" not in page
    assert "<link" not in page


@pytest.mark.usefixtures("timeline")
def test_html_of_a_group_that_nobody_named_goes_by_its_id() -> None:
    page = export(GROUP, "--format", "html", "--language", "he").stdout
    assert f"<title>{GROUP}</title>" in page
    assert 'lang="he"' in page


@pytest.mark.usefixtures("timeline")
def test_only_the_days_asked_for_are_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    """09:00 and 10:00 in Jerusalem are 23:00 and 00:00 on two days in Tahiti's zone."""
    monkeypatch.setenv("NANIE_TIME__ZONE", "Etc/GMT+8")
    assert json.loads(export(GROUP, "--to", "2024-12-31").stdout) == EVENTS[:1]
    assert json.loads(export(GROUP, "--from", "2025-01-01", "--to", "2025-01-01").stdout) == EVENTS[1:]


@pytest.mark.parametrize(
    "days", [("--from", "yesterday"), ("--from", "2025-01-02", "--to", "2025-01-01"), ("--format", "pdf")]
)
def test_wrong_usage_is_told_as_such(days: tuple[str, ...]) -> None:
    assert export(GROUP, *days).exit_code == 2


@pytest.mark.usefixtures("timeline")
def test_a_file_is_written_whole_and_only_for_its_owner(home: Path) -> None:
    output = home / "out.json"
    output.write_text("old")
    result = export(GROUP, "--output", str(output))
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(output.read_text("utf-8")) == EVENTS
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert sorted(path.name for path in home.iterdir()) == ["nanie", "out.json"]


@pytest.mark.usefixtures("timeline")
def test_an_output_that_cannot_be_written_leaves_nothing_behind(home: Path) -> None:
    (home / "taken").mkdir()
    result = export(GROUP, "--output", "taken")
    assert result.exit_code == 1
    assert result.stderr.startswith("nanie: ")
    assert sorted(path.name for path in home.iterdir()) == ["nanie", "taken"]


def test_a_group_without_a_timeline_is_told_with_where_to_look() -> None:
    result = export(GROUP)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"nanie: nanie holds no timeline of {GROUP}: nanie groups lists the groups.\n"


@pytest.mark.parametrize("name", ["../../etc", "family", "", "1@g.us/../x"])
def test_what_is_no_group_id_never_becomes_a_path(name: str) -> None:
    """It may be a group's name, which only a running worker knows."""
    result = export(name)
    assert result.exit_code == 1
    assert result.stderr.startswith("nanie: no worker answers at nanie/run/nanie.sock")


@pytest.mark.parametrize("content", ["[{", "{}", "[1]"])
def test_a_damaged_timeline_is_told(timeline: Path, content: str) -> None:
    timeline.write_text(content)
    result = export(GROUP)
    assert result.exit_code == 1
    assert "is damaged" in result.stderr
    assert "nanie doctor" in result.stderr
