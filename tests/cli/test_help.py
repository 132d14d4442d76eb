"""What `--help` says: every command shows how it is used, and what it shows can be typed."""

from __future__ import annotations

import shlex
from contextlib import suppress

import click
import pytest
from click.testing import CliRunner

from nanie_actors.cli import app

SHELL_SIGNS = {">", "<", "|", "&"}
"""From these on a line is the shell's: what it does with the output."""

COMMANDS = ["nanie", *app.COMMANDS]


def help_of(name: str) -> str:
    arguments = [] if name == "nanie" else [name]
    result = CliRunner().invoke(app.main, [*arguments, "--help"], terminal_width=200)
    assert result.exit_code == 0
    return result.output


def examples(name: str) -> list[list[str]]:
    """The lines of the Examples block, each as the words that the program is given."""
    lines = iter(help_of(name).splitlines())
    if not any(line.strip() == "Examples:" for line in lines):
        return []
    block = []
    for line in lines:
        if not line.strip():
            break
        block.append(words(line))
    return block


def words(line: str) -> list[str]:
    given: list[str] = []
    for word in shlex.split(line):
        if word in SHELL_SIGNS:
            break
        given.append(word)
    return given


def parse(arguments: list[str]) -> None:
    """What the program makes of its arguments, without running anything. Raises click.UsageError."""
    program = click.Context(app.main, info_name="nanie")
    name, command, rest = app.main.resolve_command(program, arguments)
    assert name is not None
    assert command is not None
    with suppress(click.exceptions.Exit):  # --help ends where it is parsed
        command.make_context(name, rest, parent=program)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_at_least_one_example(name: str) -> None:
    assert examples(name)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_one_that_the_command_understands(name: str) -> None:
    for program, *arguments in examples(name):
        assert program == "nanie"
        if name != "nanie":
            assert arguments[0] == name
        parse(arguments)


def test_an_example_that_no_longer_parses_is_noticed() -> None:
    with pytest.raises(click.UsageError):
        parse(["groups", "--no-such-option"])


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_refers_to_exists(name: str) -> None:
    for line in help_of(name).replace("\n", " ").split("See also: ")[1:]:
        for named in line.split(".")[0].split(","):
            program, other = named.split()
            assert program == "nanie"
            assert other in app.COMMANDS
