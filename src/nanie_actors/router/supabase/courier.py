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

from nanie_actors.router.supabase.backoff import Backoff
from nanie_actors.router.supabase.failures import Never, failure_of
from nanie_actors.router.supabase.lanes import Lanes, Parcel
from nanie_actors.router.supabase.project import Json, Project
from nanie_actors.router.supabase.status import Status

_log = logging.getLogger(__name__)

A_BATCH: Final = 50
"""Parcels in one request: fifty rows are written in the time of three single ones."""

BATCH_BYTES: Final = 1 << 20
BROADCASTS_OF_A_REPLY: Final = 3
"""How often a stored reply's broadcast is tried."""


class Courier:
    """One of several that empty the same lanes. Runs on the transport's loop."""

    def __init__(
        self,
        project: Project,
        lanes: Lanes,
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
            again = batch
            try:
                again = await self._deliver(batch)
            finally:
                self._lanes.finish(batch, again)
                self._arrived.set()
            if again:
                await asyncio.sleep(self._backoff.failed())
            else:
                self._backoff.succeeded()

    async def _deliver(self, batch: Sequence[Parcel]) -> list[Parcel]:
        """Take a batch there; returns what has to be tried again, in order."""
        try:
            refused = await self._store([p for p in batch if p.key is not None and not p.stored])
        except Exception as error:  # noqa: BLE001 - whatever it was, the parcels are still ours
            self._status.failed("writing replies", failure_of(error))
            return list(batch)
        self._status.works("writing replies")
        rest = [parcel for parcel in batch if parcel not in refused]
        return await self._broadcast(rest)

    # ── rows ────────────────────────────────────────────────────────────────────────────────────────────

    async def _store(self, parcels: list[Parcel]) -> list[Parcel]:
        """Write the rows; returns the parcels that can never be rows, which are done."""
        if not parcels:
            return []
        try:
            await self._project.store([self._row_of(parcel) for parcel in parcels])
        except Exception as error:
            failure = failure_of(error)
            if not isinstance(failure, Never):
                raise
            if len(parcels) > 1:  # one of them: which?
                return [bad for parcel in parcels for bad in await self._store([parcel])]
            _log.warning("supabase: a reply can not be stored and is given up: %s", failure.why)
            parcels[0].accepted(False)
            return parcels
        for parcel in parcels:
            parcel.stored = True
        return []

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

    async def _broadcast(self, parcels: list[Parcel]) -> list[Parcel]:
        """Broadcast; returns what has to be tried again."""
        again = [parcel for parcel in parcels if self._has_to_become_a_row(parcel)]
        parcels = [parcel for parcel in parcels if parcel not in again and not self._is_row_enough(parcel)]
        if not parcels:
            return again
        try:
            await self._post(parcels)
        except Exception as error:  # noqa: BLE001 - see `_deliver`
            failure = failure_of(error)
            if isinstance(failure, Never):
                return again + await self._broadcast_singly(parcels, failure)
            self._status.failed("broadcasting", failure)
            return again + [parcel for parcel in parcels if not self._gave_up(parcel)]
        self._status.works("broadcasting")
        for parcel in parcels:
            parcel.accepted(True)
        return again

    async def _broadcast_singly(self, parcels: list[Parcel], failure: Never) -> list[Parcel]:
        """A batch was refused: perhaps for one of them."""
        if len(parcels) > 1:
            return [again for parcel in parcels for again in await self._broadcast([parcel])]
        (parcel,) = parcels
        _log.warning("supabase: a broadcast of %d bytes is refused: %s", len(parcel.out.body), failure.why)
        if parcel.stored:
            parcel.accepted(True)
            return []
        if parcel.key is None:
            parcel.key = str(uuid4())
        return [parcel]

    def _has_to_become_a_row(self, parcel: Parcel) -> bool:
        """A push too long for a broadcast reaches the app as a row, which it listens to as well."""
        if parcel.key is None and len(parcel.out.body) > self._largest:
            parcel.key = str(uuid4())
        return parcel.key is not None and not parcel.stored

    def _is_row_enough(self, parcel: Parcel) -> bool:
        if len(parcel.out.body) <= self._largest:
            return False
        parcel.accepted(True)
        return True

    def _gave_up(self, parcel: Parcel) -> bool:
        if not parcel.stored:
            return False
        parcel.failed_broadcasts += 1
        if parcel.failed_broadcasts < BROADCASTS_OF_A_REPLY:
            return False
        parcel.accepted(True)
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
