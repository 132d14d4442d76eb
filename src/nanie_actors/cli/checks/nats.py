"""Checks of the app's NATS: whether it lets us in, in the open or not, and whether the streams are there."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from nanie_actors.cli.checks.outcome import Check, failed, ok, warning
from nanie_actors.errors import SettingsError
from nanie_actors.router.failure import Misconfigured
from nanie_actors.router.nats.credentials import Credentials
from nanie_actors.router.nats.examination import Findings, examine
from nanie_actors.settings.nats_section import NatsSettings
from nanie_actors.settings.web_section import names_loopback

SMALLEST_PAYLOAD = 1 << 20
"""Bytes: a server's default, and what the longest timelines of 500 events need."""


def check_nats(settings: NatsSettings) -> Iterator[Check]:
    """Everything about the servers, whose addresses are set."""
    try:
        credentials = Credentials.of(settings)
    except SettingsError as error:
        yield failed("nats", "cannot be used", str(error))
        return
    yield from check_files(settings)
    yield from check_privacy(credentials)
    found = examine(settings, credentials)
    if not isinstance(found, Findings):
        yes = isinstance(found, Misconfigured)
        advice = f"{found.why}." if yes else "is nats.url right, and the server running?"
        yield failed("nats", "does not let us work" if yes else f"cannot be reached ({found.why})", advice)
        return
    yield ok("nats", f"reached, version {found.version}")
    yield check_payload(found.max_payload)
    yield from check_streams(found)


def check_files(settings: NatsSettings) -> Iterator[Check]:
    """Nobody else on this machine can read the files that hold a secret; said only where somebody can."""
    for path in (settings.creds_file, settings.key_file):
        if path is not None and _open_to_others(path):
            yield failed("nats files", f"{path} can be read by other users", f"run: chmod o-rwx '{path}'")


def _open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH))


def check_privacy(credentials: Credentials) -> Iterator[Check]:
    """Beyond this machine everything is encrypted; said only where it is not."""
    beyond = [server for server in credentials.servers if not names_loopback(urlsplit(server).hostname or "")]
    if beyond and not credentials.encrypted:
        found = "messages and credentials may go over the network in the clear"
        yield warning("nats privacy", found, "begin nats.url with tls://.")


def check_payload(max_payload: int) -> Check:
    """Long timelines fit into a message."""
    if max_payload < SMALLEST_PAYLOAD:
        found = f"{max_payload:,} bytes: of long timelines the oldest events are left out"
        return warning("nats payload", found, f"set max_payload of the server to {SMALLEST_PAYLOAD} or more.")
    return ok("nats payload", f"{max_payload:,} bytes")


def check_streams(found: Findings) -> Iterator[Check]:
    """Rows, replies and updates have their streams."""
    for fault in found.faults:
        yield failed("nats streams", "not as they must be", f"{fault}.")
    for stream in found.missing:
        advice = f"nanie run makes it if it may; or run: {stream.command}"
        yield warning("nats streams", f"{stream.name} is not there yet", advice)
    if not (found.faults or found.missing):
        yield ok("nats streams", "rows, replies and updates")
