"""Metrics and health, for programs that watch over the worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from nanie_actors.errors import Unavailable
from nanie_actors.inspection.port import WorkerControl
from nanie_actors.web.aside import aside

EXPOSITION: Final = "text/plain; version=0.0.4; charset=utf-8"
"""The type by which Prometheus knows its form."""


class Probes:
    """Each is asked aside: to be well is to answer within a deadline, which must be waited for."""

    def __init__(self, control: WorkerControl) -> None:
        self._control = control

    async def metrics(self, _request: Request) -> Response:
        """What is measured."""
        try:
            text = await aside(self._control.metrics)
        except Unavailable as error:
            return PlainTextResponse(f"{error}\n", 503)
        return Response(text, media_type=EXPOSITION)

    async def alive(self, _request: Request) -> Response:
        """200 if the worker does its work, 503 if it had better be started again."""
        return await _verdict(partial(self._control.health, ready=False))

    async def ready(self, _request: Request) -> Response:
        """200 if it takes messages and commands now, 503 if not."""
        return await _verdict(partial(self._control.health, ready=True))


async def _verdict(ask: Callable[[], Mapping[str, Any]]) -> Response:
    found = await aside(ask)
    status = 200 if found["ok"] else 503
    return Response(orjson.dumps(found), status, {"cache-control": "no-store"}, "application/json")
