"""How far a backup or a restore is, while a person is looking."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import click

EVERY_S = 0.2


@contextmanager
def copy_progress(done: str) -> Iterator[Callable[[int, int], None]]:
    """Gives what is told how many files and bytes are done; shows it where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _files, _bytes: None
        return
    shown = monotonic()

    def show(files: int, size: int) -> None:
        nonlocal shown
        if monotonic() - shown >= EVERY_S:
            shown = monotonic()
            click.echo(f"\r\033[K{files} files, {size / 1e6:.0f} MB {done}", nl=False, err=True)

    try:
        yield show
    finally:
        click.echo("\r\033[K", nl=False, err=True)
