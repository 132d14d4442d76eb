"""An account that a test plays for bridges of whole workers: events in order, each until a bridge took it."""

from __future__ import annotations

import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from feed_frames import ENTERED, RETURNED, frame

from nanie_actors.storage.layout import StateLayout

WITHIN_S = 60.0


class PlayedAccount:
    """Serves one bridge after the other on a Unix socket.

    As WhatsApp does, it counts an event as received as soon as the library has it (its entry was called), and
    brings it again to the next bridge only if it was not.
    """

    def __init__(self, path: Path) -> None:
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self._events: list[Any] = []
        self._came = threading.Condition()
        self._received = 0
        self._returned = 0
        self._closing = False
        self.bridges = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def tell(self, *events: Any) -> None:
        """These happen now."""
        with self._came:
            self._events += events
            self._came.notify_all()

    def wait_until_taken(self) -> None:
        """Wait until the library's entry has returned from everything."""
        with self._came:
            assert self._came.wait_for(lambda: self._returned >= len(self._events), WITHIN_S)

    def close(self) -> None:
        """End."""
        with self._came:
            self._closing = True
            self._came.notify_all()
        with closing(socket.socket(socket.AF_UNIX)) as last:
            last.connect(self._server.getsockname())
        self._thread.join(WITHIN_S)
        self._server.close()

    def _serve(self) -> None:
        while True:
            bridge, _ = self._server.accept()
            with bridge:
                if self._closing:
                    return
                self.bridges += 1
                self._feed(bridge)

    def _feed(self, bridge: socket.socket) -> None:
        """One event at a time, so that what was received is known exactly, whenever the bridge ends."""
        self._returned = self._received
        while (event := self._next(bridge)) is not None:
            try:
                bridge.sendall(frame(event))
                for sign in (ENTERED, RETURNED):
                    if bridge.recv(1) != sign:
                        return
                    self._count(sign)
            except ConnectionError:
                return

    def _next(self, bridge: socket.socket) -> Any:
        """The next event that was not received; None at the end, the bridge's or the test's."""
        while not has_gone(bridge):
            with self._came:
                if self._closing:
                    return None
                if self._received < len(self._events):
                    return self._events[self._received]
                self._came.wait(0.05)
        return None

    def _count(self, sign: bytes) -> None:
        with self._came:
            if sign == ENTERED:
                self._received += 1
            else:
                self._returned += 1
            self._came.notify_all()


def has_gone(bridge: socket.socket) -> bool:
    """Whether the other end is closed."""
    try:
        return bridge.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


@contextmanager
def played_account(path: Path) -> Iterator[PlayedAccount]:
    """An account for as long as needed."""
    account = PlayedAccount(path)
    try:
        yield account
    finally:
        account.close()


def pair(state: Path) -> None:
    """Leave a session behind as a pairing does, as far as anybody but the library looks."""
    layout = StateLayout(state)
    layout.whatsapp.mkdir(parents=True, mode=0o700)
    with closing(sqlite3.connect(layout.session)) as database, database:
        database.execute("CREATE TABLE whatsmeow_device (jid TEXT PRIMARY KEY, registration_id INTEGER)")
        database.execute("INSERT INTO whatsmeow_device VALUES ('491700000009:1@s.whatsapp.net', 1)")
    layout.session.chmod(0o600)
