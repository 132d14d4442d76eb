"""Takes what waits in the lanes to Supabase: rows first, then broadcasts, many at a time.

A reply is a row (written once, whatever happens: it has a key) and a broadcast; a push is a broadcast alone.
The row is what counts: an app that was away reads it. So a reply whose row is stored is not held back for
long by broadcasts that fail. A push is tried until it is taken.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

import orjson

from nanie_actors.router.backoff import Backoff
from nanie_actors.router.failure import Never, Refused
from nanie_actors.router.lanes import Lanes
from nanie_actors.router.status import Status
from nanie_actors.router.supabase.failures import failure_of
from nanie_actors.router.supabase.parcel import Parcel
from nanie_actors.router.supabase.project import Json, Project

_log = logging.getLogger(__name__)

A_BATCH: Final = 50
"""Parcels in one request: fifty rows are written in the time of three single ones."""

BATCH_BYTES: Final = 1 << 20
BROADCASTS_OF_A_REPLY: Final = 3
"""How often a stored reply's broadcast is tried."""

TRIES_OF_A_REFUSED_ROW: Final = 5
"""How often a row is tried, alone, that the database refuses for an unknown reason: some eight seconds."""


class Courier:
    """One of several that empty the same lanes. Runs on the transport's loop."""

    def __init__(
        self,
        project: Project,
        lanes: Lanes[Parcel],
        arrived: asyncio.Event,
        status: Status,
        *,
        agent: str,
        largest: int,
        private: bool,
    ) -> None:
        """`largest` is the longest broadcast in bytes; a longer push becomes a row."""
        self._project = project
        self._lanes = lanes
        self._arrived = arrived
        self._status = status
        self._agent = agent
        self._largest = largest
        self._private = private
        self._backoff = Backoff()

    async def work(self) -> None:
        """Deliver until cancelled."""
        while True:
            while not self._lanes.ready:
                self._arrived.clear()
                await self._arrived.wait()
            batch = self._lanes.take(A_BATCH, BATCH_BYTES)
            again: list[Parcel] | None = None
            try:
                again = await self._deliver(batch)
            finally:
                self._lanes.finish(batch, _left(batch) if again is None else again)
                self._arrived.set()
            if again:
                await asyncio.sleep(self._backoff.failed())
            else:
                self._backoff.succeeded()

    async def _deliver(self, batch: Sequence[Parcel]) -> list[Parcel]:
        """Take a batch there; returns what has to be tried again, in order."""
        for parcel in batch:
            if parcel.key is None and len(parcel.out.body) > self._largest:
                _make_row(parcel)
        try:
            await self._store([p for p in batch if p.key is not None and not p.stored])
        except Exception as error:  # noqa: BLE001 - whatever it was, the parcels are still ours
            self._status.failed("writing replies", failure_of(error))
            return _left(batch)
        self._status.works("writing replies")
        for parcel in _left(batch):
            if parcel.stored and len(parcel.out.body) > self._largest:
                parcel.end(True)
        ready, held = _without_refused(_left(batch))
        return await self._broadcast(ready) + held

    # ── rows ────────────────────────────────────────────────────────────────────────────────────────────

    async def _store(self, parcels: Sequence[Parcel]) -> None:
        """Write the rows. What can never be a row is ended; what is refused is neither stored nor done."""
        if not parcels:
            return
        try:
            await self._project.store([self._row_of(parcel) for parcel in parcels])
        except Exception as error:
            failure = failure_of(error)
            if not isinstance(failure, Never | Refused):
                raise
            await self._store_singly(parcels, failure)
            return
        for parcel in parcels:
            parcel.stored = True

    async def _store_singly(self, parcels: Sequence[Parcel], failure: Never | Refused) -> None:
        """A batch was refused, perhaps for one of them: which?"""
        if len(parcels) > 1:
            refused: set[str] = set()
            for parcel in parcels:
                if parcel.out.conversation not in refused:
                    await self._store([parcel])
                if not (parcel.stored or parcel.done):
                    refused.add(parcel.out.conversation)
            return
        (parcel,) = parcels
        parcel.refusals += 1
        if isinstance(failure, Never) or parcel.refusals == TRIES_OF_A_REFUSED_ROW:
            _log.warning("supabase: a reply can not be stored and is given up: %s", failure.why)
            parcel.end(False)

    def _row_of(self, parcel: Parcel) -> Json:
        row: Json = {
            "conversation_id": parcel.out.conversation,
            "content": parcel.out.body.decode(),
            "sender_id": self._agent,
            "is_bot": True,
            "nanie_key": parcel.key,
        }
        if parcel.room is not None:
            row["room_id"] = parcel.room
        return row

    # ── broadcasts ──────────────────────────────────────────────────────────────────────────────────────

    async def _broadcast(self, parcels: Sequence[Parcel]) -> list[Parcel]:
        """Broadcast; returns what has to be tried again."""
        if not parcels:
            return []
        try:
            await self._post(parcels)
        except Exception as error:  # noqa: BLE001 - see `_deliver`
            failure = failure_of(error)
            if isinstance(failure, Never | Refused):
                return await self._broadcast_singly(parcels, failure)
            self._status.failed("broadcasting", failure)
            return [parcel for parcel in parcels if not self._gave_up(parcel)]
        self._status.works("broadcasting")
        for parcel in parcels:
            parcel.end(True)
        return []

    async def _broadcast_singly(self, parcels: Sequence[Parcel], failure: Never | Refused) -> list[Parcel]:
        """A batch was refused: perhaps for one of them. A conversation that has to wait keeps its order."""
        if len(parcels) > 1:
            again: list[Parcel] = []
            for parcel in parcels:
                waits = any(parcel.out.conversation == other.out.conversation for other in again)
                again += [parcel] if waits else await self._broadcast([parcel])
            return again
        (parcel,) = parcels
        _log.warning("supabase: a broadcast of %d bytes is refused: %s", len(parcel.out.body), failure.why)
        if parcel.stored:
            parcel.end(True)
            return []
        _make_row(parcel)
        return [parcel]

    def _gave_up(self, parcel: Parcel) -> bool:
        if not parcel.stored:
            return False
        parcel.failed_broadcasts += 1
        if parcel.failed_broadcasts < BROADCASTS_OF_A_REPLY:
            return False
        parcel.end(True)
        return True

    async def _post(self, parcels: Sequence[Parcel]) -> None:
        messages: list[dict[str, Any]] = [
            {
                "topic": f"nanie_sync_{parcel.out.conversation}",
                "event": "sync",
                "payload": orjson.Fragment(parcel.out.body),
                "private": self._private,
            }
            for parcel in parcels
        ]
        await self._project.broadcast(orjson.dumps({"messages": messages}))


def _make_row(parcel: Parcel) -> None:
    """A push that cannot be broadcast reaches the app as a row, which it listens to as well."""
    parcel.key = str(uuid4())


def _left(parcels: Sequence[Parcel]) -> list[Parcel]:
    return [parcel for parcel in parcels if not parcel.done]


def _without_refused(parcels: Sequence[Parcel]) -> tuple[list[Parcel], list[Parcel]]:
    """What may be broadcast, and what waits: rows that were refused, and whatever comes after them."""
    ready: list[Parcel] = []
    held: list[Parcel] = []
    waiting: set[str] = set()
    for parcel in parcels:
        if parcel.out.conversation in waiting or (parcel.key is not None and not parcel.stored):
            waiting.add(parcel.out.conversation)
            held.append(parcel)
        else:
            ready.append(parcel)
    return ready, held
