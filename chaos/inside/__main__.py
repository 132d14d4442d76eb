"""`python -m chaos.inside run …`: the `nanie` program, in a process that suffers what its orders say."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chaos.inside import aims, switches, weather
from chaos.inside.files import StruckFileSystem
from chaos.inside.notes import Notes
from chaos.inside.plug import PluggedFileSystem
from chaos.inside.strikes import Strikes
from chaos.orders import VARIABLE, Orders
from nanie_actors.storage.file_system import FileSystem, OsFileSystem
from nanie_actors.whatsapp.edge import OutgoingText, SendOutcome, Sent

_ONLY_IN_CHAOS = 97
"""The exit status when the worker's source is not what these shims were written for."""


def main() -> None:
    """Carry out the orders, then be the worker."""
    orders = Orders.from_json(os.environ[VARIABLE])
    notes = Notes(Path(orders.notes))
    try:
        _prepare(orders, notes, Path(sys.argv[sys.argv.index("--state") + 1]))
    except (AttributeError, ImportError) as error:
        notes.write(note="misfit", why=repr(error))
        sys.exit(_ONLY_IN_CHAOS)
    from nanie_actors.cli.app import main as nanie

    nanie(prog_name="nanie")


def _prepare(orders: Orders, notes: Notes, root: Path) -> None:
    files = _file_system(orders, notes, root)
    aims.replace("nanie_actors.assembly:RealDisk", lambda inner: lambda: inner(files))
    aims.replace("nanie_actors.actors.group_writer:JOURNAL_AFTER_LINES", lambda _: orders.journal_after)
    aims.replace("nanie_actors.actors.group_writer:SNAPSHOT_AFTER_LINES", lambda _: orders.snapshot_after)
    _note_what_is_sent(Path(orders.sent))
    if orders.crash_every:
        weather.let_extractors_crash(orders.seed, orders.crash_every)
    if orders.jumps:
        weather.let_the_clock_jump(orders.jumps)
    for switch in orders.switched_off:
        if switch != switches.SYNC:
            switches.SWITCHES[switch]()
    if orders.aim is not None:
        aims.aim_at(orders.aim, notes)


def _file_system(orders: Orders, notes: Notes, root: Path) -> FileSystem:
    files: FileSystem = OsFileSystem()
    if orders.plug is not None:
        files = PluggedFileSystem(files, Path(orders.plug), syncs=switches.SYNC not in orders.switched_off)
    return StruckFileSystem(files, Strikes(notes, orders.rules, orders.quota), root)


def _note_what_is_sent(path: Path) -> None:
    """A played account has no phone: what left for WhatsApp can be seen here alone."""
    sent = Notes(path)

    def around(inner: Callable[..., Any]) -> Callable[..., Any]:
        def outcome(source: Any, text: OutgoingText) -> SendOutcome:
            result: SendOutcome = inner(source, text)
            if isinstance(result, Sent):
                sent.write(group=text.group, text=text.text)
            return result

        return outcome

    aims.replace("nanie_actors.whatsapp.played:PlayedSource._outcome", around)


if __name__ == "__main__":
    main()
