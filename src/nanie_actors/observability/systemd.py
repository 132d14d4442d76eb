"""What systemd is told of the worker: that it is ready, that it lives, that it stops, and a line for people.

systemd listens at a datagram socket that it names in the environment; what may be said there stands in
sd_notify(3). The libraries for it are unmaintained, or bind to systemd's own and need a compiler.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import MutableMapping
from typing import Final, Self

logger = logging.getLogger(__name__)

MICROSECONDS: Final = 1e6

TAKEN_WITHIN_S: Final = 1.0
"""A systemd that is busy reads what it is told a little later; after this it is not told."""


class ServiceManager:
    """Says things to systemd; where there is none, nothing. Never raises. Thread-safe."""

    def __init__(self, address: str | None, watchdog_s: float | None) -> None:
        """`address`: a path, or `@` and the name of an abstract socket. `watchdog_s`: how long systemd waits
        for a sign of life before it ends the process; None: for ever."""
        self._address = address
        self.watchdog_s = watchdog_s if address else None
        self._socket: socket.socket | None = None
        if address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.settimeout(TAKEN_WITHIN_S)

    @classmethod
    def of(cls, environment: MutableMapping[str, str], pid: int) -> Self:
        """As the environment says; what the worker starts is not meant, so it is taken out of there."""
        address = environment.pop("NOTIFY_SOCKET", None)
        period = environment.pop("WATCHDOG_USEC", "")
        meant = environment.pop("WATCHDOG_PID", str(pid)) == str(pid)
        watched = meant and period.isdecimal() and int(period) > 0
        return cls(address, int(period) / MICROSECONDS if watched else None)

    @property
    def listens(self) -> bool:
        """Whether there is a systemd to tell."""
        return self._socket is not None

    def ready(self, status: str) -> None:
        """The worker has started; units that wait for it may start."""
        self._say("READY=1", _line(status))

    def alive(self, status: str) -> None:
        """A sign of life."""
        self._say("WATCHDOG=1", _line(status))

    def unwell(self, status: str) -> None:
        """No sign of life: without one in time the process is ended."""
        self._say(_line(status))

    def stopping(self) -> None:
        """The worker has begun to stop."""
        self._say("STOPPING=1", _line("stopping"))

    def close(self) -> None:
        """Nothing more is said."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _say(self, *lines: str) -> None:
        if self._socket is None or not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            self._socket.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            logger.warning("systemd could not be told (%s)", error.strerror or error)


def _line(status: str) -> str:
    return "STATUS=" + " ".join(status.split())
