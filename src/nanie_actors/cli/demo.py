"""`nanie demo`: the worker at work on sample chats, told so that a person can follow."""

from __future__ import annotations

import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from nanie_actors.cli.app import FAILED
from nanie_actors.cli.demo_stage import Stage
from nanie_actors.cli.demo_state import fresh_state
from nanie_actors.cli.demo_story import Line
from nanie_actors.cli.options import common_options, read_settings
from nanie_actors.cli.rendering import console, table
from nanie_actors.logs import configure_logging
from nanie_actors.samples import sample_paths
from nanie_actors.settings import Settings
from nanie_actors.web_opening import Served

DEFAULT_STATE = Path("nanie-demo")
OPTIONS = {"access.policy": "open", "web.listen": "127.0.0.1:0"}
"""Any port that is free: a demo does not fail because something else is served."""
PAUSE_S = 0.12
"""Between two messages of a chat: the longest sample takes about twenty seconds."""
QUICK_PAUSE_S = 0.01

COLOURS = {"anna": "cyan", "ben": "green", "dana": "magenta", "eve": "yellow"}


@click.command()
@click.option("--quick", is_flag=True, help="Do not pause between messages.")
@click.option("--ui", is_flag=True, help="In a terminal: serve the page as well, while the demo stays up.")
@common_options
def demo(quick: bool, ui: bool, config: Path | None, state: Path | None) -> int:
    """Run the worker on sample chats, and show what the app's conversations would see.

    Uses the state directory nanie-demo, which is made anew each time. In a terminal the worker stays up
    until Ctrl-C, so that the other commands can be tried on it.

    \b
    Examples:
      nanie demo
      nanie demo --quick
      nanie demo --ui
    """
    settings = read_settings(config, state or DEFAULT_STATE, OPTIONS)
    configure_logging("warning", "auto")
    fresh_state(settings.state.dir)
    screen = console()
    pause = QUICK_PAUSE_S if quick or not screen.is_terminal else PAUSE_S
    # Without a terminal it ends by itself, and there would be nothing to open.
    served: Served | None = "page" if ui and screen.is_terminal else None
    stage = Stage(
        settings,
        sample_paths(),
        pause_s=pause,
        show=lambda line: screen.print(_coloured(line)),
        served=served,
    )
    with _ended_by_ctrl_c(), stage:
        _say_where(stage, screen)
        linked = _perform(stage, screen)
        _sum_up(stage, screen)
        _say_what_next(settings, linked, screen, running=screen.is_terminal)
        _say_where(stage, screen)
        if screen.is_terminal:
            stage.stay()
    return 0 if stage.clean else FAILED


def _perform(stage: Stage, screen: Console) -> str:
    """Three conversations link two groups, the chats go on, and one of them adds an event. Its group."""
    _head(screen, "The chats begin; three conversations of the app link their groups.")
    groups = stage.ask("anna", {"action": "LIST_GROUPS"})["data"]["groups"]
    by_name = [group["id"] for group in sorted(groups, key=itemgetter("name"))]
    # Hebrew sorts behind Latin: one household of each language.
    first, second = by_name[0], by_name[-2]
    for conversation, group in (("anna", first), ("ben", first), ("dana", second)):
        stage.ask(conversation, {"action": "SELECT_GROUP", "groupId": group})
    _head(screen, "Messages come in, events are recognised, and each conversation is shown its own group.")
    stage.watch()
    _head(screen, "Anna adds an event; Ben sees it too, Dana does not. Eve has not linked a group.")
    stage.ask("anna", {"action": "ADD_EVENT", "text": "bath 18:30"})
    stage.ask("eve", "when did he eat?")
    stage.listen()
    return str(first)


def _sum_up(stage: Stage, screen: Console) -> None:
    _head(screen, "What each conversation has now.")
    rows = [(who, seen.group, len(seen.events), seen.updates) for who, seen in stage.story.seen.items()]
    screen.print(table("", ("conversation", "group", "events#", "updates#"), rows))


def _say_what_next(settings: Settings, group: str, screen: Console, *, running: bool) -> None:
    state = f"--state {shlex.quote(str(settings.state.dir))}"
    if running:
        _head(screen, "The worker stays up until Ctrl-C. Try in another terminal:")
        told = ["dump", "tail anna", "send anna ADD_EVENT text='bottle 120 ml'", f"timeline {group}"]
    else:
        _head(screen, "The worker stops. What it wrote is there; and it can be started again:")
        told = [f"timeline {group}", f"export {group} --format csv", "run"]
    for arguments in told:
        screen.print(Text(f"  {_program()} {arguments} {state}", style="bold"), soft_wrap=True)


def _say_where(stage: Stage, screen: Console) -> None:
    if stage.page is not None:
        _head(screen, f"In a browser, too: {stage.page}")


def _program() -> str:
    """How this program can be called from here: `make run` does not put it on the PATH."""
    return "nanie" if shutil.which("nanie") else shlex.quote(str(Path(sys.executable).with_name("nanie")))


def _head(screen: Console, text: str) -> None:
    screen.print()
    screen.print(Text(text, style="bold"))


def _coloured(line: Line) -> Text:
    return Text(str(line), style=COLOURS.get(line.who, ""))


@contextmanager
def _ended_by_ctrl_c() -> Iterator[None]:
    """Ctrl-C and SIGTERM are how a demo ends: nothing went wrong."""
    before: Any = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        click.echo()
    finally:
        signal.signal(signal.SIGTERM, before)
