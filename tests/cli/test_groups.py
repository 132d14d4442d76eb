"""Commands about groups, with a worker and without one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from control_sockets import GROUP, QUARANTINED, FakeWorker, fake_worker

from nanie_actors.cli.app import main

DAY = 86_400_000
EVENTS: list[dict[str, Any]] = [
    {"id": "e1", "timestamp": 1_768_291_200_000, "type": "feeding", "label": "Bottle 120 ml"},
    {"id": "e2", "timestamp": 1_768_294_800_000, "type": "diaper", "label": "החלפת חיתול"},
    {"id": "e3", "timestamp": 1_768_291_200_000 + DAY, "type": "other", "label": "long " * 60 + "end"},
]


@pytest.fixture
def worker() -> Iterator[FakeWorker]:
    with fake_worker(Path("nanie/run/nanie.sock")) as made:
        yield made


@pytest.fixture
def stored(home: Path) -> Path:
    path = home / "nanie" / "memory" / GROUP / "timeline.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(EVENTS), "utf-8")
    return path


def nanie(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"NANIE_TIME__ZONE": "Asia/Jerusalem"})


# ── groups ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("worker")
def test_groups_are_listed_with_what_became_of_them() -> None:
    result = nanie("groups")
    assert result.exit_code == 0
    _, family, home = result.stdout.splitlines()
    assert family.split() == [GROUP, "Family", "3", "2026-01-13", "10:00", "1", "active"]
    assert home.split() == [QUARANTINED, "\u2068בית\u2069", "2", "0", "quarantined", "ValueError"]


@pytest.mark.usefixtures("worker")
def test_groups_as_json_have_the_fields_of_the_control_socket() -> None:
    listed = json.loads(nanie("groups", "--json").stdout)
    assert [entry["group"] for entry in listed] == [GROUP, QUARANTINED]
    assert listed[0]["participants"] == 3


def test_groups_need_a_worker() -> None:
    result = nanie("groups")
    assert result.exit_code == 1
    assert result.stderr.startswith("nanie: no worker answers")


# ── timeline ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("stored")
def test_a_timeline_is_read_by_day_in_the_household_s_time() -> None:
    result = nanie("timeline", GROUP)
    assert (result.exit_code, result.stderr) == (0, "")
    _, first, second, third = result.stdout.splitlines()
    assert first.split()[:4] == ["Tue", "2026-01-13", "10:00", "feeding"]
    assert second.split() == ["11:00", "diaper", "\u2068החלפת", "חיתול\u2069"]
    assert third.split()[:3] == ["Wed", "2026-01-14", "10:00"]
    assert third.endswith("long end")


@pytest.mark.usefixtures("stored")
def test_only_the_newest_events_are_shown_with_a_limit() -> None:
    assert json.loads(nanie("timeline", GROUP, "--limit", "2", "--json").stdout) == EVENTS[1:]
    assert json.loads(nanie("timeline", GROUP, "--limit", "9", "--json").stdout) == EVENTS
    assert nanie("timeline", GROUP, "--limit", "0").exit_code == 2


@pytest.mark.usefixtures("stored")
def test_a_running_worker_writes_the_newest_state_first(worker: FakeWorker) -> None:
    result = nanie("timeline", "Family", "--json")
    assert json.loads(result.stdout) == EVENTS
    assert worker.control.snapshots == [GROUP]


@pytest.mark.usefixtures("stored")
def test_an_older_state_is_shown_with_a_warning(worker: FakeWorker) -> None:
    worker.control.failing = {GROUP: "disk full"}
    result = nanie("timeline", GROUP, "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, EVENTS)
    assert result.stderr == "nanie: the running worker did not write the newest state: disk full\n"


def test_events_of_another_program_are_shown_as_well_as_can_be(stored: Path) -> None:
    stored.write_text(json.dumps([{"timestamp": 10**17, "label": 5}, {"timestamp": "soon"}, {}]))
    result = nanie("timeline", GROUP)
    assert result.exit_code == 0
    assert str(10**17) in result.stdout
    assert "soon" in result.stdout


# ── names ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_name_must_be_that_of_one_group(worker: FakeWorker) -> None:
    worker.control.listed = [replace(entry, name="Family") for entry in worker.control.listed]
    for name, problem in (("Family", "2 groups are called 'Family'"), ("family", "no group is called")):
        result = nanie("timeline", name)
        assert result.exit_code == 1
        assert problem in result.stderr


@pytest.mark.usefixtures("stored")
def test_without_a_worker_the_names_of_linked_groups_are_known(home: Path) -> None:
    mappings = {
        "anna": {"groupId": GROUP, "groupName": "Family", "mappedAt": 1},
        "ben": {"groupId": GROUP, "groupName": "Family", "mappedAt": 2},
        "cleo": {"groupId": QUARANTINED, "groupName": "Others", "mappedAt": 3},
    }
    (home / "nanie" / "mappings.json").write_text(json.dumps(mappings))
    assert json.loads(nanie("timeline", "Family", "--json").stdout) == EVENTS


@pytest.mark.parametrize("content", ["[", "[]", '{"anna": 5}', '{"anna": {}}'])
def test_damaged_mappings_tell_no_names(home: Path, content: str) -> None:
    (home / "nanie").mkdir()
    (home / "nanie" / "mappings.json").write_text(content)
    result = nanie("timeline", "Family")
    assert result.exit_code == 1
    assert result.stderr.startswith("nanie: no worker answers")


# ── what the worker is asked to do ──────────────────────────────────────────────────────────────────────


def test_a_snapshot_says_what_was_written(worker: FakeWorker) -> None:
    assert nanie("snapshot").stdout == "1 written, 0 failed\n"
    assert json.loads(nanie("snapshot", "Family", "--json").stdout) == {"written": [GROUP], "failed": {}}
    assert worker.control.snapshots == [None, GROUP]


def test_a_snapshot_that_fails_says_where_and_why(worker: FakeWorker) -> None:
    worker.control.failing = {GROUP: "disk full"}
    result = nanie("snapshot")
    assert result.exit_code == 1
    assert result.stdout == "0 written, 1 failed\n"
    assert f"{GROUP}: disk full" in result.stderr


@pytest.mark.parametrize("decision", ["retry", "skip"])
def test_a_quarantined_group_is_decided_about(worker: FakeWorker, decision: str) -> None:
    done, refused = nanie(decision, "בית"), nanie(decision, GROUP)
    assert (done.exit_code, done.stdout) == (0, f"{QUARANTINED} is started again\n")
    assert refused.exit_code == 1
    assert "not quarantined" in refused.stderr
    assert worker.control.decided == [(decision, QUARANTINED), (decision, GROUP)]
