"""The table of routes."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp

from nanie_actors.router.websocket.transport import WebSocketTransport
from nanie_actors.web.connections import Places
from nanie_actors.web.decisions import Decisions
from nanie_actors.web.doorkeeper import Doorkeeper
from nanie_actors.web.guard import Guard
from nanie_actors.web.inspect_socket import InspectSocket
from nanie_actors.web.pages import Assets
from nanie_actors.web.pairing import PairingRequests
from nanie_actors.web.probes import Probes
from nanie_actors.web.router_socket import RouterSocket
from nanie_actors.web.views import Views


def make_app(views: Views, doorkeeper: Doorkeeper) -> ASGIApp:
    """Everything that is served, behind the guard."""
    routes = _probes(views)
    if views.router is not None:
        routes += _page(views, views.router)
    return Guard(Starlette(routes=routes), doorkeeper)


def _probes(views: Views) -> list[BaseRoute]:
    probes = Probes(views.control)
    return [
        Route("/metrics", probes.metrics),
        Route("/healthz", probes.alive),
        Route("/readyz", probes.ready),
    ]


def _page(views: Views, router: WebSocketTransport) -> list[BaseRoute]:
    assets, decisions, places = Assets(), Decisions(views.control), Places()
    return [
        Route("/", assets.index),
        Mount("/assets", assets),
        WebSocketRoute("/router", RouterSocket(router, places).serve),
        WebSocketRoute("/inspect", InspectSocket(views, places).serve),
        Route("/api/groups/{group}/retry", decisions.retry, methods=["POST"]),
        Route("/api/groups/{group}/skip", decisions.skip, methods=["POST"]),
        Route("/api/pairing", PairingRequests(views.pairing).serve, methods=["POST", "DELETE"]),
    ]
