"""`nanie export`: a timeline for other programs, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import stat
from datetime import UTC
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.cli.app import main
from nanie_actors.cli.spreadsheet import COLUMNS, timeline_csv

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
    head, first, second = cells(export(GROUP, "--format", "csv").stdout.removeprefix("\ufeff"))
    assert tuple(head) == COLUMNS
    assert first == ["2025-01-01 09:00:00+02:00", "feeding", "Bottle", "בקבוק 120", "Dana", "", "e1"]
    assert second[3] == '{"x": 1}'


@pytest.mark.usefixtures("timeline")
def test_csv_begins_with_the_mark_by_which_spreadsheets_know_utf_8() -> None:
    assert export(GROUP, "--format", "csv").stdout_bytes.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "\u00a0@", "＝", "\n="])
def test_no_cell_is_a_formula(start: str) -> None:
    """A message of a family member must not run in the spreadsheet of another."""
    text = f"{start}HYPERLINK()"
    event = {"type": text, "label": text, "details": text, "id": text, "source": {"sender": text}}
    row = cells(timeline_csv([event], UTC))[1]
    assert [cell for cell in row if cell] == [f"'{text}"] * 5


@given(st.text())
def test_a_cell_that_is_no_formula_comes_back_as_it_was(text: str) -> None:
    cell = cells(timeline_csv([{"details": text}], UTC))[1][3]
    assert cell in (text, f"'{text}")


@pytest.mark.parametrize("at", [10**30, -(10**20), "yesterday", 1.5])
def test_a_time_that_no_calendar_has_is_written_as_it_is(at: Any) -> None:
    shown = cells(timeline_csv([{"timestamp": at}], ZoneInfo("Asia/Tokyo")))[1][0]
    assert shown.lstrip("'") == str(at)


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
