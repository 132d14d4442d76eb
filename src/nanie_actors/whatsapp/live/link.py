"""The socket between the worker and its bridge: one JSON line a message, either way.

`{"Grown":{"entry":17}}`: the name of the type, and its fields. The two ends are always of one version, since
the worker starts the bridge from its own installation; a line that does not fit is a fault, not an input.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, get_args

import orjson

from nanie_actors.whatsapp.live.orders import Order
from nanie_actors.whatsapp.live.reports import Report

_TYPES: Final = {kind.__name__: kind for kind in (*get_args(Order), *get_args(Report))}


class LinkBroken(Exception):
    """The other end is gone."""


class Link:
    """One end. `send` from any thread; `receive` from one."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._sending = threading.Lock()
        self._reader = end.makefile("rb")
        self._receiving = False

    def send(self, message: Order | Report) -> None:
        """Send a message; waits while the other end does not read. Raises LinkBroken."""
        line = orjson.dumps({type(message).__name__: message}) + b"\n"
        try:
            with self._sending:
                self._socket.sendall(line)
        except OSError as error:
            raise LinkBroken(str(error)) from error

    def receive(self) -> Iterator[Order | Report]:
        """The other end's messages, until it is gone. Once only."""
        self._receiving = True
        with self._reader:
            try:
                for line in self._reader:
                    if not line.endswith(b"\n"):
                        return  # the other end died in the middle of it
                    yield decode(line)
            except (OSError, ValueError):
                return  # ended by the other side, or by `close`

    def close(self) -> None:
        """End both directions; a `receive` in another thread ends. May be called twice."""
        with suppress(OSError):  # the other end was first
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        if not self._receiving:
            self._reader.close()


def decode(line: bytes) -> Order | Report:
    """The message of a line. Raises LookupError or TypeError for what this version never sends."""
    ((name, fields),) = orjson.loads(line).items()
    message: Order | Report = _TYPES[name](**fields)
    return message
