"""Keeps the cursor on the disk. An old one only costs reading; a lost one is the first start again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol

from nanie_actors.router.supabase.cursor import InboxCursor

WRITE_EVERY_S: Final = 0.5


class CursorStore(Protocol):
    """Where the cursor is kept; blocking calls, made on a thread of their own."""

    def load(self) -> Mapping[str, Any] | None:
        """What was saved last; None if nothing was."""

    def save(self, value: Mapping[str, Any]) -> None:
        """Durable when this returns; a failure is logged by whoever implements it."""


class CursorKeeper:
    """Runs on the transport's loop."""

    def __init__(self, store: CursorStore) -> None:
        self._store = store
        self._moved = asyncio.Event()
        self._written: int | None = None
        self.cursor = InboxCursor()

    async def load(self) -> None:
        """Go on where an earlier run was."""
        self._written = _since(await asyncio.to_thread(self._store.load))
        self.cursor = InboxCursor(self._written)

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
        durable = self.cursor.durable
        if durable is not None and durable != self._written:
            await asyncio.to_thread(self._store.save, {"since": str(durable)})
            self._written = durable


def _since(stored: Mapping[str, Any] | None) -> int | None:
    """The stored horizon; None if there is none that can be read: then the first start's rules hold."""
    text = (stored or {}).get("since")
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else None
