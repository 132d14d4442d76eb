"""Realtime's half of the stand-in: Phoenix channels over a websocket."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from supabase_standin import keys
from supabase_standin.faults import Faults

Json = dict[str, Any]


@dataclass(eq=False)
class Peer:
    """One websocket and its channels: topic → the changes it wants, once they flow."""

    socket: WebSocket
    joined: set[str] = field(default_factory=set)
    wants: dict[str, list[Json]] = field(default_factory=dict)


class Realtime:
    """Runs on the stand-in's loop."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._peers: set[Peer] = set()
        self._later: set[asyncio.Task[None]] = set()
        self.joins = 0

    @property
    def listening(self) -> int:
        """How many channels are told of changes."""
        return sum(len(peer.wants) for peer in self._peers)

    async def serve(self, socket: WebSocket) -> None:
        """One websocket, until it ends."""
        if self._faults.realtime_refused or keys.read(socket.query_params.get("apikey", "")) is None:
            await socket.close()
            return
        await socket.accept()
        peer = Peer(socket)
        self._peers.add(peer)
        try:
            while True:
                await self._handle(peer, orjson.loads(await socket.receive_text()))
        except (WebSocketDisconnect, RuntimeError):
            pass  # it left, or the test threw it out
        finally:
            self._peers.discard(peer)

    async def changed(self, record: Json) -> None:
        """A row was inserted and committed."""
        if self._faults.realtime_muted:
            return
        for peer in tuple(self._peers):
            for topic, wants in peer.wants.items():
                data: Json = {
                    "schema": "public",
                    "table": "messages",
                    "commit_timestamp": "2026-01-01T00:00:00Z",
                    "type": "INSERT",
                    "errors": None,
                    "columns": [],
                    "record": record,
                }
                ids = [want["id"] for want in wants]
                for _ in range(self._faults.duplicates):
                    await _send(peer, topic, "postgres_changes", {"data": data, "ids": ids})

    async def broadcast(self, topic: str, event: str, payload: Any) -> None:
        """Something sent to a public topic by REST."""
        for peer in tuple(self._peers):
            if f"realtime:{topic}" in peer.joined:
                body = {"type": "broadcast", "event": event, "payload": payload}
                await _send(peer, f"realtime:{topic}", "broadcast", body)

    async def drop(self, code: int) -> None:
        """Close every websocket with this code."""
        for peer in tuple(self._peers):
            self._peers.discard(peer)
            await peer.socket.close(code)

    async def kick(self) -> None:
        """Close every channel, and leave the websockets as they are."""
        for peer in tuple(self._peers):
            for topic in tuple(peer.joined):
                peer.joined.discard(topic)
                peer.wants.pop(topic, None)
                await _send(peer, topic, "phx_close", {})

    async def _handle(self, peer: Peer, message: Json) -> None:
        topic, ref = message["topic"], message["ref"]
        match message["event"]:
            case "phx_join":
                self.joins += 1
                wants = message["payload"].get("config", {}).get("postgres_changes", [])
                numbered = [want | {"id": number} for number, want in enumerate(wants, 1)]
                peer.joined.add(topic)
                await _reply(peer, topic, ref, {"postgres_changes": numbered})
                if numbered:
                    task = asyncio.create_task(self._make_ready(peer, topic, numbered))
                    self._later.add(task)
                    task.add_done_callback(self._later.discard)
            case "phx_leave":
                peer.joined.discard(topic)
                peer.wants.pop(topic, None)
                await _reply(peer, topic, ref, {})
            case "heartbeat":
                await _reply(peer, topic, ref, {})
            case _:
                pass

    async def _make_ready(self, peer: Peer, topic: str, wants: list[Json]) -> None:
        await asyncio.sleep(self._faults.ready_after_s)
        if topic not in peer.joined:
            return
        peer.wants[topic] = wants
        told = {
            "channel": topic.removeprefix("realtime:"),
            "extension": "postgres_changes",
            "message": "Subscribed to PostgreSQL",
            "status": "ok",
        }
        await _send(peer, topic, "system", told)


async def _reply(peer: Peer, topic: str, ref: str, response: Json) -> None:
    await _send(peer, topic, "phx_reply", {"status": "ok", "response": response}, ref)


async def _send(peer: Peer, topic: str, event: str, payload: Json, ref: str | None = None) -> None:
    text = orjson.dumps(
        {"topic": topic, "event": event, "payload": payload, "ref": ref}, default=str
    ).decode()
    try:
        await peer.socket.send_text(text)
    except (WebSocketDisconnect, RuntimeError):
        return  # it is leaving
