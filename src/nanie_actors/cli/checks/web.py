"""Checks of the page: whether its libraries are there, and its address is free or ours."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from nanie_actors.cli.checks.outcome import Check, ok, warning
from nanie_actors.errors import WorkerUnreachable
from nanie_actors.inspection.control_client import ControlClient, Refused
from nanie_actors.settings import Settings
from nanie_actors.settings.web_section import Address
from nanie_actors.storage.layout import StateLayout
from nanie_actors.web_opening import LIBRARIES


def check_page(
    settings: Settings,
    served: Callable[[Path], str | None] | None = None,
    libraries: tuple[str, ...] = LIBRARIES,
) -> Check:
    """`nanie run --ui` could serve it. That it could not keeps nobody from working without."""
    missing = [name for name in libraries if find_spec(name) is None]
    if missing:
        return ok("page", f"not installed; for nanie run --ui: pip install 'nanie-actors[ui]' ({missing[0]})")
    address = settings.web.address
    url = (served or _served)(settings.state.dir)
    if url is not None:
        return ok("page", f"served at {url}")
    trouble = _trouble(address)
    if trouble is not None:
        advice = "choose another address with [web] listen, or nanie run --ui --listen 127.0.0.1:0."
        return warning("page", f"{address} cannot be listened on ({trouble})", advice)
    return ok("page", f"{address} is free for nanie run --ui")


def _served(state: Path) -> str | None:
    """Where the running worker serves it; None if it does not, or none runs."""
    try:
        with ControlClient(StateLayout(state).run_socket) as client:
            url: str | None = client.request("facts").get("web")
    except (Refused, WorkerUnreachable):
        return None
    return url


def _trouble(address: Address) -> str | None:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        with closing(socket.create_server((address.host, address.port), family=family)):
            return None
    except OSError as error:
        return error.strerror or "it failed"
