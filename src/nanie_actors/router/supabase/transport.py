"""Supabase as a way to the app: the worker's side of it, callable from any thread.

```
 any thread ──deliver, settled, rename──►  mail  ──►  the loop's thread: couriers, housekeeping
 the loop's thread: inbox (poll) ──rows──► one thread of its own ──► RowInbox (may wait there)
 the loop's thread: wake-up (Realtime) ──► inbox
```
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from nanie_actors.model import ConversationId, RowId
from nanie_actors.protocol import replies
from nanie_actors.router.cursor_keeper import CursorKeeper, CursorStore
from nanie_actors.router.edge import Outgoing, RowInbox
from nanie_actors.router.envelope import Refused, RowRules
from nanie_actors.router.lanes import Lanes
from nanie_actors.router.loop_thread import LoopThread
from nanie_actors.router.status import Status
from nanie_actors.router.supabase.courier import Courier
from nanie_actors.router.supabase.credentials import Credentials
from nanie_actors.router.supabase.cursor import InboxCursor
from nanie_actors.router.supabase.housekeeping import Housekeeping
from nanie_actors.router.supabase.inbox import SupabaseInbox
from nanie_actors.router.supabase.parcel import Parcel
from nanie_actors.router.supabase.project import Project
from nanie_actors.router.supabase.wakeup import WakeUp
from nanie_actors.settings.sections import SupabaseSettings

_log = logging.getLogger(__name__)

FLUSH_S: Final = 5.0
"""How long a stop waits for what is still to be delivered; what is left is owed, or asked again."""


class SupabaseTransport:
    """Implements router.edge.RouterTransport."""

    name = "supabase"

    def __init__(
        self, settings: SupabaseSettings, credentials: Credentials, rules: RowRules, store: CursorStore
    ) -> None:
        self._settings = settings
        self._credentials = credentials
        self._rules = rules
        self._store = store
        self._loop = LoopThread(self.name)
        self._intake_open = threading.Event()
        self._ending: asyncio.Event | None = None
        self._inbox_task: asyncio.Task[None] | None = None
        self._lanes: Lanes[Parcel] = Lanes()
        self._replies: Counter[RowId] = Counter()
        self._rooms: dict[str, str] = {}
        self.status = Status(self.name)

    # ── any thread ──────────────────────────────────────────────────────────────────────────────────────

    def start(self, inbox: RowInbox) -> None:
        """Start the loop's thread and return."""
        self._intake_open.set()
        self._loop.start(partial(self._main, inbox))

    def stop_intake(self) -> None:
        """Read no further row."""
        self._intake_open.clear()
        self._loop.post(self._end_intake)

    def deliver(self, out: Outgoing, accepted: Callable[[bool], None]) -> None:
        """Queue a reply or push."""
        self._loop.post(lambda: self._queue(out, accepted))

    def rename(self, conversation: ConversationId, title: str) -> None:
        """Give the conversation its title, some time."""
        self._loop.post(lambda: self._housekeeping.rename(conversation, title))

    def settled(self, row: RowId, keep: bool) -> None:
        """The cursor may pass the row; it is deleted unless it is to be kept."""
        self._loop.post(lambda: self._settle(row, keep))

    def stop(self) -> None:
        """Deliver what is queued, as far as that goes in five seconds, and end the thread."""
        self.stop_intake()
        self._loop.post(self._end)
        self._loop.join(FLUSH_S)

    # ── the loop's thread ───────────────────────────────────────────────────────────────────────────────

    async def _main(self, inbox: RowInbox) -> None:
        self._arrived = asyncio.Event()
        self._ending = asyncio.Event()
        self._cursor = InboxCursor.load(await asyncio.to_thread(self._store.load))
        self._keeper = CursorKeeper(self._store, self._cursor)
        project = await self._open_project()
        self._housekeeping = Housekeeping(project, self.status)
        rows = self._make_inbox(project, inbox)
        tasks = [self._loop.task(work) for work in self._jobs(project, rows)]
        self._inbox_task = tasks[0]
        self._loop.ready()
        await self._ending.wait()
        await self._flush()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._keeper.save()
        await project.close()

    def _jobs(self, project: Project, rows: SupabaseInbox) -> list[Coroutine[Any, Any, None]]:
        settings = self._settings
        jobs = [
            rows.watch(settings.poll_interval_s),
            self._housekeeping.tidy(),
            self._housekeeping.sweep(self._rules.agent_id, settings.sweep_after_s),
            self._keeper.keep(),
        ]
        if settings.realtime:
            jobs.append(WakeUp(self._open_project, rows.wake.set, self.status).watch())
        for _ in range(settings.connections):
            courier = Courier(
                project,
                self._lanes,
                self._arrived,
                self.status,
                agent=self._rules.agent_id,
                largest=settings.broadcast_bytes,
                private=settings.private_broadcasts,
            )
            jobs.append(courier.work())
        return jobs

    def _make_inbox(self, project: Project, inbox: RowInbox) -> SupabaseInbox:
        return SupabaseInbox(
            project,
            inbox,
            self._cursor,
            self._rules,
            self.status,
            transport=self.name,
            look_back_s=self._settings.first_look_back_s,
            refused=self._refuse,
            moved=self._keeper.moved,
            room_of=self._rooms.__setitem__,
        )

    async def _open_project(self) -> Project:
        return await Project.open(self._settings, self._credentials.url, self._credentials.key)

    def _queue(self, out: Outgoing, accepted: Callable[[bool], None]) -> None:
        key = None
        if out.in_reply_to is not None:
            key = f"{out.in_reply_to}/{self._replies[out.in_reply_to]}"
            self._replies[out.in_reply_to] += 1
        room = self._rooms.get(out.conversation) or self._rules.room_id or None
        self._lanes.put(Parcel(out, accepted, key, room))
        self._arrived.set()

    def _refuse(self, row_id: str, refused: Refused) -> None:
        """A malformed row is answered like any other, and gone then; it stays where nobody can be told."""
        row, conversation = RowId(row_id), refused.conversation
        if conversation is None:
            self._settle(row, keep=True)
            return
        out = Outgoing(conversation, replies.error(refused.error), row)
        self._queue(out, lambda _: self.settled(row, keep=False))

    def _settle(self, row: RowId, keep: bool) -> None:
        self._replies.pop(row, None)
        if keep:
            self._passed(row)
        else:
            # Only when it is gone: a worker that is killed before would leave it in the table for ever.
            self._housekeeping.answered(row, partial(self._passed, row))

    def _passed(self, row: RowId) -> None:
        self._cursor.settle(row)
        self._keeper.moved()

    def _end_intake(self) -> None:
        if self._inbox_task is not None:
            self._inbox_task.cancel()

    def _end(self) -> None:
        assert self._ending is not None  # the mail is opened after it was made
        self._ending.set()

    async def _flush(self) -> None:
        """Let the couriers and the housekeeping finish, if they can."""
        loop = asyncio.get_running_loop()
        until = loop.time() + FLUSH_S
        while (len(self._lanes) or not self._housekeeping.idle) and loop.time() < until:
            await asyncio.sleep(0.02)
        if len(self._lanes):
            _log.warning("supabase: %d replies and updates are still to be delivered", len(self._lanes))
