"""Realtime, as a bell and nothing more: it says that the table changed, and the poll reads what.

Changes get lost in it (while joining, in reconnects, in a channel that the server closed), and the library
dies silently in several ways. So nothing it carries is used, and whatever looks wrong is built anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from realtime import RealtimePostgresChangesListenEvent
from realtime.message import SuccessSystemPayload
from supabase import AsyncClient

from nanie_actors.router.backoff import Backoff
from nanie_actors.router.status import Status
from nanie_actors.router.supabase.failures import failure_of
from nanie_actors.router.supabase.project import Project

_log = logging.getLogger(__name__)

TOPIC: Final = "nanie-inbox"
INSERT: Final = RealtimePostgresChangesListenEvent.Insert
LOOK_EVERY_S: Final = 1.0
JOB: Final = "Realtime (the table is still polled)"


class WakeUp:
    """Keeps one subscription to new rows alive, on the transport's loop."""

    def __init__(self, open_project: Callable[[], Any], ring: Callable[[], None], status: Status) -> None:
        """`open_project` makes a Project of its own for each attempt: neither the library's client nor its
        channels survive everything that happens to them."""
        self._open_project = open_project
        self._ring = ring
        self._status = status
        self._backoff = Backoff()

    async def watch(self) -> None:
        """Subscribe, look after it, build it anew; until cancelled."""
        while True:
            project: Project = await self._open_project()
            try:
                await self._listen(project.client)
            except Exception as error:  # noqa: BLE001 - the table is polled anyway
                self._status.failed(JOB, failure_of(error))
            finally:
                await _close(project)
            await asyncio.sleep(self._backoff.failed())

    async def _listen(self, client: AsyncClient) -> None:
        """Returns when the subscription is of no more use."""
        channel = client.channel(TOPIC)
        channel.on_postgres_changes(INSERT, self._heard, schema="public", table="messages")
        # Changes flow only from this message on, not from the answer to the join.
        channel.on_system(self._ready)
        await channel.subscribe(lambda _state, _error: self._ring())
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            listening = client.realtime._listen_task  # the only sign there is that the reader has ended
            if channel.state == "closed" or listening is None or listening.done():
                return

    def _heard(self, _change: Any) -> None:
        self._ring()

    def _ready(self, message: SuccessSystemPayload) -> None:
        if message.status == "ok":
            self._backoff.succeeded()
            self._status.works(JOB)
        self._ring()


async def _close(project: Project) -> None:
    try:
        await project.close()
    except Exception as error:  # noqa: BLE001 - it is thrown away
        _log.debug("a Realtime connection did not close cleanly (%s)", type(error).__name__)
