"""The one way to the library's client: no call that would abort the process, or block it, gets through.

Several of its calls use a client that is not there when it is not connected or not paired, and a Go panic
cannot be caught. Even asking whether it is connected blocks while it dials. So the gate is open only between
the library's own Connected and Disconnected, and asks again before each call. A race remains between the
question and the call, which only calls meet that are safe then: they fail with an exception.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from nanie_actors.whatsapp.bridge.library import Client

T = TypeVar("T")


class NotOnline(Exception):
    """The call was not made: there is no connection, or no account."""


class Gate:
    """Opened and shut by the library's callbacks; `call` from any thread but theirs."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._changed = threading.Condition()
        self._is_open = False
        self._is_locked = False
        self._inside = 0

    def open(self) -> None:
        """The library says that it is connected and logged in."""
        with self._changed:
            self._is_open = True

    def shut(self) -> None:
        """The library says that the connection is lost."""
        with self._changed:
            self._is_open = False

    def lock(self, within_s: float) -> bool:
        """Shut for good, and wait until nobody is inside; False if somebody stays."""
        with self._changed:
            self._is_locked = True
            return self._changed.wait_for(lambda: not self._inside, within_s)

    def call(self, use: Callable[[Client], T]) -> T:
        """Use the client. Raises NotOnline, with nothing done, or whatever the library raises."""
        with self._changed:
            if self._is_locked or not self._is_open:
                raise NotOnline
            self._inside += 1
        try:
            if not (self._client.is_connected and self._client.is_logged_in):
                raise NotOnline
            return use(self._client)
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()
