"""Realtime's half of the stand-in: who joins which topic, and who is told what."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from supabase_standin import keys
from supabase_standin.faults import Faults
from supabase_standin.peers import Channel, Json, Peer, is_understood
from supabase_standin.rights import Rights

PREFIX = "realtime:"


class Realtime:
    """Runs on the stand-in's loop."""

    def __init__(self, faults: Faults, rights: Rights) -> None:
        self._faults = faults
        self._rights = rights
        self._peers: set[Peer] = set()
        self._later: set[asyncio.Task[None]] = set()
        self.joins = 0

    @property
    def listening(self) -> int:
        """How many channels are told of changes."""
        return sum(channel.ready for peer in tuple(self._peers) for channel in tuple(peer.channels.values()))

    # ── what a test may do ──────────────────────────────────────────────────────────────────────────────

    async def drop(self, code: int) -> None:
        """Close every websocket with this code."""
        for peer in tuple(self._peers):
            self._peers.discard(peer)
            await peer.socket.close(code)

    async def kick(self, reason: str = "") -> None:
        """Close every channel, as for a token that expired, and leave the websockets as they are."""
        for peer in tuple(self._peers):
            for topic, channel in tuple(peer.channels.items()):
                del peer.channels[topic]
                if reason:
                    await peer.system(channel, reason, status="error", extension="system")
                await peer.send(topic, "phx_close", {}, channel.ref)

    async def silence(self) -> None:
        """Every websocket of now is never told anything again; it stays open."""
        for peer in tuple(self._peers):
            peer.silent = True

    # ── what is told ────────────────────────────────────────────────────────────────────────────────────

    async def changed(self, record: Json, table: str = "messages") -> None:
        """A row was inserted and committed."""
        if self._faults.realtime_muted:
            return
        if self._faults.told_after_s:
            await asyncio.sleep(self._faults.told_after_s)
        for peer in tuple(self._peers):
            for channel in tuple(peer.channels.values()):
                ids = channel.wanted("public", table, "INSERT", record)
                if ids and await self._sees(channel, table, str(record["id"])):
                    await self._tell(peer, channel, table, record, ids)

    async def _sees(self, channel: Channel, table: str, row_id: str) -> bool:
        if channel.claims.role == "service_role":
            return True  # it passes by row-level security
        return await run_in_threadpool(self._rights.seen_by, channel.claims, table, row_id)

    async def _tell(self, peer: Peer, channel: Channel, table: str, record: Json, ids: list[int]) -> None:
        data = {
            "schema": "public",
            "table": table,
            "commit_timestamp": "2026-01-01T00:00:00Z",
            "type": "INSERT",
            "errors": None,
            "columns": [{"name": name, "type": "text"} for name in record],
            "record": record,
        }
        for _ in range(self._faults.duplicates):
            await peer.send(channel.topic, "postgres_changes", {"data": data, "ids": ids})

    async def broadcast(
        self, topic: str, event: str, payload: Any, *, private: bool = False, besides: Peer | None = None
    ) -> None:
        """To whoever joined this topic, of this privacy."""
        body = {"type": "broadcast", "event": event, "payload": payload}
        for peer in tuple(self._peers):
            channel = peer.channels.get(PREFIX + topic)
            if channel is not None and channel.private is private and peer is not besides:
                await peer.send(PREFIX + topic, "broadcast", body)

    # ── what is asked ───────────────────────────────────────────────────────────────────────────────────

    async def serve(self, socket: WebSocket) -> None:
        """One websocket, until it ends."""
        claims = keys.read(socket.query_params.get("apikey", ""))
        if self._faults.realtime_refused or claims is None:
            status = 503 if self._faults.realtime_refused else 401
            await socket.send_denial_response(JSONResponse({"message": "refused"}, status))
            return
        await socket.accept()
        peer = Peer(socket, claims)
        self._peers.add(peer)
        try:
            while True:
                await self._handle(peer, orjson.loads(await socket.receive_text()))
        except (WebSocketDisconnect, RuntimeError):
            pass  # it left, or the test threw it out
        finally:
            self._peers.discard(peer)

    async def _handle(self, peer: Peer, message: Json) -> None:
        topic, ref, payload = message["topic"], message.get("ref"), message["payload"]
        channel = peer.channels.get(topic)
        match message["event"]:
            case "heartbeat":
                await peer.reply(topic, ref, {})
            case "phx_join":
                await self._join(peer, topic, ref, payload)
            case _ if channel is None:
                await peer.reply(topic, ref, {"reason": "unmatched topic"}, "error")
            case "phx_leave":
                del peer.channels[topic]
                await peer.reply(topic, ref, {})
                await peer.send(topic, "phx_close", {}, channel.ref)
            case "access_token":
                await self._renew(peer, channel, payload["access_token"])
            case "broadcast":
                await self._pass_on(peer, channel, ref, payload)
            case _:
                await peer.reply(topic, ref, {})

    async def _join(self, peer: Peer, topic: str, ref: str | None, payload: Json) -> None:
        self.joins += 1
        if peer.joins_within_a_second() > self._faults.joins_per_s:
            await peer.socket.close(1008)
            return
        if self._faults.join_after_s:
            await asyncio.sleep(self._faults.join_after_s)
        config = payload.get("config", {})
        wants = [want | {"id": number} for number, want in enumerate(config.get("postgres_changes", []), 1)]
        claims = keys.read(payload["access_token"]) if payload.get("access_token") else peer.claims
        channel = Channel(topic, ref, config, claims or peer.claims, wants)
        reason = (
            "InvalidJWTToken: Token has expired or is unknown"
            if claims is None
            else await self._why_not(peer, channel)
        )
        if reason:
            await peer.reply(topic, ref, {"reason": reason}, "error")
            return
        before, peer.channels[topic] = peer.channels.get(topic), channel
        await peer.reply(topic, ref, {"postgres_changes": wants})
        if before is not None:  # after the answer, as Phoenix does
            await peer.send(topic, "phx_close", {}, before.ref)
        if wants:
            self._run(self._make_ready(peer, channel))

    async def _why_not(self, peer: Peer, channel: Channel) -> str | None:
        """Why a join is refused."""
        topic = channel.topic.removeprefix(PREFIX)
        if not channel.topic.startswith(PREFIX) or not topic:
            return "unmatched topic"
        if channel.topic not in peer.channels and len(peer.channels) >= self._faults.channels_per_socket:
            return "ChannelRateLimitReached: Too many channels"
        if channel.private and not await run_in_threadpool(self._rights.may_listen, channel.claims, topic):
            return f"Unauthorized: You do not have permissions to read from this Channel topic: {topic}"
        return None

    async def _make_ready(self, peer: Peer, channel: Channel) -> None:
        await asyncio.sleep(self._faults.ready_after_s)
        if peer.channels.get(channel.topic) is not channel:
            return
        for want in channel.wants:
            known = await run_in_threadpool(
                self._rights.is_published, want.get("schema", ""), want.get("table", "")
            )
            if not known or not is_understood(want):
                message = "Unable to subscribe to changes with given parameters"
                await peer.system(channel, message, status="error", extension="postgres_changes")
                return
        channel.ready = True
        await peer.system(channel, "Subscribed to PostgreSQL", status="ok", extension="postgres_changes")

    async def _renew(self, peer: Peer, channel: Channel, token: str) -> None:
        claims = keys.read(token)
        if claims is not None:
            channel.claims = claims
            return
        del peer.channels[channel.topic]
        await peer.system(channel, "Token has expired", status="error", extension="system")
        await peer.send(channel.topic, "phx_close", {}, channel.ref)

    async def _pass_on(self, peer: Peer, channel: Channel, ref: str | None, payload: Json) -> None:
        """A broadcast by the socket."""
        topic, wishes = channel.topic.removeprefix(PREFIX), channel.config.get("broadcast") or {}
        if channel.private and not await run_in_threadpool(self._rights.may_speak, channel.claims, topic):
            return  # as on the hosted service: nobody is told
        besides = None if wishes.get("self") else peer
        await self.broadcast(
            topic, payload["event"], payload["payload"], private=channel.private, besides=besides
        )
        if wishes.get("ack"):
            await peer.reply(channel.topic, ref, {})

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)
