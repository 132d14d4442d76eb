"""Takes what waits in the lanes to its stream, and a reply to who asked for it by a subject as well."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from nanie_actors.router.backoff import Backoff
from nanie_actors.router.failure import Misconfigured, Never
from nanie_actors.router.lanes import Lanes
from nanie_actors.router.nats.connection import Link
from nanie_actors.router.nats.failures import failure_of
from nanie_actors.router.nats.names import Names
from nanie_actors.router.nats.parcel import Parcel
from nanie_actors.router.status import Status

_log = logging.getLogger(__name__)

PUBLISHING: Final = "publishing"


class Courier:
    """Empties the lanes over one link after the other. Runs on the transport's loop."""

    def __init__(self, lanes: Lanes[Parcel], names: Names, status: Status, at_once: int) -> None:
        """`at_once` parcels may be on their way; one of a conversation at a time."""
        self._lanes = lanes
        self._names = names
        self._status = status
        self._at_once = at_once
        self.arrived = asyncio.Event()

    async def work(self, link: Link) -> None:
        """Deliver until cancelled; what was not delivered then is in its lane again."""
        places = asyncio.Semaphore(self._at_once)
        async with asyncio.TaskGroup() as under_way:
            while True:
                await places.acquire()
                while not self._lanes.ready:
                    self.arrived.clear()
                    await self.arrived.wait()
                (parcel,) = self._lanes.take(1, 0)
                task = under_way.create_task(self._deliver(link, parcel))
                # Not in the task itself: one that is cancelled early never runs at all.
                task.add_done_callback(lambda _, taken=parcel: self._came_back(taken, places))  # type: ignore[misc]

    def _came_back(self, parcel: Parcel, places: asyncio.Semaphore) -> None:
        self._lanes.finish([parcel], [] if parcel.done else [parcel])
        self.arrived.set()
        places.release()

    async def _deliver(self, link: Link, parcel: Parcel) -> None:
        """Until the stream has it, or never will."""
        backoff = Backoff()
        while not parcel.done:
            try:
                await self._send(link, parcel)
                self._status.works(PUBLISHING)
            except Exception as error:  # noqa: BLE001 - whatever it was, the parcel is still ours
                failure = failure_of(error)
                if isinstance(failure, Never):
                    _log.warning(
                        "nats: a reply or update of %d bytes is given up: %s", parcel.size, failure.why
                    )
                    parcel.end(False)
                    return
                self._status.failed(PUBLISHING, failure)
                if isinstance(failure, Misconfigured):
                    link.doubt()
                await asyncio.sleep(backoff.failed())

    async def _send(self, link: Link, parcel: Parcel) -> None:
        payload = parcel.payload(link.max_payload)
        if payload is None:
            _log.warning("nats: an update of %d bytes is more than the server lets through", parcel.size)
            parcel.end(False)
            return
        kind = "pushes" if parcel.is_push else "replies"
        stream = self._names.pushes if parcel.is_push else self._names.replies
        await link.store(stream, self._names.subject(kind, parcel.token), payload, parcel.key)
        if parcel.reply_to:
            await link.tell(parcel.reply_to, payload)
        parcel.end(True)
