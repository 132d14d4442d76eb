"""`nanie pair`: link a WhatsApp account."""

from __future__ import annotations

from pathlib import Path

import click

from nanie_actors.cli.app import Failure
from nanie_actors.cli.options import common_options
from nanie_actors.cli.run import NOT_YET


@click.command()
@common_options
def pair(config: Path | None, state: Path | None) -> None:  # noqa: ARG001
    """Link a WhatsApp account to this state directory."""
    raise Failure(NOT_YET["neonize"])
