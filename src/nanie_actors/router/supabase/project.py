"""The Supabase project: the one place that makes the library's client and calls it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final, Self

import httpx
from supabase import AsyncClient, AsyncClientOptions, acreate_client

from nanie_actors.settings.sections import SupabaseSettings

IDS_A_CALL: Final = 100
"""Ids go into the address of a request, which gateways limit to 8 kB."""

OTHERS: Final = 3
"""Connections beside the couriers': for polls, for tidying up, for the sweep. Nobody waits for a free one."""

Json = dict[str, Any]

TALKATIVE: Final = {"realtime": logging.CRITICAL, "websockets": logging.ERROR, "httpx": logging.WARNING}
"""Loggers of the libraries below: they log addresses with ids and the key, and messages as they came."""

for _name, _level in TALKATIVE.items():
    logging.getLogger(_name).setLevel(_level)


class Project:
    """Used on one event loop only, by coroutines of that loop. Every method raises what the client raises."""

    def __init__(self, client: AsyncClient, http: httpx.AsyncClient, url: str, key: str) -> None:
        self._client = client
        self._http = http
        self._broadcast_url = f"{url}/realtime/v1/api/broadcast"
        self._headers = {"apikey": key, "Authorization": f"Bearer {key}"}

    @classmethod
    async def open(cls, settings: SupabaseSettings, url: str, key: str) -> Self:
        """Make the clients; nothing is sent yet."""
        # Not HTTP/2: everything would hang on one connection, and be lost when the server retires it.
        http = httpx.AsyncClient(
            http2=False,
            timeout=httpx.Timeout(settings.request_timeout_s),
            limits=httpx.Limits(
                max_connections=settings.connections + OTHERS, max_keepalive_connections=settings.connections
            ),
        )
        options = AsyncClientOptions(
            httpx_client=http,
            auto_refresh_token=False,
            persist_session=False,
            realtime={"max_retries": 3, "initial_backoff": 1, "hb_interval": 25},
        )
        client = await acreate_client(url, key, options)
        return cls(client, http, url.rstrip("/"), key)

    @property
    def client(self) -> AsyncClient:
        """The library's own client, for Realtime."""
        return self._client

    async def close(self) -> None:
        """Close every connection; the library's client has no way to do that itself."""
        await self._client.realtime.close()
        await self._http.aclose()

    async def inbox(self, **asked: Any) -> Json:
        """`nanie_inbox`: the horizon, and a page of rows."""
        answer = await self._client.rpc("nanie_inbox", asked).execute()
        return answer.data  # type: ignore[return-value]

    async def sweep(self, agent: str, older_than_s: float) -> int:
        """`nanie_sweep`: how many of our old rows went."""
        answer = await self._client.rpc(
            "nanie_sweep", {"agent": agent, "older_than_s": older_than_s}
        ).execute()
        return int(answer.data)  # type: ignore[arg-type]

    async def check(self) -> Json:
        """`nanie_check`: what a doctor wants to know."""
        answer = await self._client.rpc("nanie_check", {}).execute()
        return answer.data  # type: ignore[return-value]

    async def store(self, rows: Sequence[Json]) -> None:
        """Write rows of ours; one that is there already (by its `nanie_key`) stays as it is."""
        await (
            self._client.table("messages")
            .upsert(list(rows), on_conflict="nanie_key", ignore_duplicates=True, returning="minimal")  # type: ignore[arg-type]
            .execute()
        )

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete rows, at most IDS_A_CALL of them."""
        await self._client.table("messages").delete(returning="minimal").in_("id", list(ids)).execute()  # type: ignore[arg-type]

    async def rename(self, conversation: str, title: str) -> None:
        """Give a conversation its title."""
        await (
            self._client.table("conversations")
            .update({"title": title}, returning="minimal")  # type: ignore[arg-type]
            .eq("id", conversation)
            .execute()
        )

    async def broadcast(self, body: bytes) -> None:
        """Broadcast what the encoded request says. Over REST, which answers: the socket loses silently."""
        response = await self._http.post(
            self._broadcast_url, content=body, headers=self._headers | {"Content-Type": "application/json"}
        )
        response.raise_for_status()
