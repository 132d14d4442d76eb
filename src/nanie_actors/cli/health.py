"""`nanie health` and `nanie metrics`: a running worker as service managers and monitoring see it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nanie_actors.cli.options import common_options, json_option, read_settings

if TYPE_CHECKING:
    from nanie_actors.settings import Settings


@click.command()
@click.option("--ready", is_flag=True, help="Ask as well whether it takes messages and commands now.")
@json_option
@common_options
def health(*, ready: bool, as_json: bool, config: Path | None, state: Path | None) -> int:
    """Tell whether the worker of this state directory lives: exit status 0, or 1 and what is wrong.

    \b
    Examples:
      nanie health
      nanie health --ready --state /var/lib/nanie

    See also: nanie metrics, nanie doctor.
    """
    import orjson

    found = _request(read_settings(config, state), "ready" if ready else "health")
    if as_json:
        click.echo(orjson.dumps(found).decode())
    else:
        for name, said in found["checks"].items():
            click.echo(f"{name}: {said}")
    return 0 if found["ok"] else 1


@click.command()
@common_options
def metrics(config: Path | None, state: Path | None) -> None:
    """Write what is measured of the running worker, in the form that Prometheus collects.

    \b
    Examples:
      nanie metrics
      nanie metrics > /var/lib/node_exporter/textfile/nanie.prom

    See also: nanie health.
    """
    click.echo(_request(read_settings(config, state), "metrics"), nl=False)


def _request(settings: Settings, op: str) -> Any:
    from nanie_actors.inspection.control_client import ControlClient
    from nanie_actors.storage.layout import StateLayout

    with ControlClient(StateLayout(settings.state.dir).run_socket) as client:
        return client.request(op)
