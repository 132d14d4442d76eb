"""Reads the ingress journal into the worker, on one thread, which is also the only one that puts anything.

So what is said of the connection keeps its place among the messages. What an earlier run left is handed in
before anything else.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from nanie_actors.model import ConnectionChanged
from nanie_actors.whatsapp.edge import Ingress, IngressClosed
from nanie_actors.whatsapp.live.journal import Entry
from nanie_actors.whatsapp.live.journal_reader import JournalReader
from nanie_actors.whatsapp.live.settling import Settling

_log = logging.getLogger(__name__)

AGAIN_S: Final = 5.0
"""After the journal could not be read."""


class JournalFeed:
    """`start` and `stop` once; `say` and `grown` from any thread, and never blocking."""

    def __init__(self, reader: JournalReader, handed_in: Callable[[int], None]) -> None:
        """`handed_in` gets the number of the last entry, each time all that is there was put; own thread."""
        self._reader = reader
        self._handed_in = handed_in
        self._settling = Settling(self._wake)
        self._changed = threading.Condition()
        self._sayings: deque[ConnectionChanged] = deque()
        self._look = True  # there may be something to read
        self._stir = False  # something else is to be done
        self._stopping = False
        self._following = 1  # the entry to go on with
        self._thread: threading.Thread | None = None

    def start(self, ingress: Ingress) -> None:
        """Start handing in."""
        self._thread = threading.Thread(
            target=self._run, args=(ingress,), name="whatsapp journal", daemon=True
        )
        self._thread.start()

    def say(self, change: ConnectionChanged) -> None:
        """Put this after what was read so far."""
        with self._changed:
            self._sayings.append(change)
            self._changed.notify_all()

    def grown(self) -> None:
        """There is something new to read."""
        with self._changed:
            self._look = True
            self._changed.notify_all()

    def stop(self) -> None:
        """End the thread and wait for it; a put in progress returns or raises. May be called twice."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._tidy_up()
        self._reader.close()

    def _wake(self) -> None:
        """On an actor's thread: the tidying is done on ours."""
        with self._changed:
            self._stir = True
            self._changed.notify_all()

    def _run(self, ingress: Ingress) -> None:
        self._following = self._reader.first()
        pause: float | None = None
        while self._wait(pause):
            pause = None
            try:
                self._put_sayings(ingress)
                self._tidy_up()
                self._read(ingress)
            except IngressClosed:
                return
            except Exception as error:  # noqa: BLE001  # whatever it was: a feed that ends is a deaf worker
                reason = error.strerror if isinstance(error, OSError) else type(error).__name__
                _log.error("the ingress journal cannot be handed in, trying again: %s", reason)
                self.grown()
                pause = AGAIN_S

    def _wait(self, pause: float | None) -> bool:
        """Until there is something to do, or that many seconds are over; False when it is time to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or (pause is None and self._has_work()), pause)
            self._stir = False
            return not self._stopping

    def _has_work(self) -> bool:
        return self._stir or self._look or bool(self._sayings)

    def _read(self, ingress: Ingress) -> None:
        """Hand in what is there."""
        with self._changed:
            if not self._look:
                return
            self._look = False
        for entry in self._reader.read_from(self._following):
            self._put(ingress, entry)
            self._following = entry.number + 1
        self._handed_in(self._following - 1)

    def _put(self, ingress: Ingress, entry: Entry) -> None:
        settled = self._settling.begin(entry.number, len(entry.events))
        for event in entry.events:
            if self._stopping:
                raise IngressClosed
            ingress.put(event, settled)

    def _put_sayings(self, ingress: Ingress) -> None:
        while self._sayings:
            ingress.put(self._sayings[0])
            self._sayings.popleft()

    def _tidy_up(self) -> None:
        up_to = self._settling.up_to
        if up_to:
            self._reader.settled_up_to(up_to)
