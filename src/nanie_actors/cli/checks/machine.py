"""Checks of the machine: interpreter, libraries, clock and disk."""

from __future__ import annotations

import operator
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from importlib import metadata
from pathlib import Path

from nanie_actors.cli.checks.outcome import Check, failed, ok, warning
from nanie_actors.errors import SettingsError
from nanie_actors.settings import Settings

OLDEST_PYTHON = (3, 11)
SPARE_SPACE = 128 * 2**20
"""Bytes wanted beside the shared log: a snapshot is written next to the file that it replaces."""
SLOW_SYNC_S = 0.05
"""An SSD takes about 1 to 10 ms. Every acknowledgement waits for one sync."""
_SYNCS = 5
_RELATIONS = {">=": operator.ge, "<": operator.lt, "==": operator.eq}


def check_python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> Check:
    """The interpreter is one that this package is made for."""
    shown = ".".join(map(str, version))
    if version < OLDEST_PYTHON:
        return failed("python", shown, "install Python 3.11 or newer and make the environment again.")
    return ok("python", shown)


def requirements() -> list[str]:
    """What this package needs at run time, as `name<2,>=1`."""
    return [text for text in metadata.requires("nanie-actors") or [] if "extra ==" not in text]


def check_requirement(requirement: str, installed: Callable[[str], str] = metadata.version) -> Check:
    """A library is there in a version that this package is made for. Understands `>=`, `<` and `==`."""
    name = re.split(r"[<>=!~; \[]", requirement, maxsplit=1)[0]
    advice = f"run: pip install '{requirement}'"
    try:
        version = installed(name)
    except metadata.PackageNotFoundError:
        return failed(name, "not installed", advice)
    for relation, bound in re.findall(r"(>=|<|==)([0-9.]+)", requirement):
        if not _RELATIONS[relation](_numbers(version), _numbers(bound)):
            return failed(name, f"{version}, which is not {relation}{bound}", advice)
    return ok(name, version)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)[:3]]


def check_zone(settings: Settings, now: Callable[..., datetime] = datetime.now) -> Check:
    """The household's clock, to be compared with the one on the wall."""
    try:
        zone = settings.zone()
    except SettingsError as error:
        return failed("time zone", "unknown", str(error))
    chosen = "set" if settings.time.zone else "the system's"
    return ok("time zone", f"{zone} ({chosen}), where it is {now(zone):%H:%M}")


def check_space(settings: Settings, usage: Callable[[Path], int] | None = None) -> Check:
    """There is room for the shared log and a snapshot."""
    free = (usage or _free_bytes)(nearest_folder(settings.state.dir))
    shown = f"{free / 2**20:,.0f} MiB free"
    needed = SPARE_SPACE + settings.storage.segment_bytes * settings.storage.segments
    if free < needed:
        return failed("disk space", shown, f"make room: at least {needed / 2**20:,.0f} MiB are needed.")
    return ok("disk space", shown)


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def check_sync(settings: Settings, measure: Callable[[Path], Iterable[float]] | None = None) -> Check:
    """How long the disk takes until a write is safe."""
    folder = nearest_folder(settings.state.dir)
    try:
        median = statistics.median((measure or _sync_times)(folder))
    except OSError as error:
        return failed("disk sync", error.strerror or "failed", f"make {folder} writable and the disk sound.")
    shown = f"{median * 1000:.1f} ms"
    if median > SLOW_SYNC_S:
        return warning("disk sync", shown, "answers will be slow: put the state directory on a local disk.")
    return ok("disk sync", shown)


def _sync_times(folder: Path) -> Iterable[float]:
    """Seconds per sync of a small write, in a file without a name."""
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(_SYNCS):
            start = time.perf_counter()
            file.write(b"x" * 512)
            os.fsync(file.fileno())
            yield time.perf_counter() - start


def nearest_folder(path: Path) -> Path:
    """The folder itself, or the nearest above it that is there already."""
    # Not Path.is_dir: that raises where a folder above may not be looked into.
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if os.path.isdir(folder))
