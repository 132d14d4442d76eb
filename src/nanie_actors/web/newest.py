"""What waits for one client of the operator's view: of each kind only the newest."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import orjson

MOST_WAITING: Final = 64
"""Frames; beyond that the oldest goes. Only trails of different messages can be so many."""


class Newest:
    """For the server's thread only. A slow client misses what was overtaken, and costs nothing else."""

    def __init__(self) -> None:
        self._waiting: dict[str, bytes] = {}
        self._news = asyncio.Event()

    def put(self, kind: str, frame: bytes) -> None:
        """Let it wait, in place of the one of its kind."""
        self._waiting[kind] = frame
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._news.set()

    async def take(self) -> bytes:
        """The one that waits longest; waits for one."""
        while not self._waiting:
            self._news.clear()
            await self._news.wait()
        return self._waiting.pop(next(iter(self._waiting)))


def encoded(kind: str, data: Any) -> bytes:
    """One frame of the view."""
    return orjson.dumps({"kind": kind, "data": data}, default=dict)
