"""The beginning of the bridge's process: arguments, the right to the session, the parts, the last word."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from nanie_actors.storage.file_system import FILE_MODE, FileSystem, OsFileSystem
from nanie_actors.storage.folders import Folders
from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.bridge.bridge import FLUSH_S, Bridge
from nanie_actors.whatsapp.bridge.converter import Converter
from nanie_actors.whatsapp.bridge.counts import Counts
from nanie_actors.whatsapp.bridge.intake import Intake
from nanie_actors.whatsapp.bridge.library import Client, make_client
from nanie_actors.whatsapp.bridge.reporter import Reporter, report_our_log
from nanie_actors.whatsapp.bridge.session_lock import take_session_lock
from nanie_actors.whatsapp.bridge.stubbornness import Stubbornness
from nanie_actors.whatsapp.bridge.unconverted import Unconverted
from nanie_actors.whatsapp.live.bridge_arguments import BridgeArguments, parse
from nanie_actors.whatsapp.live.identities import People
from nanie_actors.whatsapp.live.journal_writer import JournalWriter
from nanie_actors.whatsapp.live.link import Link
from nanie_actors.whatsapp.live.reports import Grown, PairingFailed, Report, Unreachable

OWNER_ONLY = 0o077
IN_USE = "another process uses this session"

ClientMaker = Callable[[Path, str, int], Client]


def main(
    words: Sequence[str], client_maker: ClientMaker = make_client, files: FileSystem | None = None
) -> int:
    """Be a bridge until the end; the process's exit status. On the main thread of a process of its own."""
    os.umask(OWNER_ONLY)  # the library makes files as well, and they hold keys
    arguments = parse(words)
    link = Link(socket.socket(fileno=arguments.link_fd))
    reporter = Reporter(link)
    report_our_log(reporter)
    try:
        hindrance = _be_a_bridge(arguments, link, reporter, client_maker, files or OsFileSystem())
    except OSError as error:
        hindrance = f"the folder of the session cannot be used: {error.strerror}"
    if hindrance is not None:
        reporter.tell(_cannot_begin(arguments, hindrance))
        reporter.flush(FLUSH_S)
    return 0 if hindrance is None else 1


def _be_a_bridge(
    arguments: BridgeArguments, link: Link, reporter: Reporter, client_maker: ClientMaker, files: FileSystem
) -> str | None:
    """From the session's lock to the end; what hindered it from beginning. Raises OSError."""
    layout = StateLayout(arguments.state)
    Folders(files).ensure(layout.whatsapp)
    if not take_session_lock(layout.session_lock):
        return IN_USE
    if layout.session.exists():
        layout.session.chmod(FILE_MODE)
    counts = Counts()
    intake = _make_intake(layout, arguments.segment_bytes, files, reporter, counts)
    client = client_maker(layout.session, arguments.device_name, arguments.history_days)
    bridge = Bridge(client, link, reporter, intake, counts)
    if arguments.mode == "pair":
        bridge.pair(arguments.phone)
    _obey_signals(bridge)
    bridge.run()
    return None


def _make_intake(
    layout: StateLayout, segment_bytes: int, files: FileSystem, reporter: Reporter, counts: Counts
) -> Intake:
    journal = JournalWriter(layout.ingress_journal, segment_bytes=segment_bytes, files=files)
    journal.open()
    people = People(layout.identities, files)
    return Intake(
        Converter(people),
        people,
        journal,
        Unconverted(layout.unconverted, files),
        Stubbornness(reporter.tell),
        counts,
        grown=lambda entry: reporter.tell(Grown(entry)),
    )


def _obey_signals(bridge: Bridge) -> None:
    """Ctrl-C and a closed terminal reach the whole family: the parent decides, and its end is our end."""
    signal.signal(signal.SIGTERM, lambda *_: bridge.end())
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)


def _cannot_begin(arguments: BridgeArguments, why: str) -> Report:
    if arguments.mode == "run":
        return Unreachable(why)
    if why == IN_USE:
        return PairingFailed("other", "A running worker uses this session. Stop it first, then pair again.")
    return PairingFailed("other", f"{why[:1].upper()}{why[1:]}.")
