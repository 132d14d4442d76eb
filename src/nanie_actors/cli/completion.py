"""`nanie completion`: what makes a shell complete commands and options."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import get_completion_class

from nanie_actors.cli.options import common_options

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@common_options
@click.pass_context
def completion(context: click.Context, shell: str, config: Path | None, state: Path | None) -> None:
    """Write the script that makes SHELL complete `nanie`.

    \b
    Examples:
      nanie completion bash > ~/.local/share/bash-completion/completions/nanie
      nanie completion zsh > "${fpath[1]}/_nanie"
      nanie completion fish > ~/.config/fish/completions/nanie.fish
    """
    del config, state  # every command takes them; this one needs neither
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(context.find_root().command, {}, "nanie", "_NANIE_COMPLETE").source())
