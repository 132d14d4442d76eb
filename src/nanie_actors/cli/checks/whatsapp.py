"""Checks of the live account: its library, its session, and what was received and is not settled."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from nanie_actors.cli.checks.machine import requirements
from nanie_actors.cli.checks.outcome import Check, failed, ok, warning
from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.live.journal import first_numbers
from nanie_actors.whatsapp.live.journal_reader import JournalReader
from nanie_actors.whatsapp.live.journal_writer import MANY_SEGMENTS
from nanie_actors.whatsapp.live.session import look_at_session

_PROBE: Final = (
    "import sys; from nanie_actors.whatsapp.bridge import library;"
    "print(library.VERSION, 'pylibmagic' if 'pylibmagic' in sys.modules else 'system')"
)
"""Run in a process of its own: importing the library loads 19 MB, starts threads, and may fail badly."""

_PROBED_WITHIN_S: Final = 60.0
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

_ADVICE: Final = {
    "libmagic": "install the C library libmagic (apt install libmagic1, brew install libmagic), "
    "or: pip install pylibmagic",
    "GLIBC": "the library needs glibc 2.34: Debian 12, Ubuntu 22.04, or newer.",
}
"""By a word of the error."""

Probe = tuple[int, str, str]
"""Exit status, standard output, last line of standard error."""


@cache
def probe_library() -> Probe:
    """Import the library once, elsewhere."""
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PROBED_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, "", f"loading it takes longer than {_PROBED_WITHIN_S:.0f} s"
    except OSError as error:
        return 1, "", f"no process could be started for it ({error.strerror})"
    lines = probe.stderr.strip().splitlines()
    return probe.returncode, probe.stdout, lines[-1] if lines else f"status {probe.returncode}"


def check_library(probe: Callable[[], Probe] = probe_library) -> Iterator[Check]:
    """The WhatsApp library can be loaded on this machine, with the C library that it needs."""
    name = "whatsapp library"
    status, printed, error = probe()
    if status != 0:
        advice = next((text for word, text in _ADVICE.items() if word in error), _reinstall())
        yield failed(name, f"cannot be loaded ({error[:200]})", advice)
        return
    version, origin = printed.split()
    yield ok(name, f"neonize {version}")
    yield ok("libmagic", "the system's" if origin == "system" else "brought by pylibmagic")


def _reinstall() -> str:
    pinned = next((text for text in requirements() if text.startswith("neonize")), "neonize")
    return f"run: pip install --force-reinstall '{pinned}'"


def check_session(layout: StateLayout) -> Check:
    """Whether an account is linked, and only its owner can read its keys."""
    name = "whatsapp session"
    look = look_at_session(layout)
    if _is_exposed(layout.session):
        return failed(
            name, "other users can read the account's keys", f"run: chmod go-rwx '{layout.session}'"
        )
    if look.trouble and not look.in_use:
        advice = (
            "start the worker: its library repairs what a crash left; otherwise link anew: nanie pair --again"
        )
        return warning(name, look.trouble, advice)
    if look.device:
        return ok(name, "an account is linked, and in use" if look.in_use else "an account is linked")
    if look.in_use:
        return ok(name, "nanie pair is at work")
    return ok(name, "no account is linked; nanie pair links one")


def _is_exposed(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False


def check_journal(layout: StateLayout) -> Iterator[Check]:
    """What was received is read by the worker, and all of it could be understood."""
    name, folder = "whatsapp journal", layout.ingress_journal
    try:
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        waiting = JournalReader(folder).backlog()
    except OSError as error:
        yield failed(name, f"cannot be read ({error.strerror})", f"give yourself the right to read {folder}.")
        return
    yield _backlog(name, waiting, len(first_numbers(names)))
    damaged = [entry for entry in names if entry.startswith("damaged-")]
    if damaged:
        found = f"{len(damaged)} damaged parts were put aside, first {folder / damaged[0]}"
        yield failed(name, found, "look what can be saved, then move them away.")
    if layout.unconverted.exists():
        advice = "report them with the versions of this package and of neonize, then move the file away."
        yield warning(name, f"events that were not understood are kept in {layout.unconverted}", advice)


def _backlog(name: str, waiting: int, segments: int) -> Check:
    found = f"{waiting} entries wait for the worker" if waiting else "nothing waits for the worker"
    if segments > MANY_SEGMENTS:
        advice = "start the worker; if it is running, nanie dump shows what holds it up."
        return warning(name, f"{found}, in {segments} files", advice)
    return ok(name, found)
