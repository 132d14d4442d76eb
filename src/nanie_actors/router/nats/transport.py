"""NATS as a way to the app: the worker's side of it, callable from any thread.

```
 any thread ──deliver, settled──►  mail  ──►  the loop's thread: lanes ─► courier ─► replies, pushes
 the loop's thread: rows ─► inbox ─► one thread of its own ──► RowInbox (may wait there)
```
Inbox and courier live as long as a link to a server; cursor and lanes outlive it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final
from uuid import uuid4

from nanie_actors.model import ConversationId, RowId
from nanie_actors.protocol import replies
from nanie_actors.router.backoff import Backoff
from nanie_actors.router.cursor_keeper import CursorKeeper, CursorStore
from nanie_actors.router.edge import Outgoing, RowInbox
from nanie_actors.router.envelope import RowRules
from nanie_actors.router.lanes import Lanes
from nanie_actors.router.loop_thread import LoopThread
from nanie_actors.router.nats.connection import Link
from nanie_actors.router.nats.courier import Courier
from nanie_actors.router.nats.credentials import Credentials
from nanie_actors.router.nats.cursor import RowCursor
from nanie_actors.router.nats.failures import failure_of
from nanie_actors.router.nats.inbox import NatsInbox
from nanie_actors.router.nats.names import Names, token_of
from nanie_actors.router.nats.parcel import Parcel
from nanie_actors.router.nats.rows import Accepted, Rejected, unscoped
from nanie_actors.router.nats.streams import ensure, wanted
from nanie_actors.router.status import Status
from nanie_actors.settings.nats_section import NatsSettings

_log = logging.getLogger(__name__)

FLUSH_S: Final = 5.0
"""How long a stop waits for what is still to be delivered; what is left is owed, or asked again."""

CONNECTION: Final = "the connection"


class NatsTransport:
    """Implements router.edge.RouterTransport."""

    name = "nats"

    def __init__(
        self, settings: NatsSettings, credentials: Credentials, rules: RowRules, store: CursorStore
    ) -> None:
        self._settings = settings
        self._credentials = credentials
        self._rules = rules
        self._store = store
        self._names = Names(settings.prefix)
        self._loop = LoopThread(self.name)
        self._lanes: Lanes[Parcel] = Lanes()
        self._numbers: Counter[RowId] = Counter()
        self._wishes: dict[RowId, str] = {}
        self._ending = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self.status = Status(self.name)

    # ── any thread ──────────────────────────────────────────────────────────────────────────────────────

    def start(self, inbox: RowInbox) -> None:
        """Start the loop's thread and return."""
        self._loop.start(partial(self._main, inbox))

    def stop_intake(self) -> None:
        """Read no further row."""
        self._loop.post(self._end_intake)

    def deliver(self, out: Outgoing, accepted: Callable[[bool], None]) -> None:
        """Queue a reply or push."""
        self._loop.post(lambda: self._queue(out, accepted))

    def rename(self, conversation: ConversationId, title: str) -> None:
        """There is no place for titles: the group's name is in every update."""

    def settled(self, row: RowId, keep: bool) -> None:
        """The cursor may pass the row; all rows stay until they are too old."""
        self._loop.post(lambda: self._settle(row))

    def stop(self) -> None:
        """Deliver what is queued, as far as that goes in five seconds, and end the thread."""
        self.stop_intake()
        self._loop.post(self._ending.set)
        self._loop.join(FLUSH_S)

    # ── the loop's thread ───────────────────────────────────────────────────────────────────────────────

    async def _main(self, inbox: RowInbox) -> None:
        self._cursor = RowCursor.load(await asyncio.to_thread(self._store.load))
        self._keeper = CursorKeeper(self._store, self._cursor)
        self._inbox = self._make_inbox(inbox)
        self._courier = Courier(self._lanes, self._names, self.status, self._settings.in_flight)
        tasks = [self._loop.task(work) for work in (self._links(), self._keeper.keep())]
        self._loop.ready()
        await self._ending.wait()
        await self._flush()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._keeper.save()

    async def _links(self) -> None:
        """One link after the other; until cancelled."""
        backoff = Backoff()
        while True:
            try:
                if await self._live():
                    backoff.succeeded()
            except Exception as error:  # noqa: BLE001 - whatever it was, there is a next time
                self.status.failed(CONNECTION, failure_of(error))
            await asyncio.sleep(backoff.failed())

    async def _live(self) -> bool:
        """Connect, and read and write until the link ends; whether it was a good one."""
        link = await Link.open(self._credentials, self._settings.request_timeout_s)
        work: list[asyncio.Task[None]] = []
        try:
            for stream in wanted(self._settings):
                await ensure(link, stream)
            self.status.works(CONNECTION)
            self._reading = self._loop.task(self._inbox.read(link))
            work = [self._reading, self._loop.task(self._courier.work(link))]
            await link.closed.wait()
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await link.close()
        return not link.doubted

    def _make_inbox(self, inbox: RowInbox) -> NatsInbox:
        return NatsInbox(
            inbox,
            self._cursor,
            self._names,
            self._rules,
            self.status,
            transport=self.name,
            look_back_s=self._settings.first_look_back_s,
            taken=self._note,
            rejected=self._reject,
            moved=self._keeper.moved,
        )

    def _note(self, accepted: Accepted) -> None:
        if accepted.reply_to:
            self._wishes[accepted.row.row_id] = accepted.reply_to

    def _queue(self, out: Outgoing, accepted: Callable[[bool], None]) -> None:
        token, row = token_of(out.conversation), out.in_reply_to
        if row is None:
            # It has a key as well: what comes late, of a connection that broke, must not hide a newer one.
            parcel = Parcel(token, out.conversation, out.body, uuid4().hex, True, accepted)
        else:
            asked = unscoped(token, row)
            key = f"{token}/{token_of(asked)}/{self._numbers[row]}"
            self._numbers[row] += 1
            wish = self._wishes.get(row, "")
            parcel = Parcel(token, out.conversation, out.body, key, False, accepted, asked, wish)
        self._lanes.put(parcel)
        self._courier.arrived.set()

    def _reject(self, row: Rejected) -> None:
        """A malformed row is answered like any other."""
        self._lanes.put(
            Parcel(
                row.token,
                row.conversation,
                replies.error(row.error),
                row.key,
                False,
                lambda _: self._settle(RowId(row.key)),
                row.row_id,
                row.reply_to,
            )
        )
        self._courier.arrived.set()

    def _settle(self, row: RowId) -> None:
        self._numbers.pop(row, None)
        self._wishes.pop(row, None)
        self._cursor.settle(row)
        self._keeper.moved()

    def _end_intake(self) -> None:
        self._inbox.end()
        if self._reading is not None:
            self._reading.cancel()

    async def _flush(self) -> None:
        """Let the courier finish, if it can."""
        until = asyncio.get_running_loop().time() + FLUSH_S
        while len(self._lanes) and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.02)
        if len(self._lanes):
            _log.warning("nats: %d replies and updates are still to be delivered", len(self._lanes))
