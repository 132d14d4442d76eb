"""Puts the web server together with a worker, where `[ui]` is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from nanie_actors.errors import SettingsError
from nanie_actors.logs import hide
from nanie_actors.router.websocket.transport import WebSocketTransport

if TYPE_CHECKING:
    from nanie_actors.assembly import Worker
    from nanie_actors.web.server import WebServer

LIBRARIES = ("starlette", "uvicorn", "websockets")


def open_web(worker: Worker, router: WebSocketTransport) -> WebServer:
    """Bind the address that is set; nothing is served before `start`. Raises SettingsError."""
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise SettingsError(f"the page needs {' and '.join(missing)}: pip install 'nanie-actors[ui]'")
    # Imported when needed: most workers serve no page.
    from nanie_actors.web.app import make_app
    from nanie_actors.web.doorkeeper import Doorkeeper
    from nanie_actors.web.server import WebServer, bound_to, listen_on
    from nanie_actors.web.views import Views

    settings = worker.settings.web
    token = settings.token.get_secret_value()
    hide(token)
    listening = listen_on(settings.address)
    doorkeeper = Doorkeeper(token, bound_to(listening).port)
    app = make_app(Views(router, worker.take_dump, worker.control), doorkeeper)
    return WebServer(listening, app, longest_frame=router.longest_frame)
