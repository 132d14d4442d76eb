"""Pairing while the worker runs: one attempt at a time, started and ended from outside, seen by all.

```
unpaired, failed ──start──► starting ──► qr, and another ──► history ──► paired
       ▲                       │           code ──┘
       └── failed, cancelled ──┴───────────┘
```

The live source needs no telling: it sees that a bridge holds the session, waits, and connects once the
session is paired and free.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Final, Literal

from nanie_actors.errors import Unavailable
from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.live.pairing import Attempt, View
from nanie_actors.whatsapp.live.session import look_at_session

logger = logging.getLogger(__name__)

Stage = Literal["unpaired", "elsewhere", "starting", "qr", "code", "history", "paired", "failed"]

LINKED: Final = "An account is linked already. To link another one, stop the worker: nanie pair --again"
ELSEWHERE: Final = "nanie pair is at work on this state directory: finish or end that one first."
UNDER_WAY: Final = "A pairing is under way already: finish or cancel that one first."


@dataclass(frozen=True, slots=True)
class Seen:
    """How a pairing stands. `data` is what a QR code is to hold, `code` what is to be typed on the phone."""

    stage: Stage
    data: str = ""
    code: str = ""
    message: str = ""


class PairingDesk:
    """For one state directory. Thread-safe; nothing here waits, but `close`."""

    def __init__(self, layout: StateLayout, attempt: Callable[[View, str | None], Attempt]) -> None:
        """`attempt` makes one that is not begun; with a phone number it asks for a code to type."""
        self._layout = layout
        self._make = attempt
        self._lock = Lock()
        self._attempt: Attempt | None = None
        self._thread: Thread | None = None
        self._seen = Seen("unpaired")
        self._closed = False

    def look(self) -> Seen:
        """How things stand now."""
        with self._lock:
            if self._attempt is not None:
                return self._seen
        found = look_at_session(self._layout)
        if found.device:
            return Seen("paired")
        if found.in_use:
            return Seen("elsewhere", message=ELSEWHERE)
        if found.trouble:
            return Seen("failed", message=found.trouble)
        return self._seen

    def start(self, phone: str | None = None) -> None:
        """Ask WhatsApp for codes. Raises Unavailable where nothing can be linked, or need be."""
        found = look_at_session(self._layout)
        with self._lock:
            if self._closed:
                raise Unavailable("The worker is stopping.")
            if self._attempt is not None:
                raise Unavailable(UNDER_WAY)
            if found.device:
                raise Unavailable(LINKED)
            if found.in_use:
                raise Unavailable(ELSEWHERE)
            if found.trouble:
                raise Unavailable(f"{found.trouble}: nanie pair says what to do.")
            self._attempt = attempt = self._make(_Shown(self._show), phone)
            self._seen = Seen("starting")
            self._thread = Thread(target=self._run, args=(attempt,), name="whatsapp pairing", daemon=True)
            self._thread.start()

    def cancel(self) -> None:
        """End the attempt, if there is one; after the linking, that cuts the phone's history short."""
        with self._lock:
            if self._attempt is not None:
                self._attempt.cancel()

    def close(self, within_s: float) -> bool:
        """Cancel, start none any more, and wait for the end of our bridge; False if that takes too long."""
        with self._lock:
            self._closed = True
            thread = self._thread
        self.cancel()
        if thread is None:
            return True
        thread.join(within_s)
        return not thread.is_alive()

    def _run(self, attempt: Attempt) -> None:
        ended = Seen("failed", message="The pairing failed, and the log says why.")
        try:
            with attempt:
                failure = attempt.run()
            ended = Seen("unpaired") if failure is None else Seen("failed", message=failure.why)
        except OSError as error:
            ended = Seen("failed", message=f"The bridge to WhatsApp cannot be started: {error.strerror}.")
        except Exception:
            logger.exception("a pairing failed")
        finally:
            with self._lock:
                self._attempt = None
                self._seen = ended

    def _show(self, seen: Seen) -> None:
        with self._lock:
            self._seen = seen


class _Shown:
    """Implements pairing.View."""

    def __init__(self, show: Callable[[Seen], None]) -> None:
        self._show = show

    def qr(self, data: str, place: int, lives_s: float) -> None:
        """It replaces the one before."""
        self._show(Seen("qr", data=data))

    def code(self, code: str, lives_s: float) -> None:
        """One for the whole attempt."""
        self._show(Seen("code", code=code))

    def linked(self, account: str) -> None:
        """The phone sends its history now."""
        self._show(Seen("history"))

    def history(self, entries: int) -> None:
        """Pieces so far are nobody's concern."""

    def passing(self) -> None:
        """Browsers have clocks."""
