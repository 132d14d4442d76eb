"""The table as an inbox: polled by its cursor, at every interval and whenever a bell rings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import orjson

from nanie_actors.router.backoff import Backoff
from nanie_actors.router.edge import InboxClosed, RouterRow, RowInbox
from nanie_actors.router.envelope import Ignored, Refused, RowRules, parse_row
from nanie_actors.router.status import Status
from nanie_actors.router.supabase.cursor import InboxCursor, Row
from nanie_actors.router.supabase.failures import failure_of
from nanie_actors.router.supabase.project import Project

_log = logging.getLogger(__name__)

PAGE: Final = 500
"""Rows in one answer: below PostgREST's own limit of 1,000, and a fraction of a megabyte."""


class SupabaseInbox:
    """Runs on the transport's loop; rows are handed in on a thread of its own, which may have to wait."""

    def __init__(
        self,
        project: Project,
        inbox: RowInbox,
        cursor: InboxCursor,
        rules: RowRules,
        status: Status,
        *,
        transport: str,
        look_back_s: float,
        refused: Callable[[str, Refused], None],
        moved: Callable[[], None],
        room_of: Callable[[str, str], None],
    ) -> None:
        """`refused` answers a malformed row, `moved` hears when the durable cursor may have moved,
        `room_of` which room a conversation's row belongs to."""
        self._project = project
        self._inbox = inbox
        self._cursor = cursor
        self._rules = rules
        self._status = status
        self._transport = transport
        self._look_back_s = look_back_s
        self._refused = refused
        self._moved = moved
        self._room_of = room_of
        self._backoff = Backoff()
        self._hands = ThreadPoolExecutor(1, "supabase-rows")
        self.wake = asyncio.Event()

    async def watch(self, interval_s: float) -> None:
        """Poll until cancelled, or until the worker takes no more rows."""
        try:
            while True:
                self.wake.clear()
                delay = await self._poll(interval_s)
                try:
                    await asyncio.wait_for(self.wake.wait(), delay)
                except TimeoutError:
                    continue
        except InboxClosed:
            return
        finally:
            self._hands.shutdown(wait=False, cancel_futures=True)

    async def _poll(self, interval_s: float) -> float:
        """Read everything there is; how long to wait until the next time."""
        try:
            horizon = await self._read_pages()
        except InboxClosed:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the rows are still there
            self._status.failed("reading the table", failure_of(error))
            return self._backoff.failed()
        self._status.works("reading the table")
        self._backoff.succeeded()
        if not self._cursor.polled(horizon):
            _log.warning("supabase: the database is another one, or a restored copy: it is read from now on")
        self._moved()
        return interval_s

    async def _read_pages(self) -> int:
        """Hand in all rows since the horizon; the horizon of the first page, which holds for all of them."""
        since = self._cursor.since
        asked: dict[str, Any] = {
            "since": "" if since is None else str(since),
            "after_xid": "",
            "after_seq": 0,
            "room": self._rules.room_id,
            "agent": self._rules.agent_id,
            "look_back_s": self._look_back_s,
            "page": PAGE,
        }
        horizon: int | None = None
        while True:
            answer = await self._project.inbox(**asked)
            horizon = int(answer["horizon"]) if horizon is None else horizon
            rows: list[Row] = answer["rows"]
            self._cursor.begin(min([horizon, *(int(row["xid"]) for row in rows[:1])]))
            await self._hand_in(self._cursor.fresh(rows))
            if len(rows) < PAGE:
                return horizon
            asked |= {"after_xid": rows[-1]["xid"], "after_seq": rows[-1]["seq"]}

    async def _hand_in(self, rows: Sequence[Row]) -> None:
        understood: list[RouterRow] = []
        for row in rows:
            match parse_row(orjson.dumps(dict(row)), transport=self._transport, rules=self._rules):
                case Ignored(reason):
                    _log.debug("a row was ignored: %s", reason)
                case Refused() as refused:
                    self._cursor.take(row)
                    self._refused(row["id"], refused)
                case parsed:
                    self._cursor.take(row)
                    if row["room_id"] is not None:
                        self._room_of(parsed.conversation, str(row["room_id"]))
                    understood.append(parsed)
        if understood:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._hands, self._put_all, understood)

    def _put_all(self, rows: Sequence[RouterRow]) -> None:
        for row in rows:
            self._inbox.put(row)
