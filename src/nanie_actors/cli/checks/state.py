"""Checks of the state directory: whether it can be used, who uses it, and what is damaged in it."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nanie_actors.cli.checks.machine import nearest_folder
from nanie_actors.cli.checks.outcome import Check, failed, ok
from nanie_actors.errors import CorruptGroup, WorkerUnreachable
from nanie_actors.inspection.control_client import ControlClient, Refused
from nanie_actors.inspection.control_server import LONGEST_PATH
from nanie_actors.storage.disk import Disk
from nanie_actors.storage.documents import DAMAGED
from nanie_actors.storage.group_load import GroupLoader
from nanie_actors.storage.layout import StateLayout, stored_groups

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_directory(root: Path) -> Check:
    """The state directory is there or can be made, and can be written to."""
    name = "state directory"
    folder = nearest_folder(root)
    if os.path.lexists(root) and folder != root.absolute():
        return failed(name, f"{root} is no directory", "move it away, or choose another with --state.")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return failed(
            name, f"{folder} cannot be written to", "change its owner, or choose another with --state."
        )
    return ok(name, f"{root}" if folder == root.absolute() else f"{root}, made by the first start")


def check_modes(root: Path) -> Check:
    """Nobody else on this machine can read the families' messages."""
    exposed = [path for path in _tree(root) if _is_exposed(path)]
    if exposed:
        found = f"{len(exposed)} files or folders are open to other users, first {exposed[0]}"
        return failed("privacy", found, f"run: chmod -R go-rwx '{root}'")
    return ok("privacy", "only you can read it")


def _tree(root: Path) -> Iterator[Path]:
    if root.is_dir():
        yield root
        yield from sorted(root.rglob("*"))


def _is_exposed(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False  # a running worker has replaced it meanwhile
    return not stat.S_ISLNK(mode) and bool(mode & _OTHERS)


def check_socket(root: Path) -> Check:
    """The control socket's path is not longer than the system allows."""
    path = StateLayout(root).run_socket
    length = len(os.fsencode(path))
    if length > LONGEST_PATH:
        found = f"its path has {length} bytes, {LONGEST_PATH} are possible"
        return failed("control socket", found, "choose a shorter path with --state.")
    return ok("control socket", f"{path}")


def check_worker(root: Path) -> Check:
    """Whether a worker uses the directory; either is fine, unless it does not answer."""
    holder = lock_holder(root)
    if holder is None:
        return ok("worker", "none is running")
    try:
        listed = _ask_for_groups(root)
    except (Refused, WorkerUnreachable) as error:
        advice = (
            f"wait if it is just starting or stopping; otherwise look into its log, or end process {holder}."
        )
        return failed("worker", f"process {holder} does not answer ({error})", advice)
    stuck = [entry["group"] for entry in listed if entry["quarantine"]]
    if stuck:
        found = f"process {holder}, {len(stuck)} groups are quarantined, first {stuck[0]}"
        return failed(
            "worker", found, "see why with nanie groups, then: nanie retry GROUP, or nanie skip GROUP."
        )
    return ok("worker", f"process {holder}, {len(listed)} groups")


def _ask_for_groups(root: Path) -> list[dict[str, Any]]:
    with ControlClient(StateLayout(root).run_socket) as client:
        listed: list[dict[str, Any]] = client.request("groups")
    return listed


def lock_holder(root: Path) -> str | None:
    """The process id of the worker on a state directory; None if there is none."""
    try:
        fd = os.open(StateLayout(root).lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
    else:
        return None
    finally:
        os.close(fd)


def check_put_aside(root: Path) -> Check:
    """No file had to be put aside because it could not be read."""
    aside = [path for path in _tree(root) if path.name.endswith(DAMAGED)]
    if aside:
        found = f"{len(aside)} damaged files were put aside, first {aside[0]}"
        return failed("damaged files", found, "look what can be saved, then move them away.")
    return ok("damaged files", "none")


def check_groups(root: Path, disk: Disk) -> Iterator[Check]:
    """Every group's files can be read: one check for each that cannot, and one for the others.

    Only while no worker runs: it would write these files while they are read.
    """
    layout = StateLayout(root)
    sound = 0
    for group in stored_groups(disk, layout):
        try:
            GroupLoader(disk, layout.memory(group), group).load(recent=0)
            sound += 1
        except (CorruptGroup, OSError) as error:
            yield failed(f"group {group}", "cannot be read", str(error))
    yield ok("groups", f"{sound} can be read")
