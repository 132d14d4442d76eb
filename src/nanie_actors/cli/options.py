"""The options that commands share, and how they become settings.

Imports nothing heavy: `nanie --help` and shell completion pass through here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from nanie_actors.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)
"""Any path. Whether it can be used is found out on use, so that the error is one of ours."""


def common_options(command: Command) -> Command:
    """Give a command `--config FILE` and `--state DIR`, as its parameters `config` and `state`."""
    state = click.option("--state", type=FILE, metavar="DIR", help="State directory (default: nanie).")
    config = click.option("--config", type=FILE, metavar="FILE", help="Settings file (default: nanie.toml).")
    return config(state(command))


def json_option(command: Command) -> Command:
    """Give a command `--json`, as its parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")(command)


def date_and_time_options(command: Command) -> Command:
    """Give a command `--date-order`, `--timezone` and `--speed`, which say how a replay is read."""
    order = click.option(
        "--date-order", type=click.Choice(["auto", "dmy", "mdy"]), help="Day and month in an exported chat."
    )
    zone = click.option("--timezone", metavar="ZONE", help="Time zone of the household, like Europe/Berlin.")
    speed = click.option(
        "--speed",
        type=click.FloatRange(min=0, min_open=True),
        metavar="X",
        help="Replay at X times the real speed (default: as fast as possible).",
    )
    return order(zone(speed(command)))


def read_settings(
    config: Path | None, state: Path | None, options: Mapping[str, Any] | None = None
) -> Settings:
    """The settings that a command works with; `options` is `{"section.key": value}`, None: not given.

    Raises SettingsError.
    """
    from nanie_actors.settings import load_settings

    given = {"state.dir": state, **(options or {})}
    return load_settings(config, {key: value for key, value in given.items() if value is not None})
