"""Reads a stream in its order, from a place on, without a gap: a page at a time, when the reader wants one.

The server keeps no account of what was read: the consumer here is only a window that is open while somebody
looks (docs/adr/0019-nats-by-a-cursor-of-ours.md). What gets lost on the way shows as a gap in the numbers.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

import orjson
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from nanie_actors.router.nats.connection import Link
from nanie_actors.router.nats.cursor import Place
from nanie_actors.router.nats.failures import ReadingBroke

PAGE: Final = 256
PAGE_BYTES: Final = 16 << 20
"""What one page may bring, so that a flood of long messages stays within bounds; a longer one comes alone."""

HEARTBEAT_S: Final = 5.0
SILENCE_S: Final = 2 * HEARTBEAT_S + 1
"""Two heartbeats missed: whatever we asked for was lost, or the server has forgotten us."""

PAGE_OPEN_S: Final = 30.0
FORGOTTEN_AFTER_S: Final = 60.0
"""When the server removes the window of a reader that is gone."""

_NEXT_PAGE: Final = ("404", "408")
_FULL: Final = ("batch completed", "message size exceeds maxbytes")

_REQUEST: Final = orjson.dumps(
    {
        "batch": PAGE,
        "max_bytes": PAGE_BYTES,
        "expires": int(PAGE_OPEN_S * 1e9),
        "idle_heartbeat": int(HEARTBEAT_S * 1e9),
    }
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the stream."""

    place: Place
    subject: str
    body: bytes
    headers: dict[str, str]


class Feed:
    """Used on the loop of its link; of no more use once it raised ReadingBroke."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._heard: deque[Msg] = deque()
        self._rung = asyncio.Event()
        self._left = 0
        self._number = 0
        self._next = ""
        self._inbox: Subscription | None = None
        self.begins_after = 0

    @classmethod
    async def open(cls, link: Link, stream: str, subject: str, after: int | datetime) -> Self:
        """Read from behind that number on, or from that time on; `begins_after` says behind which number."""
        feed = cls(link)
        config = _window(subject, after)
        made = await link.asked(link.jetstream.add_consumer(stream, config))
        if made.delivered is not None:
            feed.begins_after = made.delivered.stream_seq
        feed._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{made.name}"
        feed._inbox = await link.listen(feed._hear)
        return feed

    async def page(self) -> list[Message]:
        """What has come, waited for; perhaps nothing. Raises ReadingBroke."""
        if self._left <= 0:
            self._left = PAGE
            assert self._inbox is not None
            await self._link.tell(self._next, _REQUEST, self._inbox.subject)
        try:
            # What came while the caller was busy, heartbeats included, has rung already.
            await asyncio.wait_for(self._rung.wait(), SILENCE_S)
        except TimeoutError:
            raise ReadingBroke("the server fell silent") from None
        self._rung.clear()
        found: list[Message] = []
        while self._heard:
            message = self._heard.popleft()
            if message.reply.startswith("$JS.ACK."):
                found.append(self._counted(message))
            else:
                self._obey(message.headers or {})
        return found

    async def close(self) -> None:
        """Listen no more."""
        if self._inbox is not None and not self._link.closed.is_set():
            await self._inbox.unsubscribe()

    async def _hear(self, message: Msg) -> None:
        self._heard.append(message)
        self._rung.set()

    def _counted(self, message: Msg) -> Message:
        known = message.metadata
        self._number += 1
        self._left -= 1
        if known.sequence.consumer != self._number:
            raise ReadingBroke("a message got lost on the way")
        place = Place(known.sequence.stream, round(known.timestamp.timestamp() * 1e6))
        return Message(place, message.subject, message.data, message.headers or {})

    def _obey(self, status: dict[str, Any]) -> None:
        """What the server says instead of a message."""
        code, why = str(status.get("Status", "")), str(status.get("Description", "")).lower()
        if code.startswith("1"):
            return
        if code not in _NEXT_PAGE and not why.startswith(_FULL):
            raise ReadingBroke(f"status {code}")
        self._left = 0


def _window(subject: str, after: int | datetime) -> ConsumerConfig:
    since: dict[str, Any] = {"deliver_policy": DeliverPolicy.BY_START_SEQUENCE}
    if isinstance(after, datetime):
        since = {"deliver_policy": DeliverPolicy.BY_START_TIME, "opt_start_time": after.astimezone(UTC)}
    else:
        since["opt_start_seq"] = after + 1
    return ConsumerConfig(
        description="nanie run",
        ack_policy=AckPolicy.NONE,
        filter_subject=subject,
        inactive_threshold=FORGOTTEN_AFTER_S,
        mem_storage=True,
        num_replicas=1,
        **since,
    )
