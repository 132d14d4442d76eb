"""One client of the control socket: lines in, lines out, and nobody waits for it."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections import deque
from collections.abc import Iterator
from threading import Condition, Thread
from typing import Final

from nanie_actors.router.line_reader import LineReader, TooLong

logger = logging.getLogger(__name__)

UNREAD_LINES: Final = 1_000
UNREAD_BYTES: Final = 16 << 20
"""What a client may leave unread before one more line costs it its connection. One line alone may be longer:
a dump of very many actors is."""


class ClientLine:
    """The server's end of one connection. All but `lines` and `close` may be called from any thread.

    `lines` and `close` belong to the thread that serves the client: only that one gives the descriptor back,
    so that nobody ever reads or writes a descriptor that has meanwhile become another connection.
    """

    def __init__(self, connection: socket.socket, longest: int) -> None:
        self._connection = connection
        self._longest = longest
        self._out: deque[bytes] = deque()
        self._unread = 0
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
        """Queue a line, never blocks; a client that does not read is hung up on instead of waited for."""
        with self._changed:
            if self._finishing:
                return
            full = len(self._out) >= UNREAD_LINES or self._unread >= UNREAD_BYTES
            if not full:
                self._out.append(line)
                self._unread += len(line)
                self._changed.notify()
        if full:
            logger.warning("a client of the control socket does not read: hung up")
            self.hang_up()

    def finish(self) -> None:
        """Send what is queued, then hang up; returns at once."""
        with self._changed:
            self._finishing = True
            self._changed.notify()

    def finished_within(self, timeout_s: float) -> bool:
        """After `finish`: wait until the client has taken its last line; False if it takes too long."""
        self._writer.join(timeout_s)
        return not self._writer.is_alive()

    def hang_up(self) -> None:
        """End the connection now, whatever is unsent; the threads at it come back by themselves."""
        with self._changed:
            self._finishing = True
            self._out.clear()
            self._changed.notify()
        self._shut_down()

    def close(self) -> None:
        """Hang up and give the descriptor back."""
        self.hang_up()
        self._writer.join()
        self._connection.close()

    def _shut_down(self) -> None:
        with contextlib.suppress(OSError):  # the client may have gone first
            self._connection.shutdown(socket.SHUT_RDWR)

    def _write(self) -> None:
        while (line := self._next()) is not None:
            try:
                self._connection.sendall(line)
            except OSError:
                break
        self.hang_up()

    def _next(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._out or self._finishing)
            if not self._out:
                return None
            line = self._out.popleft()
            self._unread -= len(line)
            return line
