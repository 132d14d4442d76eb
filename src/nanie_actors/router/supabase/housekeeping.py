"""What is tidied up in the table: answered commands, old replies, titles. Late is fine; lost is not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from nanie_actors.router.backoff import Backoff
from nanie_actors.router.failure import Never, Refused
from nanie_actors.router.status import Status
from nanie_actors.router.supabase.failures import failure_of
from nanie_actors.router.supabase.project import IDS_A_CALL, Project

_log = logging.getLogger(__name__)

GATHER_S: Final = 0.2
"""Rows answered within this time are deleted together."""

SWEEP_EVERY_S: Final = 60.0
DELETING: Final = "deleting answered rows"


class Housekeeping:
    """Runs on the transport's loop."""

    def __init__(self, project: Project, status: Status) -> None:
        self._project = project
        self._status = status
        self._answered: dict[str, Callable[[], None]] = {}
        self._titles: dict[str, str] = {}
        self._due = asyncio.Event()

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do."""
        return not self._answered and not self._titles

    def answered(self, row_id: str, gone: Callable[[], None]) -> None:
        """The row's reply was accepted: the row may go; `gone` is called once it has."""
        self._answered[row_id] = gone
        self._due.set()

    def rename(self, conversation: str, title: str) -> None:
        """The newest title counts."""
        self._titles[conversation] = title
        self._due.set()

    async def tidy(self) -> None:
        """Delete and rename as it comes up; until cancelled."""
        backoff = Backoff()
        while True:
            await self._due.wait()
            await asyncio.sleep(GATHER_S)
            self._due.clear()
            if await self._delete() and await self._rename():
                backoff.succeeded()
            else:
                self._due.set()
                await asyncio.sleep(backoff.failed())

    async def sweep(self, agent: str, older_than_s: float) -> None:
        """Remove our old rows now and then; until cancelled."""
        while True:
            await self._try("sweeping", lambda: self._sweep(agent, older_than_s))
            await asyncio.sleep(SWEEP_EVERY_S)

    async def _sweep(self, agent: str, older_than_s: float) -> None:
        swept = await self._project.sweep(agent, older_than_s)
        if swept:
            _log.debug("supabase: %d old replies swept", swept)

    async def _delete(self) -> bool:
        while self._answered:
            ids = list(self._answered)[:IDS_A_CALL]
            try:
                await self._project.delete(ids)
            except Exception as error:  # noqa: BLE001 - see `_try`
                failure = failure_of(error)
                if not isinstance(failure, Never | Refused):
                    self._status.failed(DELETING, failure)
                    return False
                if not await self._delete_singly(ids):
                    return False
            else:
                self._gone(ids)
        return True

    async def _delete_singly(self, ids: Sequence[str]) -> bool:
        """A batch was refused, perhaps for one of them; that one stays where it is."""
        for row_id in ids:
            if not await self._try(DELETING, partial(self._project.delete, [row_id])):
                return False
            self._gone([row_id])
        return True

    def _gone(self, ids: Sequence[str]) -> None:
        self._status.works(DELETING)
        for row_id in ids:
            self._answered.pop(row_id)()

    async def _rename(self) -> bool:
        for conversation, title in list(self._titles.items()):
            rename = partial(self._project.rename, conversation, title)
            if not await self._try("giving titles", rename):
                return False
            if self._titles.get(conversation) == title:
                del self._titles[conversation]
        return True

    async def _try(self, job: str, work: Callable[[], Awaitable[None]]) -> bool:
        """Do it; False if it must be tried again. What can never be done counts as done."""
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - nothing here may end the transport
            failure = failure_of(error)
            if not isinstance(failure, Never | Refused):
                self._status.failed(job, failure)
                return False
            _log.warning("supabase: %s was given up: %s", job, failure.why)
        self._status.works(job)
        return True
