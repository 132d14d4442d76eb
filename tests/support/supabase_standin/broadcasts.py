"""Realtime's broadcasts over REST: many in one request, or one by its address."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from supabase_standin import answers, keys
from supabase_standin.keys import Claims
from supabase_standin.realtime import Realtime
from supabase_standin.rights import Rights

Json = dict[str, Any]


class Broadcasts:
    """Runs on the stand-in's loop."""

    def __init__(self, realtime: Realtime, rights: Rights) -> None:
        self._realtime = realtime
        self._rights = rights
        self.accepted: list[Json] = []

    async def answer(self, request: Request, body: bytes) -> Response:
        """202, whether anybody listens or not; to a private topic only who may speak there is passed on."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ") or request.headers.get(
            "apikey"
        )
        claims = keys.read(token or "")
        if claims is None or keys.read(request.headers.get("apikey", "")) is None:
            return answers.data({"message": "Unauthorized"}, 401)
        messages = _messages(request, orjson.loads(body))
        if messages is None or not all(isinstance(message.get("payload"), dict) for message in messages):
            return answers.data({"errors": {"messages": [{"payload": ["is invalid"]}]}}, 422)
        for message in messages:
            if await self._may_speak(claims, message):
                self.accepted.append(message)
                await self._realtime.broadcast(
                    message["topic"],
                    message["event"],
                    message["payload"],
                    private=bool(message.get("private")),
                )
        return Response(status_code=202)

    async def _may_speak(self, claims: Claims, message: Json) -> bool:
        if not message.get("private") or claims.role == "service_role":
            return True
        return await run_in_threadpool(self._rights.may_speak, claims, message["topic"])


def _messages(request: Request, body: Any) -> list[Json] | None:
    if "topic" not in request.path_params:
        return body.get("messages") if isinstance(body, dict) else None
    # The address of one: a payload that is no object is wrapped, as the server does.
    return [
        {
            "topic": request.path_params["topic"],
            "event": request.path_params["event"],
            "payload": body if isinstance(body, dict) else {"_json": orjson.dumps(body).decode()},
            "private": request.query_params.get("private") == "true",
        }
    ]
