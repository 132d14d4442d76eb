"""`nanie replay`: plays what was recorded or exported into the timelines of its groups."""

from __future__ import annotations

from pathlib import Path

import click

from nanie_actors.cli.options import FILE, common_options, date_and_time_options, read_settings


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=FILE)
@date_and_time_options
@common_options
def replay(
    paths: tuple[Path, ...],
    date_order: str | None,
    timezone: str | None,
    speed: float | None,
    config: Path | None,
    state: Path | None,
) -> int:
    """Play exported chats, recordings, or folders of them, and end.

    A recording is what `nanie run --record` wrote, or the file of a message that `nanie skip` left out:
    so it is tried again. What a group knows already has no effect. No worker may be running on the state
    directory; to play something beside other sources, use `nanie run --whatsapp replay:PATH`.

    \b
    Examples:
      nanie replay "WhatsApp Chat with Family.txt"
      nanie replay --date-order dmy --timezone Europe/Berlin chats/
      nanie replay nanie/skipped/120363000000000001@g.us.jsonl

    See also: nanie run, nanie skip.
    """
    options = {"replay.date_order": date_order, "time.zone": timezone, "replay.speed": speed}
    settings = read_settings(config, state, options)

    from nanie_actors.cli.replay_progress import replay_progress
    from nanie_actors.logs import configure_logging, log_uncaught_errors
    from nanie_actors.worker import WorkerOptions, run_worker

    configure_logging(settings.log.level, settings.log.format)
    log_uncaught_errors()
    specs = tuple(dict.fromkeys(f"replay:{path}" for path in paths))
    with replay_progress() as progress:
        return run_worker(WorkerOptions(settings, specs, progress=progress, until_played=True))
