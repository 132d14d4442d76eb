"""How `/api` answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson
from starlette.responses import Response

from nanie_actors.errors import NanieError
from nanie_actors.web.aside import aside

REFUSED: Final = 409
"""The request is understood; how things stand, it cannot be carried out."""


async def answered(work: Callable[[], None]) -> Response:
    """Carry it out aside, and say whether that went well."""
    try:
        await aside(work)
    except NanieError as error:
        return refused(error)
    return _json({"ok": True}, 200)


def refused(error: NanieError) -> Response:
    """It was not carried out, and why."""
    return _json({"ok": False, "error": str(error)}, REFUSED)


def _json(body: dict[str, Any], status: int) -> Response:
    return Response(orjson.dumps(body), status, {"cache-control": "no-store"}, "application/json")
