"""A bar for each chat that is being replayed, while a person is looking."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nanie_actors.cli.rendering import console

Told = Callable[[int, int], None]


@contextmanager
def replay_progress() -> Iterator[Callable[[str], Told] | None]:
    """Gives something that makes a bar for a name; None where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    # Bars are imported where there is somebody to see them.
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bars:

        def bar(name: str) -> Told:
            task = bars.add_task(name, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield bar
