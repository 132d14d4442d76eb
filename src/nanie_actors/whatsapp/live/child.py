"""The bridge as a process, seen from outside: started, heard, told, ended, reaped.

What it prints comes from a library that may print anything, names and texts too. Only the end of it is kept,
and only shown when a signal ended the process, which the library does to itself when it fails badly, or when
the process never got as far as the library.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from nanie_actors.whatsapp.live.bridge_arguments import MODULE, BridgeArguments
from nanie_actors.whatsapp.live.link import Link, LinkBroken
from nanie_actors.whatsapp.live.orders import Order, StopOrder
from nanie_actors.whatsapp.live.reports import Report, Said

_log = logging.getLogger(__name__)

COMMAND: Final = (sys.executable, "-m", MODULE)
"""What stands before the bridge's own words."""

ORDER_WITHIN_S: Final = 5.0
"""A bridge always reads; one that does not take an order in this time is stuck."""

DIES_WITHIN_S: Final = 10.0
"""From the end of the link to the end of the process, which is the bridge's very next step."""

TAIL_BYTES: Final = 4096


class BridgeProcess:
    """One bridge, from `start` to its end. `order`, `stop` and `kill` from any thread."""

    def __init__(
        self,
        arguments: BridgeArguments,
        reported: Callable[[Report], None],
        ended: Callable[[str], None],
        command: Sequence[str] = COMMAND,
        order_within_s: float = ORDER_WITHIN_S,
    ) -> None:
        """`reported` gets every report but log lines, and `ended` once how it ended; both on one own thread.

        `arguments.link_fd` is of no account: the link is made here.
        """
        self._arguments = arguments
        self._reported = reported
        self._ended = ended
        self._command = command
        self._order_within_s = order_within_s
        self._process: subprocess.Popen[bytes] | None = None
        self._link: Link | None = None
        self._ordering = threading.Lock()  # between an order and the end of the link
        self._thread = threading.Thread(target=self._attend, name="whatsapp bridge", daemon=True)

    def start(self) -> None:
        """Start the process and listen to it. Once only. Raises OSError; then there is nothing to end."""
        ours, theirs = socket.socketpair()
        output = self._output = OutputTail()
        with theirs:
            words = replace(self._arguments, link_fd=theirs.fileno()).command_line()
            try:
                ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(self._order_within_s))
                self._process = subprocess.Popen(
                    [*self._command, *words],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=output.write_end,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # a terminal's Ctrl-C is for us; the end of the link is for it
                )
            except BaseException:
                ours.close()
                output.end()
                raise
        self._link = Link(ours)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """Its process id; None before `start`."""
        return None if self._process is None else self._process.pid

    def order(self, order: Order) -> bool:
        """Tell the bridge; False if it is gone, or does not listen: then its end is on the way."""
        if self._link is None:
            return False
        try:
            with self._ordering:
                self._link.send(order)
        except LinkBroken:
            self.kill()  # half an order may be in the link: nothing after it would be understood
            return False
        return True

    def stop(self) -> None:
        """Let it take in what it holds, and end."""
        self.order(StopOrder())

    def kill(self) -> None:
        """End it at once; what it had not journaled is lost. May be called twice."""
        if self._process is not None:
            self._process.kill()

    def join(self, within_s: float) -> bool:
        """Wait until it is gone, and told so. False: not in time. Not for the thread that is told."""
        if self._process is not None:
            self._thread.join(within_s)
        return not self._thread.is_alive()

    def _attend(self) -> None:
        """Listen until the link ends, then see the process out."""
        assert self._process is not None
        assert self._link is not None
        spoke = False
        try:
            for report in self._link.receive():
                spoke = True
                self._pass_on(report)
        except Exception:  # noqa: BLE001  # nobody else would say that the bridge is gone
            _log.exception("a report of the bridge to WhatsApp cannot be understood: it is ended")
            self._process.kill()
        with self._ordering:
            self._link.close()
        self._ended(_why(self._reaped(), self._output.end(), spoke=spoke))

    def _pass_on(self, message: Order | Report) -> None:
        if isinstance(message, Said):
            logging.getLogger(message.logger).log(message.level, "%s", message.text)
        else:
            self._reported(message)  # type: ignore[arg-type]  # a bridge sends no orders

    def _reaped(self) -> int:
        """Wait for the end of the process, but not for ever; its status."""
        assert self._process is not None
        try:
            return self._process.wait(DIES_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


class OutputTail:
    """A pipe for what a process prints: read all the time, so that it never waits; the end is kept."""

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        self._kept = b""
        self._over = False
        self._thread = threading.Thread(target=self._read, name="whatsapp output", daemon=True)
        self._thread.start()

    def end(self) -> str:
        """After the end of the process: the last of what it printed, as one printable line. Once only."""
        self._over = True
        os.write(self.write_end, b"\n")  # whoever was started by the process may hold the pipe open for long
        os.close(self.write_end)
        self._thread.join()
        text = self._kept.decode("utf-8", "replace")
        return "".join(sign if sign.isprintable() else " " for sign in text).strip()

    def _read(self) -> None:
        try:
            while printed := os.read(self._read_end, TAIL_BYTES):
                self._kept = (self._kept + printed)[-TAIL_BYTES:]
                if self._over:
                    os.set_blocking(self._read_end, False)
        except BlockingIOError:
            pass  # all that was printed until the end
        finally:
            os.close(self._read_end)


def _timeval(seconds: float) -> bytes:
    """As the system calls take it."""
    return struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))


def _why(status: int, printed: str, *, spoke: bool) -> str:
    """How a process ended, for people. What it printed goes to the log, where it helps and is nobody's."""
    if status >= 0 and not spoke:
        _log.error("the bridge to WhatsApp could not begin (status %d): %s", status, printed)
        return "the library for WhatsApp could not be loaded: nanie doctor shows why"
    if status >= 0:
        return f"the bridge to WhatsApp ended by itself (status {status})"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    if printed and -status != signal.SIGKILL:
        _log.error("the bridge to WhatsApp was ended by %s; its last words: %s", name, printed)
    return f"the bridge to WhatsApp was ended by {name}"
