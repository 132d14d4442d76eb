"""What the worker tells the bridge. One JSON line each on the socket between them (see link.py)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SendOrder:
    """Send this text now. Answered by one SendReport with the same `outbox_id`."""

    outbox_id: str
    group: str
    text: str


@dataclass(frozen=True, slots=True)
class RefreshOrder:
    """Ask WhatsApp for the groups again; what it tells comes through the journal."""


@dataclass(frozen=True, slots=True)
class StopOrder:
    """Close the connection, take in what the library still holds, end the process."""


Order = SendOrder | RefreshOrder | StopOrder
