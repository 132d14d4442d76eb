"""What the bridge tells the worker. One JSON line each on the socket between them (see link.py).

Events of groups never come this way: they are in the journal, and `Grown` says how far it reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Started:
    """The library is loaded. `library` is its version."""

    pid: int
    library: str


@dataclass(frozen=True, slots=True)
class QrShown:
    """Pairing: show this as a QR code, in place of the one before."""

    data: str


@dataclass(frozen=True, slots=True)
class CodeShown:
    """Pairing: the code to type on the phone, like ABCD-EFGH."""

    code: str


@dataclass(frozen=True, slots=True)
class Paired:
    """Pairing succeeded; the session is on the disk. `account` is the account's own JID."""

    account: str


@dataclass(frozen=True, slots=True)
class PairingFailed:
    """Pairing ended without success. `why` is a sentence for people, and says what to do."""

    kind: Literal["timeout", "passkey", "outdated", "refused", "unreachable", "other"]
    why: str


@dataclass(frozen=True, slots=True)
class Connected:
    """Logged in, and the account's groups are in the journal. `account` is its own JID."""

    account: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection dropped; the library tries to restore it by itself."""


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """The device was removed, on the phone or by WhatsApp; the session is worthless."""

    why: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """Another program connected with this session."""


@dataclass(frozen=True, slots=True)
class Banned:
    """WhatsApp refuses the account for a while; `until` in epoch milliseconds, where it said so."""

    code: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Outdated:
    """WhatsApp refuses this version of the library."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The connection could not be made, or the library gave it up. `why` is for the log."""

    why: str


@dataclass(frozen=True, slots=True)
class Grown:
    """The journal is on the disk up to the end of this entry (see journal.py)."""

    entry: int


@dataclass(frozen=True, slots=True)
class JournalStuck:
    """The disk refuses the journal since a while; nothing is taken from WhatsApp until it does not."""

    why: str


@dataclass(frozen=True, slots=True)
class SendReport:
    """The outcome of a SendOrder. `message_id` and `at` (epoch ms) come with `sent`, `why` otherwise."""

    outbox_id: str
    outcome: Literal["sent", "failed", "unknown"]
    message_id: str = ""
    at: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Pulse:
    """The bridge is alive, every few seconds. `counts`: what it met since it started, by kind."""

    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the bridge's own log (never the library's) for the worker's. `level` as in logging."""

    level: int
    logger: str
    text: str


Report = (
    Started
    | QrShown
    | CodeShown
    | Paired
    | PairingFailed
    | Connected
    | Disconnected
    | LoggedOut
    | Replaced
    | Banned
    | Outdated
    | Unreachable
    | Grown
    | JournalStuck
    | SendReport
    | Pulse
    | Said
)
