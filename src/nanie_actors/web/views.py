"""What the page may see of the worker, and do with it."""

from __future__ import annotations

from dataclasses import dataclass

from nanie_actors.inspection.port import WorkerControl
from nanie_actors.inspection.requests import TakeDump
from nanie_actors.router.websocket.transport import WebSocketTransport
from nanie_actors.whatsapp.live.pairing_desk import PairingDesk


@dataclass(frozen=True, slots=True)
class Views:
    """The worker from outside. All of it may be called from any thread outside the actors, and may wait."""

    take_dump: TakeDump
    control: WorkerControl
    router: WebSocketTransport | None
    """None: health and metrics only, no page."""
    pairing: PairingDesk | None = None
    """None: no live account can be linked here."""
