"""A websocket at the stand-in, and its channels: Phoenix's protocol, as text."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from supabase_standin.keys import Claims

Json = dict[str, Any]

COMPARED: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda here, there: here == there,
    "neq": lambda here, there: here != there,
    "in": lambda here, there: here in there.strip("()").split(","),
}


@dataclass(eq=False, slots=True)
class Channel:
    """A joined topic, and which changes it wants; they flow once it is `ready`."""

    topic: str
    ref: str | None
    config: Json
    claims: Claims
    wants: list[Json]
    ready: bool = False

    @property
    def private(self) -> bool:
        return bool(self.config.get("private"))

    def wanted(self, schema: str, table: str, event: str, record: Json) -> list[int]:
        """The numbers of the subscriptions that this change fits."""
        if not self.ready:
            return []
        return [
            want["id"]
            for want in self.wants
            if want.get("event") in (event, "*")
            and want.get("schema") in (schema, "*")
            and want.get("table") in (table, "*", None)
            and fits(want.get("filter"), record)
        ]


def fits(filter_: str | None, record: Json) -> bool:
    """`room_id=eq.nanie`."""
    if not filter_:
        return True
    name, _, rest = filter_.partition("=")
    operator, _, value = rest.partition(".")
    return COMPARED[operator](str(record.get(name)), value)


def is_understood(want: Json) -> bool:
    """Whether the server can make sense of a subscription."""
    filter_ = want.get("filter")
    return not filter_ or ("=" in filter_ and filter_.partition("=")[2].partition(".")[0] in COMPARED)


@dataclass(eq=False)
class Peer:
    """One websocket."""

    socket: WebSocket
    claims: Claims
    channels: dict[str, Channel] = field(default_factory=dict)
    silent: bool = False
    """Nothing is sent any more, and nothing says so."""
    _joins: deque[float] = field(default_factory=deque)

    def joins_within_a_second(self) -> int:
        """How many there were, with this one."""
        now = asyncio.get_running_loop().time()
        self._joins.append(now)
        while self._joins[0] < now - 1:
            self._joins.popleft()
        return len(self._joins)

    async def reply(self, topic: str, ref: str | None, response: Json, status: str = "ok") -> None:
        await self.send(topic, "phx_reply", {"status": status, "response": response}, ref)

    async def system(self, channel: Channel, message: str, *, status: str, extension: str) -> None:
        told = {
            "channel": channel.topic.removeprefix("realtime:"),
            "extension": extension,
            "message": message,
            "status": status,
        }
        await self.send(channel.topic, "system", told)

    async def send(self, topic: str, event: str, payload: Json, ref: str | None = None) -> None:
        if self.silent:
            return
        message = {"topic": topic, "event": event, "payload": payload, "ref": ref}
        try:
            await self.socket.send_text(orjson.dumps(message, default=str).decode())
        except (WebSocketDisconnect, RuntimeError):
            return  # it is leaving
