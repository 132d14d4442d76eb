"""Ending without losing: close the connection, take in what the library still holds, and only then stop it.

`stop` would drop what is queued in the library although WhatsApp was already told that it arrived.
`disconnect` only closes the socket, and what is queued goes on to our callback.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from nanie_actors.whatsapp.bridge.activity import Activity
from nanie_actors.whatsapp.bridge.gate import Gate
from nanie_actors.whatsapp.bridge.library import Client

_log = logging.getLogger(__name__)

QUIET_S: Final = 0.3
"""So long without a callback, and the library's queue is empty: it hands over hundreds a second."""

DRAIN_S: Final = 5.0
CALL_S: Final = 2.0


class Draining:
    """One client's end. Used by the bridge's main thread."""

    def __init__(self, client: Client, gate: Gate, activity: Activity) -> None:
        self._client = client
        self._gate = gate
        self._activity = activity
        self._done = False

    def drain(self) -> bool:
        """Take in what the library holds, then stop it; False if something was left. Bounded; never raises.

        A client that never called back is left alone: the library may not know it yet, or be about to dial.
        Ask again then, as late as can be: it may have begun since, and WhatsApp was told what it took.
        """
        alone = self._gate.lock(CALL_S)
        if self._done or not self._activity.ever:
            return True
        self._done = True
        _in_time(self._client.disconnect)
        quiet = self._activity.wait_until_quiet(QUIET_S, DRAIN_S)
        if not quiet:
            _log.warning("the library still handed over events when the bridge had to end")
        if alone:  # stopping pulls the client away from under a call that still uses it
            _in_time(self._client.stop)
        return quiet


def _in_time(call: Callable[[], None]) -> bool:
    """Call into the library, and do not wait for ever: it blocks while it dials."""
    done = threading.Event()

    def run() -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001  # the process ends anyway, whatever this was
            _log.warning("the library did not end cleanly (%s)", type(error).__name__)
        done.set()

    threading.Thread(target=run, name="ending", daemon=True).start()
    return done.wait(CALL_S)
