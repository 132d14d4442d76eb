"""The program as a whole: its start, its errors, its exit statuses."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from nanie_actors.cli import app
from nanie_actors.errors import StateLocked

HEAVY = ("pydantic", "pydantic_settings", "pykka", "structlog", "rich", "orjson", "nanie_actors.settings")


def python(*args: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run this Python in a clean environment."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(cwd), **environment}
    return subprocess.run(
        [sys.executable, *args], cwd=cwd, env=clean, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Make the command `doctor` raise what is put into the list."""
    raises: list[BaseException] = []

    @click.command()
    def command() -> None:
        raise raises[0]

    monkeypatch.setattr(app.Program, "get_command", lambda *_: command)
    return raises


# Start ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["nonsense"]])
def test_the_program_starts_without_its_heavy_libraries(arguments: list[str], tmp_path: Path) -> None:
    """Help and shell completion must come at once: under 0.3 s, mostly Python and click themselves."""
    code = (
        "import sys\n"
        "from nanie_actors.cli.app import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit:\n"
        f"    print('loaded:', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    assert "loaded: []" in python("-c", code, cwd=tmp_path).stdout


def test_help_names_every_command_with_what_it_does() -> None:
    result = CliRunner().invoke(app.main, ["--help"])
    assert result.exit_code == 0
    for name, command in app.COMMANDS.items():
        assert name in result.stdout
        assert command.summary in result.stdout


@pytest.mark.parametrize("name", app.COMMANDS)
def test_every_command_has_help_and_the_common_options(name: str) -> None:
    """The contract: every command takes --config FILE and --state DIR."""
    result = CliRunner().invoke(app.main, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert f"Usage: nanie {name}" in result.stdout
    assert "--config" in result.stdout
    assert "--state" in result.stdout


def test_the_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(app.main, ["--version"]).stdout == f"nanie {metadata.version('nanie-actors')}\n"


def test_python_m_is_the_same_program(tmp_path: Path) -> None:
    result = python("-m", "nanie_actors", "--help", cwd=tmp_path)
    assert result.returncode == 0
    assert result.stdout.startswith("Usage: nanie ")


# Errors -----------------------------------------------------------------------------------------------------


def test_without_a_command_the_help_goes_to_standard_error_with_status_2() -> None:
    result = CliRunner().invoke(app.main, [])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Commands:" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense"], "nanie: No such command 'nonsense'. Try: nanie --help\n"),
        (["--nonsense"], "nanie: No such option '--nonsense'. Try: nanie --help\n"),
        (["doctor", "--nonsense"], "nanie: No such option '--nonsense'. Try: nanie doctor --help\n"),
        (["export"], "nanie: Missing argument 'GROUP'. Try: nanie export --help\n"),
    ],
)
def test_wrong_usage_is_one_line_with_status_2(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(app.main, arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", told)


def test_an_error_of_ours_is_one_line_with_status_1(failing: list[BaseException]) -> None:
    failing.append(StateLocked("another worker is using nanie."))
    result = CliRunner().invoke(app.main, ["doctor"])
    assert (result.exit_code, result.stderr) == (1, "nanie: another worker is using nanie.\n")


def test_several_problems_are_one_line_each() -> None:
    result = CliRunner(env={"NANIE_A": "1", "NANIE_B": "1"}).invoke(app.main, ["export", "1@g.us"])
    assert result.exit_code == 1
    assert [line.split(" is no ")[0] for line in result.stderr.splitlines()] == [
        "nanie: NANIE_A",
        "nanie: NANIE_B",
    ]


def test_an_error_of_the_system_is_one_line_that_names_the_file(failing: list[BaseException]) -> None:
    failing.append(PermissionError(13, "Permission denied", "/somewhere/file"))
    result = CliRunner().invoke(app.main, ["doctor"])
    assert (result.exit_code, result.stderr) == (1, "nanie: /somewhere/file: Permission denied.\n")


def test_an_error_nobody_thought_of_is_one_line_too(failing: list[BaseException]) -> None:
    failing.append(KeyError("x"))
    result = CliRunner().invoke(app.main, ["doctor"])
    assert result.exit_code == 1
    assert result.stderr.startswith("nanie: an error of this program: KeyError: 'x'")
    assert result.stderr.count("\n") == 1


def test_with_debug_the_traceback_is_shown(failing: list[BaseException]) -> None:
    failing.append(KeyError("x"))
    result = CliRunner().invoke(app.main, ["--debug", "doctor"])
    assert isinstance(result.exception, KeyError)


def test_control_c_ends_with_130_and_no_traceback(failing: list[BaseException]) -> None:
    failing.append(KeyboardInterrupt())
    result = CliRunner().invoke(app.main, ["doctor"])
    assert result.exit_code == 130
    assert "Traceback" not in result.output


def test_a_command_s_return_value_is_the_exit_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.Program, "get_command", lambda *_: click.Command("x", callback=lambda: 3))
    assert CliRunner().invoke(app.main, ["x"]).exit_code == 3


def test_exit_statuses_reach_the_shell(tmp_path: Path) -> None:
    assert python("-m", "nanie_actors", "--nonsense", cwd=tmp_path).returncode == 2
    unset = python("-m", "nanie_actors", "doctor", cwd=tmp_path, NANIE_WORKER__THREAD="1")
    assert unset.returncode == 1
    assert "Traceback" not in unset.stderr
