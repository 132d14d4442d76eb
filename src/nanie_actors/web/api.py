"""`/api`: what an operator decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from nanie_actors.errors import NanieError, NotFound
from nanie_actors.inspection.port import WorkerControl
from nanie_actors.model import GroupId, parse_group_id
from nanie_actors.web.aside import aside

REFUSED: Final = 409
"""The request is understood; how things stand, it cannot be carried out."""


class Decisions:
    """What becomes of a quarantined group."""

    def __init__(self, control: WorkerControl) -> None:
        self._control = control

    async def retry(self, request: Request) -> Response:
        """Start it again with the message that it failed on."""
        return await answered(lambda: self._decide(request, self._control.retry))

    async def skip(self, request: Request) -> Response:
        """Start it again without that message."""
        return await answered(lambda: self._decide(request, self._control.skip))

    def _decide(self, request: Request, act: Callable[[GroupId], bool]) -> None:
        if not act(parse_group_id(request.path_params["group"])):
            raise NotFound("This group is not quarantined.")


async def answered(work: Callable[[], None]) -> Response:
    """Carry it out aside, and say whether that went well."""
    try:
        await aside(work)
    except NanieError as error:
        return _json({"ok": False, "error": str(error)}, REFUSED)
    return _json({"ok": True}, 200)


def _json(body: dict[str, Any], status: int) -> Response:
    return Response(orjson.dumps(body), status, {"cache-control": "no-store"}, "application/json")
