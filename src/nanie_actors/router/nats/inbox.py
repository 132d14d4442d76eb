"""The stream of rows as an inbox: read in its order, from the cursor on, and handed in one by one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final

from nanie_actors.router.backoff import Backoff
from nanie_actors.router.edge import InboxClosed, RouterRow, RowInbox
from nanie_actors.router.envelope import Ignored, RowRules
from nanie_actors.router.nats.connection import Link
from nanie_actors.router.nats.cursor import Place, RowCursor
from nanie_actors.router.nats.failures import StreamUnusable, failure_of
from nanie_actors.router.nats.feed import Feed, Message
from nanie_actors.router.nats.names import Names
from nanie_actors.router.nats.rows import Accepted, Rejected, read_row
from nanie_actors.router.nats.streams import look, time_of
from nanie_actors.router.status import Status

_log = logging.getLogger(__name__)

READING: Final = "reading the rows"
OVERLAP: Final = timedelta(seconds=1)
"""How much is read again of a stream that was replaced: clocks of servers differ."""


class NatsInbox:
    """Runs on the transport's loop; rows are handed in on a thread of its own, which may have to wait."""

    def __init__(
        self,
        inbox: RowInbox,
        cursor: RowCursor,
        names: Names,
        rules: RowRules,
        status: Status,
        *,
        transport: str,
        look_back_s: float,
        taken: Callable[[Accepted], None],
        rejected: Callable[[Rejected], None],
        moved: Callable[[], None],
    ) -> None:
        """`taken` hears of a row before it is handed in, `rejected` answers a malformed one, `moved` hears
        when the durable cursor may have moved."""
        self._inbox = inbox
        self._cursor = cursor
        self._names = names
        self._rules = rules
        self._status = status
        self._transport = transport
        self._look_back_s = look_back_s
        self._taken = taken
        self._rejected = rejected
        self._moved = moved
        self._backoff = Backoff()
        self._hands = ThreadPoolExecutor(1, "nats-rows")
        self._handing: asyncio.Future[None] | None = None
        self._ended = False

    def end(self) -> None:
        """Take no more rows, on this link and any later one."""
        self._ended = True
        self._hands.shutdown(wait=False, cancel_futures=True)

    async def read(self, link: Link) -> None:
        """Read until cancelled, or until the worker takes no more rows."""
        while not self._ended:
            try:
                await self._read_on(link)
            except InboxClosed:
                return
            except Exception as error:  # noqa: BLE001 - whatever it was, the rows are still there
                self._status.failed(READING, failure_of(error))
                await asyncio.sleep(self._backoff.failed())

    async def _read_on(self, link: Link) -> None:
        if self._handing is not None:
            # What an earlier link brought: not to be overtaken, and not to pile up.
            await asyncio.wait([self._handing])
        feed = await self._open(link)
        try:
            while True:
                messages = await feed.page()
                self._status.works(READING)
                self._backoff.succeeded()
                await self._hand_in(messages)
        finally:
            await feed.close()

    async def _open(self, link: Link) -> Feed:
        """Go on behind the last message read; where that is unknown, from a time on."""
        info = await look(link, self._names.rows)
        if info is None:
            raise StreamUnusable(f"the stream {self._names.rows} is gone")
        made = str(info.created)
        cursor, subject = self._cursor, self._names.subject("rows")
        if (known := cursor.after) is not None:
            at_us = await time_of(link, self._names.rows, known.sequence) if known.sequence else None
            if cursor.belongs_to(made, info.state.last_seq, at_us):
                return await self._opened(link, subject, known.sequence)
        since = self._since()
        feed = await self._opened(link, subject, since)
        cursor.begin(made, Place(feed.begins_after, int(since.timestamp() * 1e6)))
        self._moved()
        return feed

    async def _opened(self, link: Link, subject: str, after: int | datetime) -> Feed:
        return await Feed.open(link, self._names.rows, subject, after)

    def _since(self) -> datetime:
        """When to begin with a stream that was never read: the rows that were taken are older."""
        known = self._cursor.durable
        if known is None:
            return datetime.now(UTC) - timedelta(seconds=self._look_back_s)
        _log.warning(
            "nats: the stream of rows is another one, or a restored copy: it is read from its newer rows on"
        )
        return datetime.fromtimestamp(known.at_us / 1e6, UTC) - OVERLAP

    async def _hand_in(self, messages: Sequence[Message]) -> None:
        understood: list[RouterRow] = []
        for message in messages:
            match read_row(message, names=self._names, transport=self._transport, rules=self._rules):
                case Ignored(reason):
                    _log.debug("a row was ignored: %s", reason)
                    self._cursor.pass_by(message.place)
                case Rejected() as rejected:
                    if self._cursor.take(rejected.key, message.place):
                        self._rejected(rejected)
                case Accepted() as accepted:
                    if self._cursor.take(accepted.row.row_id, message.place):
                        self._taken(accepted)
                        understood.append(accepted.row)
        self._moved()
        if understood:
            loop = asyncio.get_running_loop()
            self._handing = loop.run_in_executor(self._hands, self._put_all, understood)
            self._handing.add_done_callback(self._handed_in)
            # These rows are taken: they go in, even if the link breaks meanwhile.
            await asyncio.shield(self._handing)

    def _handed_in(self, done: asyncio.Future[None]) -> None:
        if not done.cancelled() and isinstance(done.exception(), InboxClosed):
            self.end()

    def _put_all(self, rows: Sequence[RouterRow]) -> None:
        for row in rows:
            self._inbox.put(row)
