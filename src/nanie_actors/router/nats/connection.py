"""One connection to NATS: the one place that makes the library's client and publishes with it.

The library could reconnect by itself. It is not let: what it had buffered would go out late, behind what was
sent anew meanwhile, and its parts come back one by one or not at all. A connection that ends is thrown away,
and everything is built anew on the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, Self, TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext

from nanie_actors.router.nats.credentials import Credentials
from nanie_actors.router.nats.failures import Denied, NotEncrypted, PayloadTooSmall

_log = logging.getLogger(__name__)

PING_EVERY_S: Final = 10
UNANSWERED_PINGS: Final = 2
"""A server that is silent for half a minute is given up; what waits goes to another one, or to it again."""

SMALLEST_PAYLOAD: Final = 8_192
"""Bytes: an error with the longest ids still fits, so that something can be said of anything."""

CLOSE_WITHIN_S: Final = 0.5
"""Nobody waits for what a connection still does at its end: what mattered was answered before."""

logging.getLogger("nats").setLevel(logging.CRITICAL)
"""It logs errors that quote subjects, and we tell of each of them ourselves."""

T = TypeVar("T")


class _Client(Client):
    """The library's client, which says nothing to a server that does not encrypt what must be."""

    def __init__(self, encrypted: bool) -> None:
        super().__init__()
        self._must_encrypt = encrypted

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        # What the server says of itself, before it is told who we are: the library would go on in the clear.
        if self._must_encrypt and not info.get("tls_required"):
            raise NotEncrypted
        await super()._process_info(info, initial_connection)


class Link:
    """Used by coroutines of one event loop only. Methods raise what the client raises, or Denied."""

    def __init__(self, encrypted: bool, timeout_s: float) -> None:
        self._client = _Client(encrypted)
        self._timeout_s = timeout_s
        self._denied_at = float("-inf")
        self._trouble: Exception | None = None
        self.closed = asyncio.Event()
        self.doubted = False

    @classmethod
    async def open(cls, credentials: Credentials, timeout_s: float) -> Self:
        """Connect to one of the servers. `timeout_s` is for each step, and for every request later."""
        link = cls(credentials.encrypted, timeout_s)
        try:
            await link._connect(credentials)
        except BaseException:
            await link.close()
            raise
        return link

    async def _connect(self, credentials: Credentials) -> None:
        try:
            await self._client.connect(
                list(credentials.servers),
                name="nanie",
                allow_reconnect=False,
                # While no server is reached: each is tried twice, at once.
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=self._timeout_s,  # type: ignore[arg-type]  # it may have a fraction
                ping_interval=PING_EVERY_S,
                max_outstanding_pings=UNANSWERED_PINGS,
                error_cb=self._failed,
                closed_cb=self._ended,
                **credentials.options,
            )
        except Exception as error:
            # Of what it met on the way to "no servers" the library tells the callback only.
            raise (self._trouble or error) from error
        if self.max_payload < SMALLEST_PAYLOAD:
            raise PayloadTooSmall

    @property
    def jetstream(self) -> JetStreamContext:
        """The library's own view of JetStream, for streams and consumers."""
        return self._client.jetstream(timeout=self._timeout_s)

    @property
    def max_payload(self) -> int:
        """Bytes that a message may have, headers included, as the server says."""
        return self._client.max_payload

    @property
    def version(self) -> str:
        """The server's."""
        return str(self._client.connected_server_version)

    async def store(self, stream: str, subject: str, body: bytes, key: str) -> None:
        """Publish into a stream; returns when the stream has it. The same key is stored once."""
        headers = {"Nats-Msg-Id": key}
        await self.asked(self.jetstream.publish(subject, body, self._timeout_s, stream, headers))

    async def tell(self, subject: str, body: bytes, reply: str = "") -> None:
        """Publish to whoever listens; nobody says whether anybody did."""
        await self._client.publish(subject, body, reply)

    async def listen(self, heard: Callable[[Msg], Awaitable[None]]) -> Subscription:
        """Subscribe to a new subject of our own."""
        return await self._client.subscribe(self._client.new_inbox(), cb=heard)

    async def asked(self, request: Awaitable[T]) -> T:
        """The answer to a request of the library's."""
        try:
            return await request
        except TimeoutError:
            # The server says "denied" beside the request, which is just never answered.
            if asyncio.get_running_loop().time() - self._denied_at <= 2 * self._timeout_s:
                raise Denied from None
            raise

    def doubt(self) -> None:
        """Something that was there at the beginning is no more: end it, and look at everything anew."""
        self.doubted = True
        self.closed.set()

    async def close(self) -> None:
        """End it, whatever it was doing."""
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._client.close()
        except Exception as error:  # noqa: BLE001 - it is thrown away
            _log.debug("a NATS connection did not close cleanly (%s)", type(error).__name__)
        self.closed.set()

    async def _failed(self, error: Exception) -> None:
        self._trouble = error
        if "permissions violation" in str(error).lower():
            self._denied_at = asyncio.get_running_loop().time()

    async def _ended(self) -> None:
        self.closed.set()
