"""The one group whose messages a client of the operator's view follows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson

from nanie_actors.errors import InvalidGroup
from nanie_actors.inspection.port import WorkerControl
from nanie_actors.model import GroupId, parse_group_id
from nanie_actors.web.newest import Newest, encoded

logger = logging.getLogger(__name__)


class Following:
    """For the server's thread only; `{"follow": {"group": ID}}` begins, `{"follow": null}` ends."""

    def __init__(self, control: WorkerControl, client: Newest) -> None:
        self._control = control
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._end: Callable[[], None] | None = None

    def take(self, frame: bytes) -> None:
        """Do what the client says; what is not understood is passed over."""
        try:
            match orjson.loads(frame):
                case {"follow": {"group": str(group)}}:
                    self._follow(parse_group_id(group))
                case {"follow": None}:
                    self.stop()
                case _:
                    logger.debug("a frame of %d bytes was passed over", len(frame))
        except (orjson.JSONDecodeError, InvalidGroup):
            logger.debug("a frame of %d bytes was passed over", len(frame))

    def stop(self) -> None:
        """Follow nothing. May be called twice."""
        end, self._end = self._end, None
        if end is not None:
            end()

    def _follow(self, group: GroupId) -> None:
        self.stop()
        self._end = self._control.follow(group, self._heard)

    def _heard(self, trail: dict[str, Any]) -> None:
        """On an actor's thread: encoded there, since the trail goes on."""
        frame = encoded("trail", trail)
        with suppress(RuntimeError):  # the server is gone
            self._loop.call_soon_threadsafe(self._client.put, f"trail/{trail['message']}", frame)
