"""What waits to be sent to one client of the websocket: bounded, filled by any thread, emptied by one."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from threading import Condition
from typing import Final

logger = logging.getLogger(__name__)

UNREAD_FRAMES: Final = 1_000
UNREAD_BYTES: Final = 16 << 20
"""What a client may leave unread before one more frame costs it its connection, as on the control socket."""


class Outbox:
    """Frames in the order in which they were sent.

    `wake` is called when there is something new to look at, `cut` when the connection must end at once; both
    on any thread, and neither may block.
    """

    def __init__(self, wake: Callable[[], None], cut: Callable[[], None]) -> None:
        self._wake = wake
        self._cut = cut
        self._frames: deque[bytes] = deque()
        self._unread = 0
        self._finishing = False
        self._gone = False
        self._changed = Condition()

    def send(self, frame: bytes) -> None:
        """Queue a frame, never blocks; a client that does not read is hung up on instead of waited for."""
        with self._changed:
            if self._finishing:
                return
            full = len(self._frames) >= UNREAD_FRAMES or self._unread >= UNREAD_BYTES
            if not full:
                self._frames.append(frame)
                self._unread += len(frame)
        if full:
            logger.warning("a client of the websocket does not read: hung up")
            self.hang_up()
        else:
            self._wake()

    def take(self) -> bytes | None:
        """The next frame; None if there is none now. For the one who writes to the connection."""
        with self._changed:
            if not self._frames:
                return None
            frame = self._frames.popleft()
            self._unread -= len(frame)
            return frame

    @property
    def over(self) -> bool:
        """Whether all was taken and nothing more will come."""
        with self._changed:
            return self._finishing and not self._frames

    def finish(self) -> None:
        """Take no further frame; what is queued still goes out. Returns at once."""
        with self._changed:
            self._finishing = True
        self._wake()

    def hang_up(self) -> None:
        """End the connection now, whatever is unsent."""
        with self._changed:
            self._finishing = True
            self._frames.clear()
        self._cut()

    def gone(self) -> None:
        """The connection is over, for whoever waits for that."""
        with self._changed:
            self._finishing = self._gone = True
            self._frames.clear()
            self._changed.notify_all()

    def gone_within(self, timeout_s: float) -> bool:
        """After `finish`: wait until the client has its last frame; False if it takes too long."""
        with self._changed:
            return self._changed.wait_for(lambda: self._gone, timeout_s)
