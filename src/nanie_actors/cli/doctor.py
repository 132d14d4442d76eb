"""`nanie doctor`: is everything here that the worker needs?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nanie_actors.cli.app import FAILED
from nanie_actors.cli.options import common_options, json_option, read_settings
from nanie_actors.errors import SettingsError

if TYPE_CHECKING:
    from nanie_actors.cli.checks.outcome import Check
    from nanie_actors.settings import Settings

_MARKS = {"ok": ("ok", "green"), "warning": ("warning", "yellow"), "failed": ("FAILED", "red")}


@click.command()
@json_option
@common_options
def doctor(as_json: bool, config: Path | None, state: Path | None) -> int:
    """Check this machine, the settings and the state directory. Changes nothing.

    \b
    Examples:
      nanie doctor
      nanie doctor --json --state /var/lib/nanie

    See also: nanie health.
    """
    checks = list(_examine(config, state))
    healthy = all(check.status != "failed" for check in checks)
    if as_json:
        _write_json(checks, healthy)
    else:
        _write_table(checks)
    return 0 if healthy else FAILED


def _examine(config: Path | None, state: Path | None) -> Iterator[Check]:
    """All checks that make sense: without settings nothing is known of the state directory."""
    from nanie_actors.cli.checks.machine import check_python, check_requirement, requirements
    from nanie_actors.cli.checks.outcome import failed, ok
    from nanie_actors.cli.checks.whatsapp import check_library

    yield check_python()
    yield from map(check_requirement, requirements())
    yield from check_library()
    try:
        settings = read_settings(config, state)
    except SettingsError as error:
        for problem in str(error).splitlines():
            yield failed("settings", "cannot be used", problem)
        return
    yield ok("settings", "read")
    yield from _examine_state(settings)
    if settings.extraction.extractor == "llm":
        # Imported when needed: the library takes two seconds.
        from nanie_actors.cli.checks.llm import check_model

        yield from check_model(settings)
    if settings.supabase.url:
        # Imported when needed: the client takes a third of a second.
        from nanie_actors.cli.checks.supabase import check_supabase

        yield from check_supabase(settings.supabase)
    if settings.nats.url:
        yield from _examine_nats(settings)


def _examine_nats(settings: Settings) -> Iterator[Check]:
    from importlib.util import find_spec

    from nanie_actors.cli.checks.outcome import failed

    if find_spec("nats") is None:
        yield failed("nats", "nats-py is not installed", "run: pip install 'nanie-actors[nats]'")
        return
    from nanie_actors.cli.checks.nats import check_nats

    yield from check_nats(settings.nats)


def _examine_state(settings: Settings) -> Iterator[Check]:
    from nanie_actors.cli.checks import machine, whatsapp
    from nanie_actors.cli.checks import state as checks
    from nanie_actors.cli.checks.web import check_page
    from nanie_actors.storage.direct_disk import DirectDisk
    from nanie_actors.storage.layout import StateLayout

    root = settings.state.dir
    yield machine.check_zone(settings)
    directory = checks.check_directory(root)
    yield directory
    if directory.status == "failed":
        return
    yield checks.check_modes(root)
    yield checks.check_socket(root)
    yield checks.check_worker(root)
    yield machine.check_space(settings)
    yield machine.check_sync(settings)
    yield checks.check_put_aside(root)
    yield whatsapp.check_session(StateLayout(root))
    yield from whatsapp.check_journal(StateLayout(root))
    yield check_page(settings)
    if checks.lock_holder(root) is None:
        disk = DirectDisk()
        yield from checks.check_groups(root, disk)
        disk.close(timeout_s=1)


def _write_json(checks: Sequence[Check], healthy: bool) -> None:
    import dataclasses
    import json

    click.echo(
        json.dumps({"ok": healthy, "checks": [dataclasses.asdict(check) for check in checks]}, indent=2)
    )


def _write_table(checks: Sequence[Check]) -> None:
    width = max(len(check.name) for check in checks)
    for check in checks:
        mark, colour = _MARKS[check.status]
        click.echo(f"{click.style(f'{mark:<8}', fg=colour)} {check.name:<{width}}  {check.found}")
        if check.advice:
            click.echo(f"{'':8} {'':{width}}  → {check.advice}")
