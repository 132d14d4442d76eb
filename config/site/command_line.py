"""The reference of the command line, out of the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from textwrap import dedent

import click

from nanie_actors.cli.app import COMMANDS, main

_VERBATIM = "\b"
"""Click's sign, alone on a line, for a paragraph whose lines are kept: ours are examples."""

BAR = "\\|"
"""A bar that does not end the cell of a table; within a code span it does not anyway."""


def command_line() -> str:
    """Markdown: what all commands share, then one section for each, in the order of `nanie --help`."""
    context = click.Context(main, info_name="nanie", **main.context_settings)
    lines = list(_options(main, context))
    for name, lazy in COMMANDS.items():
        command = main.get_command(context, name)
        assert command is not None
        lines += _section(command, click.Context(command, info_name=name, parent=context), lazy.summary)
    return "\n".join(lines)


def _section(command: click.Command, context: click.Context, summary: str) -> Iterator[str]:
    yield from (f"## nanie {context.info_name}", "", f"*{summary}*", "")
    pieces = " ".join(command.collect_usage_pieces(context))
    yield from ("```text", f"{context.command_path} {pieces}", "```", "")
    yield from _description(command)
    yield from _options(command, context)


def _description(command: click.Command) -> Iterator[str]:
    for paragraph in inspect.cleandoc(command.help or "").replace("\f", "").split("\n\n"):
        first, _, rest = paragraph.partition("\n")
        if first.strip() == _VERBATIM:
            yield from ("```text", *dedent(rest).rstrip().splitlines(), "```", "")
        else:
            yield from (*paragraph.splitlines(), "")


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    rows = [
        record
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option) and (record := parameter.get_help_record(context)) is not None
    ]
    yield from ("| option | |", "| --- | --- |")
    for names, meaning in rows:
        yield f"| `{names}` | {meaning.replace('|', BAR)} |"
    yield ""
