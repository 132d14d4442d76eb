"""The table of routes."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp

from nanie_actors.web.api import Decisions
from nanie_actors.web.connections import Places
from nanie_actors.web.doorkeeper import Doorkeeper
from nanie_actors.web.guard import Guard
from nanie_actors.web.inspect_socket import InspectSocket
from nanie_actors.web.pages import Assets
from nanie_actors.web.router_socket import RouterSocket
from nanie_actors.web.views import Views


def make_app(views: Views, doorkeeper: Doorkeeper) -> ASGIApp:
    """Everything that is served, behind the guard."""
    assets, places = Assets(), Places()
    decisions = Decisions(views.control)
    routes = [
        Route("/", assets.index),
        Mount("/assets", assets),
        WebSocketRoute("/router", RouterSocket(views.router, places).serve),
        WebSocketRoute("/inspect", InspectSocket(views, places).serve),
        Route("/api/groups/{group}/retry", decisions.retry, methods=["POST"]),
        Route("/api/groups/{group}/skip", decisions.skip, methods=["POST"]),
    ]
    return Guard(Starlette(routes=routes), doorkeeper)
