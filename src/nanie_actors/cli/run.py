"""`nanie run`: the worker itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nanie_actors.cli.options import FILE, common_options, date_and_time_options, read_settings

if TYPE_CHECKING:
    from nanie_actors.web_opening import Served


def _whatsapp_specs(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for spec in given:
        name, _, path = spec.partition(":")
        if spec not in ("none", "neonize") and not (name == "replay" and path):
            raise click.BadParameter(f"{spec!r} is no WhatsApp source: use neonize, replay:PATH or none.")
    return _specs(given)


def _router_specs(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for spec in given:
        if spec not in ("none", "stdio", "supabase", "nats"):
            raise click.BadParameter(f"{spec!r} is no router: use supabase, nats, stdio or none.")
    return _specs(given)


def _specs(given: tuple[str, ...]) -> tuple[str, ...]:
    """What is to be opened: `none` stands for nothing, and nothing can be opened twice."""
    doubled = {spec for spec in given if given.count(spec) > 1}
    if doubled:
        raise click.BadParameter(f"{min(doubled)!r} is given twice.")
    if "none" in given and len(given) > 1:
        raise click.BadParameter("'none' cannot be given together with others.")
    return tuple(spec for spec in given if spec != "none")


@click.command()
@click.option(
    "--whatsapp",
    multiple=True,
    metavar="neonize|replay:PATH|none",
    callback=_whatsapp_specs,
    help="Where messages come from: PATH is an exported chat, a recording, or a folder. May be repeated.",
)
@click.option(
    "--router",
    multiple=True,
    metavar="supabase|nats|stdio|none",
    callback=_router_specs,
    help="How the app is reached. May be repeated.",
)
@date_and_time_options
@click.option("--record", type=FILE, metavar="FILE", help="Record what WhatsApp sends, for replay:FILE.")
@click.option("--ui", "served", flag_value="page", help="Serve the page, with health and metrics.")
@click.option("--http", "served", flag_value="probes", help="Serve health and metrics, and no page.")
@click.option("--listen", metavar="ADDRESS", help="Where they are served (default: 127.0.0.1:8765).")
@common_options
def run(
    whatsapp: tuple[str, ...],
    router: tuple[str, ...],
    date_order: str | None,
    timezone: str | None,
    speed: float | None,
    record: Path | None,
    served: Served | None,
    listen: str | None,
    config: Path | None,
    state: Path | None,
) -> int:
    """Run the worker until SIGTERM or Ctrl-C, or, with `--router stdio`, until its input ends.

    \b
    Examples:
      nanie run --whatsapp neonize --router supabase
      nanie run --whatsapp neonize --router supabase --state /var/lib/nanie --http
      nanie run --whatsapp "replay:WhatsApp Chat with Family.txt" --ui
      nanie run --router stdio --config nanie.toml

    See also: nanie pair, nanie health, nanie dump.
    """
    options = {
        "replay.date_order": date_order,
        "time.zone": timezone,
        "replay.speed": speed,
        "web.listen": listen,
    }
    settings = read_settings(config, state, options)

    from nanie_actors.cli.replay_progress import replay_progress
    from nanie_actors.logs import configure_logging, log_uncaught_errors
    from nanie_actors.worker import WorkerOptions, run_worker

    configure_logging(settings.log.level, settings.log.format)
    log_uncaught_errors()
    with replay_progress() as progress:
        return run_worker(WorkerOptions(settings, whatsapp, router, record, progress, served))
