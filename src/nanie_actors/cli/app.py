"""The `nanie` program: its commands, loaded when they are called, and what its errors look like."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from nanie_actors.errors import NanieError

FAILED = 1
INTERRUPTED = 130
"""128 + SIGINT, as a shell reports any program ended by Ctrl-C."""


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command lives, and its line in `nanie --help`, which must not import it."""

    target: str
    summary: str


COMMANDS: Mapping[str, LazyCommand] = {
    "run": LazyCommand("nanie_actors.cli.run:run", "Run the worker."),
    "replay": LazyCommand("nanie_actors.cli.replay:replay", "Play exported chats or recordings, and end."),
    "demo": LazyCommand("nanie_actors.cli.demo:demo", "Watch the worker at work on sample chats."),
    "groups": LazyCommand("nanie_actors.cli.groups:groups", "List the groups."),
    "timeline": LazyCommand("nanie_actors.cli.groups:timeline", "Show a group's timeline."),
    "tail": LazyCommand("nanie_actors.cli.tail:tail", "Watch timeline updates as they are pushed."),
    "send": LazyCommand("nanie_actors.cli.send:send", "Send a message as the agent router would."),
    "dump": LazyCommand("nanie_actors.cli.dump_view:dump", "Show what every actor is doing."),
    "health": LazyCommand("nanie_actors.cli.health:health", "Tell whether the worker lives."),
    "metrics": LazyCommand("nanie_actors.cli.health:metrics", "Write metrics for Prometheus."),
    "snapshot": LazyCommand("nanie_actors.cli.groups:snapshot", "Bring the timeline files up to date."),
    "retry": LazyCommand("nanie_actors.cli.quarantined:retry", "Start a quarantined group again."),
    "skip": LazyCommand("nanie_actors.cli.quarantined:skip", "Start it again without the failing message."),
    "audit": LazyCommand("nanie_actors.cli.audit:audit", "Show who linked what, and who was refused."),
    "forget": LazyCommand("nanie_actors.cli.forget:forget", "Erase what is kept of a group."),
    "export": LazyCommand(
        "nanie_actors.cli.export:export", "Write a timeline to a file: JSON, CSV, ICS, HTML."
    ),
    "backup": LazyCommand(
        "nanie_actors.cli.backup:backup", "Copy the state directory, also of a live worker."
    ),
    "restore": LazyCommand("nanie_actors.cli.restore:restore", "Lay a backup down as the state directory."),
    "import": LazyCommand("nanie_actors.cli.imports:import_file", "Take over an older timeline file."),
    "pair": LazyCommand("nanie_actors.cli.pair:pair", "Link a WhatsApp account."),
    "completion": LazyCommand("nanie_actors.cli.completion:completion", "Make a shell complete commands."),
    "doctor": LazyCommand("nanie_actors.cli.doctor:doctor", "Check this machine and the state directory."),
}


class Failure(click.ClickException):
    """An error that a person can act on; each line is one problem."""

    exit_code = FAILED

    def show(self, file: Any = None) -> None:
        """Write it to standard error."""
        for line in self.message.splitlines():
            click.echo(f"nanie: {line}", file=file, err=True)


class Program(click.Group):
    """A group of commands that are imported when they are called, and that fail in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None for a name that there is not."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].target.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What a shell may complete to, without importing any command."""
        named = [
            CompletionItem(name, help=command.summary)
            for name, command in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, turning what goes wrong into one line. With `--debug` it stays a traceback."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.params["debug"]:
                raise
            raise Failure(_explain(error)) from error

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run the program and leave with its exit status. A command may return its status."""
        extra["standalone_mode"] = False
        try:
            status = super().main(*args, **extra)
        except Failure as failure:
            failure.show()
            status = failure.exit_code
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            status = error.exit_code
        except click.UsageError as error:
            click.echo(f"nanie: {_with_advice(error)}", err=True)
            status = error.exit_code
        except click.Abort:
            status = INTERRUPTED
        sys.exit(status if isinstance(status, int) else 0)


def _explain(error: Exception) -> str:
    if isinstance(error, NanieError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename is not None else ""
        return f"{where}{error.strerror}."
    return f"an error of this program: {type(error).__name__}: {error} (nanie --debug … shows where)"


def _with_advice(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx is not None else "nanie"
    return f"{error.format_message()} Try: {path} --help"


@click.group("nanie", cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nanie-actors", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show a traceback when something goes wrong.")
def main(debug: bool) -> None:
    """WhatsApp groups as live, durable timelines for app conversations.

    \b
    Examples:
      nanie demo
      nanie run --whatsapp neonize --router supabase
      nanie groups --help
    """
