"""Keeps a cursor on the disk. An old one only costs reading; a lost one is the first start again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol

WRITE_EVERY_S: Final = 0.5


class CursorStore(Protocol):
    """Where a cursor is kept; blocking calls, made on a thread of their own."""

    def load(self) -> Mapping[str, Any] | None:
        """What was saved last; None if nothing was."""

    def save(self, value: Mapping[str, Any]) -> None:
        """Durable when this returns; a failure is logged by whoever implements it."""


class Cursor(Protocol):
    """How far something was read."""

    @property
    def stored(self) -> Mapping[str, Any] | None:
        """What a restart must know of it; None while there is nothing to know."""


class CursorKeeper:
    """Runs on the loop of its transport."""

    def __init__(self, store: CursorStore, cursor: Cursor) -> None:
        """`cursor` is as it was loaded from the store."""
        self._store = store
        self._cursor = cursor
        self._moved = asyncio.Event()
        self._written = cursor.stored

    def moved(self) -> None:
        """The cursor may have moved."""
        self._moved.set()

    async def keep(self) -> None:
        """Write it when it moved; until cancelled."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            await self.save()
            await asyncio.sleep(WRITE_EVERY_S)

    async def save(self) -> None:
        """Write it now, if it moved."""
        stored = self._cursor.stored
        if stored is not None and stored != self._written:
            await asyncio.to_thread(self._store.save, stored)
            self._written = stored
