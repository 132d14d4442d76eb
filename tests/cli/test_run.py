"""`nanie run`: what it accepts, and what it hands to the worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nanie_actors import logs, worker
from nanie_actors.cli.app import main
from nanie_actors.worker import WorkerOptions


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[WorkerOptions]:
    """Let the worker only note what it is started with, and end with status 7."""
    seen: list[WorkerOptions] = []

    def run_worker(options: WorkerOptions) -> int:
        seen.append(options)
        return 7

    monkeypatch.setattr(worker, "run_worker", run_worker)
    monkeypatch.setattr(logs, "configure_logging", lambda *_: None)
    return seen


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["run", *arguments])


def test_the_worker_s_status_is_the_program_s(started: list[WorkerOptions]) -> None:
    assert run().exit_code == 7
    assert started[0].whatsapp == ()
    assert started[0].routers == ()
    assert started[0].record is None


def test_sources_and_routers_may_be_several(started: list[WorkerOptions]) -> None:
    run("--whatsapp", "replay:a.txt", "--whatsapp", "replay:b:c.zip", "--router", "stdio")
    assert started[0].whatsapp == ("replay:a.txt", "replay:b:c.zip")
    assert started[0].routers == ("stdio",)


def test_none_stands_for_nothing(started: list[WorkerOptions]) -> None:
    run("--whatsapp", "none", "--router", "none")
    assert (started[0].whatsapp, started[0].routers) == ((), ())


def test_options_become_settings(started: list[WorkerOptions]) -> None:
    run("--date-order", "mdy", "--timezone", "Asia/Jerusalem", "--speed", "60", "--state", "elsewhere")
    settings = started[0].settings
    assert settings.replay.date_order == "mdy"
    assert settings.replay.speed == 60.0
    assert settings.time.zone == "Asia/Jerusalem"
    assert settings.state.dir == Path("elsewhere")


def test_a_recording_is_written_where_it_is_wanted(started: list[WorkerOptions]) -> None:
    run("--record", "day.jsonl")
    assert started[0].record == Path("day.jsonl")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--whatsapp", "replay:"],
        ["--whatsapp", "replay"],
        ["--whatsapp", "signal"],
        ["--whatsapp", "none:x"],
        ["--router", "replay:a.txt"],
        ["--router", "stdio", "--router", "stdio"],
        ["--whatsapp", "none", "--whatsapp", "replay:a.txt"],
        ["--date-order", "ymd"],
        ["--speed", "0"],
        ["--speed", "fast"],
    ],
)
def test_what_makes_no_sense_is_wrong_usage(arguments: list[str], started: list[WorkerOptions]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("nanie: ")
    assert result.stderr.count("\n") == 1
    assert started == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--timezone", "Mars/Base"],
            "nanie: command line: [time] zone = 'Mars/Base': is no time zone: use a name like Europe/Berlin",
        ),
        (
            ["--config", "gone.toml"],
            "nanie: gone.toml: cannot be read (No such file or directory): name a readable file with",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line_with_status_1(
    arguments: list[str], told: str, started: list[WorkerOptions]
) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(told)
    assert result.stderr.count("\n") == 1
    assert started == []
