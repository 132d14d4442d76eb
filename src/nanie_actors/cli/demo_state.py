"""The state directory of the demo: made anew each time, and never anybody else's."""

from __future__ import annotations

import shutil
from pathlib import Path

from nanie_actors.cli.app import Failure
from nanie_actors.cli.checks.state import lock_holder

MARKER = ".made-by-nanie-demo"


def fresh_state(root: Path) -> None:
    """Leave an empty, marked directory. Raises Failure for one that the demo did not make, or is using."""
    if root.is_symlink() or (root.exists() and not root.is_dir()):
        raise Failure(f"{root} is no directory: move it away, or name another with --state.")
    if root.exists():
        _clear(root)
    root.mkdir(mode=0o700, parents=True)
    (root / MARKER).touch(mode=0o600)


def _clear(root: Path) -> None:
    if any(root.iterdir()) and not (root / MARKER).is_file():
        raise Failure(f"{root} was not made by the demo and stays as it is: name another with --state.")
    holder = lock_holder(root)
    if holder is not None:
        raise Failure(f"a worker (process {holder}) is using {root}: stop it first.")
    shutil.rmtree(root)
