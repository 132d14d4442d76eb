"""`/api/pairing`, and how a pairing is shown."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from nanie_actors.errors import InvalidMessage, Unavailable
from nanie_actors.qr_code import qr_svg
from nanie_actors.web.answers import answered, refused
from nanie_actors.whatsapp.live.pairing import phone_number
from nanie_actors.whatsapp.live.pairing_desk import PairingDesk

LONGEST_BODY: Final = 1_024
BODY_WITHIN_S: Final = 10.0
NO_SOURCE: Final = "This worker has no WhatsApp account to link: start it with --whatsapp neonize."


def shown(desk: PairingDesk | None) -> dict[str, Any]:
    """How things stand, as the page reads it."""
    if desk is None:
        return {"state": "unavailable", "message": NO_SOURCE}
    seen = desk.look()
    told: dict[str, Any] = {"state": seen.stage}
    if seen.data:
        told["svg"] = qr_svg(seen.data)
    if seen.code:
        told["code"] = seen.code
    if seen.message:
        told["message"] = seen.message
    return told


class PairingRequests:
    """Starts and ends showing codes."""

    def __init__(self, desk: PairingDesk | None) -> None:
        self._desk = desk

    async def serve(self, request: Request) -> Response:
        """POST starts, DELETE ends."""
        desk = self._desk
        if desk is None:
            return refused(Unavailable(NO_SOURCE))
        if request.method == "DELETE":
            return await answered(desk.cancel)
        try:
            phone = _phone(await _body(request))
        except InvalidMessage as error:
            return refused(error)
        return await answered(lambda: desk.start(phone))


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LONGEST_BODY:
                    raise InvalidMessage(f"The request has more than {LONGEST_BODY} bytes.")
    except TimeoutError:
        raise InvalidMessage("The request came too slowly.") from None
    return body


def _phone(body: bytes) -> str | None:
    """The number that a code to type is asked for; None for QR codes."""
    if not body.strip():
        return None
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = None
    match said:
        case {"phone": str(given)} if number := phone_number(given):
            return number
        case {"phone": None}:
            return None
        case _:
            problem = 'Send nothing, or {"phone": …} with a number with country code, like +491700000000.'
            raise InvalidMessage(problem)
