"""Puts the web server together with a worker, where `[ui]` is installed."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from time import monotonic
from typing import TYPE_CHECKING, Literal

from nanie_actors.errors import SettingsError
from nanie_actors.logs import hide
from nanie_actors.router.edge import RouterTransport
from nanie_actors.router.envelope import RowRules
from nanie_actors.router.websocket.transport import WebSocketTransport
from nanie_actors.whatsapp.live.pairing import Attempt, View, pairing_arguments
from nanie_actors.whatsapp.live.pairing_desk import PairingDesk
from nanie_actors.whatsapp.live.source import LiveSource

if TYPE_CHECKING:
    from nanie_actors.assembly import Worker
    from nanie_actors.web.server import WebServer

logger = logging.getLogger(__name__)

Served = Literal["page", "probes"]
"""The page with all that belongs to it, or health and metrics only."""

LIBRARIES = ("starlette", "uvicorn", "websockets")


class WebSide:
    """The web server of a worker, or nothing if nothing is to be served."""

    def __init__(self, worker: Worker, served: Served | None) -> None:
        self._worker = worker
        self._served = served
        self._server: WebServer | None = None
        self._router: WebSocketTransport | None = None
        self._pairing: PairingDesk | None = None
        if served == "page":
            self._router = WebSocketTransport(RowRules.of(worker.settings.router))
            self._pairing = _pairing_desk(worker)

    @property
    def transports(self) -> list[RouterTransport]:
        """The page is a router."""
        return [] if self._router is None else [self._router]

    @property
    def url(self) -> str | None:
        """Where it is served, once bound."""
        return None if self._server is None else self._server.url

    def bind(self) -> None:
        """Take the address that is set; nothing is answered before `start`. Raises SettingsError."""
        if self._served is not None:
            self._server = self._made()

    def start(self) -> None:
        """Answer from now on."""
        if self._server is not None:
            self._server.start()
            what = "the page is" if self._served == "page" else "health and metrics are"
            logger.info("%s at %s", what, self._server.url)

    def stop(self, within_s: float) -> bool:
        """Answer nobody any more; False if that takes too long."""
        if self._server is None:
            return True
        deadline = monotonic() + within_s
        ended = self._pairing is None or self._pairing.close(within_s)
        return self._server.stop(max(0.1, deadline - monotonic())) and ended

    def _made(self) -> WebServer:
        missing = [name for name in LIBRARIES if find_spec(name) is None]
        if missing:
            raise SettingsError(f"{' and '.join(missing)} is not installed: pip install 'nanie-actors[ui]'")
        # Imported when needed: most workers serve nothing.
        from nanie_actors.web.app import make_app
        from nanie_actors.web.doorkeeper import Doorkeeper
        from nanie_actors.web.server import WebServer, bound_to, listen_on
        from nanie_actors.web.views import Views

        worker = self._worker
        settings = worker.settings.web
        token = settings.token.get_secret_value()
        hide(token)
        listening = listen_on(settings.address)
        doorkeeper = Doorkeeper(token, bound_to(listening).port)
        app = make_app(Views(worker.take_dump, worker.control, self._router, self._pairing), doorkeeper)
        return WebServer(listening, app, longest_frame=2 * worker.settings.router.row_bytes)


def _pairing_desk(worker: Worker) -> PairingDesk | None:
    if not any(isinstance(source, LiveSource) for source in worker.sources):
        return None
    settings, layout = worker.settings.whatsapp, worker.layout

    def attempt(view: View, phone: str | None) -> Attempt:
        return Attempt(pairing_arguments(settings, layout, phone), view)

    return PairingDesk(layout, attempt)
