"""How PostgREST and the gateway before it answer: status codes, and bodies with a code."""

from __future__ import annotations

from typing import Any

import orjson
import psycopg
from starlette.responses import HTMLResponse, Response

from supabase_standin.faults import Fault
from supabase_standin.keys import Refusal

STATUS = {
    "08": 503, "0L": 403, "0P": 403, "23503": 409, "23505": 409, "25006": 405, "25": 500, "28": 403,
    "40": 500, "42501": 403, "42883": 404, "42P01": 404, "42P17": 500, "53": 503, "54": 500, "55": 500,
    "57P01": 503, "57": 500, "58": 500, "P0001": 400, "P0": 500, "XX": 500,
}  # fmt: skip
"""HTTP status by PostgreSQL's code or its class; anything else is the request's fault (400)."""

MISSING = {
    "42883": ("PGRST202", "function"),
    "42P01": ("PGRST205", "table"),
}
"""What PostgREST finds missing before the database is asked has a code of its own."""


class Refused(Exception):
    """PostgREST's own refusal of a request."""

    def __init__(self, status: int, code: str, message: str, details: str | None = None) -> None:
        super().__init__(message)
        self.answer = error(status, code, message, details)


def data(value: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(value, default=str), status, headers, "application/json")


def error(status: int, code: str | None, message: str, details: str | None = None) -> Response:
    """An error as PostgREST words it."""
    return data({"code": code, "message": message, "details": details, "hint": None}, status)


def unknown_key(given: str | None) -> Response:
    """The gateway's refusal, without a code."""
    if not given:
        return data({"message": "No API key found in request", "hint": "No `apikey` was found."}, 401)
    return data({"message": "Invalid API key", "hint": "Double check your API key."}, 401)


def unknown_token(refusal: Refusal) -> Response:
    """PostgREST's refusal of a token."""
    if refusal == "expired":
        return error(401, "PGRST303", "JWT expired")
    return error(401, "PGRST301", "No suitable key or wrong key type")


def of_database(trouble: psycopg.Error, *, role: str) -> Response:
    """What the database refused."""
    code, message = trouble.sqlstate or "PGRST001", str(trouble.diag.message_primary or "no connection")
    if code in MISSING:
        ours, kind = MISSING[code]
        return error(404, ours, f"Could not find the {kind} in the schema cache ({message})")
    if code == "42501" and role == "anon":
        return error(401, code, message)
    status = STATUS.get(code) or STATUS.get(code[:2]) or (503 if code == "PGRST001" else 400)
    return error(status, code, message, trouble.diag.message_detail)


def of_fault(fault: Fault) -> Response:
    """A failure that a test wants."""
    if fault.how == "html":
        return HTMLResponse("<html>502 Bad Gateway</html>", fault.status)
    return error(fault.status, fault.code, "a fault of the test's")


class NoAnswer(Response):
    """Ends the connection in the middle of the answer's head."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Uvicorn closes the connection of an application that returns without an answer it promised."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10")]})
