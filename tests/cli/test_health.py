"""`nanie health` and `nanie metrics` against a control socket."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from control_sockets import fake_worker

from nanie_actors.cli.app import main


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("nanie")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_a_worker_that_lives_gives_status_0(state: Path) -> None:
    with fake_worker(state / "run" / "nanie.sock"):
        told = call("health")
    assert (told.exit_code, told.stdout) == (0, "disk: ok\n")


def test_one_that_is_not_ready_gives_status_1_and_says_why(state: Path) -> None:
    with fake_worker(state / "run" / "nanie.sock"):
        told = call("health", "--ready", "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout) == {"ok": False, "checks": {"disk": "the disk refuses writes"}}


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize("command", ["health", "metrics"])
def test_without_a_worker_the_status_is_1_and_one_line_says_what_to_do(command: str) -> None:
    told = call(command)
    assert told.exit_code == 1
    assert told.stderr.startswith("nanie: ")
    assert "nanie run" in told.stderr
    assert told.stdout == ""


def test_metrics_are_written_as_they_are(state: Path) -> None:
    with fake_worker(state / "run" / "nanie.sock"):
        told = call("metrics")
    assert (told.exit_code, told.stdout) == (0, "nanie_info 1.0\n")
