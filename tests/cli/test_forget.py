"""`nanie forget`: with a worker, without one, and what it says remains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from control_sockets import GROUP, FakeWorker, fake_worker

from nanie_actors.cli.app import main
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.state_lock import StateLock


@pytest.fixture
def worker() -> Iterator[FakeWorker]:
    with fake_worker(Path("nanie/run/nanie.sock")) as made:
        yield made


@pytest.fixture
def stored(home: Path) -> StateLayout:
    """A timeline, and a mapping of one conversation to it."""
    layout = StateLayout(home / "nanie")
    layout.timeline(GROUP).parent.mkdir(parents=True)
    layout.timeline(GROUP).write_text('[{"id": "e1"}]', "utf-8")
    layout.mappings.write_text(
        json.dumps({"one": {"groupId": GROUP, "groupName": "Family", "mappedAt": 1}}), "utf-8"
    )
    return layout


def nanie(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(main, ("forget", *arguments), input=answer)


def test_a_running_worker_does_it(worker: FakeWorker) -> None:
    result = nanie(GROUP, "--yes")
    assert result.exit_code == 0
    assert worker.control.forgotten == [GROUP]
    assert "is erased" in result.stdout


def test_a_group_may_be_named_by_its_name(worker: FakeWorker) -> None:
    assert nanie("Family", "--yes").exit_code == 0
    assert worker.control.forgotten == [GROUP]


def test_nothing_is_erased_before_somebody_says_yes(worker: FakeWorker) -> None:
    assert nanie(GROUP, answer="n\n").exit_code != 0
    assert worker.control.forgotten == []
    assert nanie(GROUP, answer="y\n").exit_code == 0
    assert worker.control.forgotten == [GROUP]


def test_what_the_worker_could_not_do_is_said(worker: FakeWorker) -> None:
    worker.control.failing = {GROUP: "The disk is full."}
    result = nanie(GROUP, "--yes")
    assert result.exit_code == 1
    assert "The disk is full." in result.stderr


def test_without_a_worker_it_is_done_here(stored: StateLayout) -> None:
    result = nanie(GROUP, "--yes", "--json")
    assert result.exit_code == 0, result.output
    assert not stored.memory(GROUP).exists()
    assert json.loads(stored.mappings.read_bytes()) == {}
    told = json.loads(result.stdout)
    assert told["groupId"] == GROUP
    assert [line.partition(":")[0] for line in told["remains"]][:1] == ["audit.jsonl"]
    assert any("recorded again" in line for line in told["remains"])
    entries = [json.loads(line) for line in stored.audit.read_text("utf-8").splitlines()]
    assert [(entry["action"], entry.get("conversation")) for entry in entries] == [
        ("unlink", "one"),
        ("forget", None),
    ]


def test_files_that_still_name_it_are_told_with_how_long_they_do(stored: StateLayout) -> None:
    stored.ingress_journal.mkdir(parents=True)
    (stored.ingress_journal / "1.jsonl").write_text(GROUP, "utf-8")
    (stored.root / "notes.txt").write_text(GROUP, "utf-8")
    lines = nanie(GROUP, "--yes").stdout.splitlines()
    assert any(line.startswith("  whatsapp/journal/1.jsonl: kept by the WhatsApp side") for line in lines)
    assert any(line.startswith("  notes.txt: not written by this version") for line in lines)


def test_a_worker_that_holds_the_directory_without_answering_is_not_gone_behind(
    stored: StateLayout,
) -> None:
    with StateLock(stored.root):
        result = nanie(GROUP, "--yes")
    assert result.exit_code == 1
    assert "another worker" in result.stderr
    assert stored.memory(GROUP).exists()


def test_a_directory_that_is_none_is_not_made(home: Path) -> None:
    result = nanie(GROUP, "--yes")
    assert result.exit_code == 1
    assert "no state directory" in result.stderr
    assert list(home.iterdir()) == []


def test_with_json_nobody_is_asked() -> None:
    result = nanie(GROUP, "--json")
    assert result.exit_code == 1
    assert "--yes" in result.stderr


def test_a_directory_of_a_newer_version_is_left_alone(stored: StateLayout) -> None:
    stored.format.write_text('{"format": 2, "version": "9.0.0"}')
    result = nanie(GROUP, "--yes")
    assert result.exit_code == 1
    assert "'9.0.0'" in result.stderr
    assert stored.timeline(GROUP).exists()
