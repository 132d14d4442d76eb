"""`nanie backup` and `nanie restore` as they are typed: what they say, to people and to programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from archives import FILES, state_at
from click.testing import CliRunner, Result
from control_sockets import FakeWorker, fake_worker

from nanie_actors import __version__
from nanie_actors.cli import backup, copy_progress
from nanie_actors.cli.app import main

ARCHIVE = "nanie-backup.tar.gz"


@pytest.fixture
def stored(home: Path) -> Path:
    return state_at(home / "nanie").root


@pytest.fixture
def worker(stored: Path) -> Iterator[FakeWorker]:
    with fake_worker(stored.relative_to(Path.cwd()) / "run" / "nanie.sock") as made:
        yield made


def nanie(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.usefixtures("stored")
def test_a_backup_says_what_is_in_it_and_a_restore_what_it_laid_down() -> None:
    made = nanie("backup", ARCHIVE, "--json")
    assert made.exit_code == 0
    facts = json.loads(made.stdout)
    assert facts["made"] > 0
    assert {key: facts[key] for key in facts if key != "made"} == {
        "file": ARCHIVE,
        "version": __version__,
        "session": True,
        "files": 3,
        "bytes": 11,
        "damaged": [],
    }
    laid_down = nanie("restore", ARCHIVE, "--state", "other", "--json")
    assert laid_down.exit_code == 0
    told = json.loads(laid_down.stdout)
    assert told == {
        "state": "other",
        "version": __version__,
        "made": facts["made"],
        "session": True,
        "files": 3,
        "bytes": 11,
        "aside": None,
    }
    assert all((Path("other") / path).read_bytes() == content for path, content in FILES.items())


@pytest.mark.usefixtures("stored")
def test_people_are_told_what_the_file_holds_and_what_to_do_next() -> None:
    made = nanie("backup", ARCHIVE, "--without-session")
    assert "without the WhatsApp session" in made.stdout
    assert "keep it like the phone" in made.stdout
    assert "with the keys of the WhatsApp account" in nanie("backup", "other.tar.gz").stdout
    laid_down = nanie("restore", ARCHIVE, "--force")
    assert "nanie.before-restore-1" in laid_down.stdout
    assert "nanie pair" in laid_down.stdout


def test_a_running_worker_helps(worker: FakeWorker) -> None:
    assert nanie("backup", ARCHIVE).exit_code == 0
    (hold,) = worker.control.holds
    assert hold.ends == 1


@pytest.mark.usefixtures("stored")
def test_a_damaged_group_is_named(stored: Path) -> None:
    group = "120363000000000001@g.us"
    (stored / "memory" / group / "group.json").write_text("garbage")
    made = nanie("backup", ARCHIVE)
    assert made.exit_code == 0
    assert f"group {group} is damaged" in made.stderr


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    "arguments", [("backup", "missing/x.tar.gz"), ("restore", "missing.tar.gz", "--force")]
)
def test_what_fails_says_so_in_one_line(arguments: tuple[str, ...]) -> None:
    result = nanie(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("nanie: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.usefixtures("stored")
def test_an_archive_is_not_written_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(click.UsageError, match="nothing for a terminal"):
        backup._output()


def test_who_looks_on_a_terminal_sees_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(copy_progress, "EVERY_S", 0.0)
    with copy_progress.copy_progress("copied") as tell:
        tell(3, 2_000_000)
    assert "3 files, 2 MB copied" in capsys.readouterr().err
