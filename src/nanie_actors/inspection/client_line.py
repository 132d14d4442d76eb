"""One client of the control socket: lines in, lines out, and nobody waits for it."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections import deque
from collections.abc import Iterator
from threading import Condition, Thread

from nanie_actors.router.line_reader import LineReader, TooLong

logger = logging.getLogger(__name__)

UNREAD_LINES = 1_000
"""Lines that a client may leave unread; one that leaves more is hung up on."""

FINISH_WITHIN_S = 2.0
"""How long a stopping worker waits for a client to take its last lines."""


class ClientLine:
    """The server's end of one connection. `send` may be called from any thread and never blocks."""

    def __init__(self, connection: socket.socket, longest: int) -> None:
        self._connection = connection
        self._longest = longest
        self._out: deque[bytes] = deque()
        self._changed = Condition()
        self._finishing = False
        self._writer = Thread(target=self._write, name="control-writer", daemon=True)
        self._writer.start()

    def lines(self) -> Iterator[bytes | TooLong]:
        """What the client sends, until it hangs up or is hung up on."""
        reader = LineReader(self._longest)
        while True:
            try:
                chunk = self._connection.recv(1 << 16)
            except OSError:
                return
            yield from reader.feed(chunk)
            if not chunk:
                return

    def send(self, line: bytes) -> None:
        """Queue a line; a client that does not read loses its connection instead of holding anybody up."""
        with self._changed:
            if self._finishing:
                return
            full = len(self._out) >= UNREAD_LINES
            if not full:
                self._out.append(line)
                self._changed.notify()
        if full:
            logger.warning("a client of the control socket does not read: hung up")
            self.hang_up()

    def finish(self) -> None:
        """Send what is queued, then hang up."""
        with self._changed:
            self._finishing = True
            self._changed.notify()
        self._writer.join(FINISH_WITHIN_S)
        self.hang_up()

    def hang_up(self) -> None:
        """End the connection now; its threads come back by themselves."""
        with self._changed:
            self._finishing = True
            self._out.clear()
            self._changed.notify()
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _write(self) -> None:
        while (line := self._next()) is not None:
            try:
                self._connection.sendall(line)
            except OSError:
                return

    def _next(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._out or self._finishing)
            return self._out.popleft() if self._out else None
