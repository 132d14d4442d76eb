"""Pairing: codes are shown until the phone links the device, or until it is clear that it will not.

The library cannot be told to stop showing codes, so a pairing that fails ends the process.

```
waiting ──code──► shown ──status success──► accepted ──Connected──► paired
   │                │  another code             │
   └──────── a word of failure, the connection's end, time ──────► failed
```
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Literal

from nanie_actors.whatsapp.bridge.library import Client, ClientName, ClientType
from nanie_actors.whatsapp.bridge.pairing_failures import (
    TIMEOUT,
    failure_by_report,
    failure_by_status,
    failure_of_code,
)
from nanie_actors.whatsapp.live.reports import CodeShown, Paired, PairingFailed, QrShown, Report

_log = logging.getLogger(__name__)

WINDOW_S: Final = 160.0
"""How long WhatsApp waits for the phone: 60 s for the first code and 20 s for each of five more."""

GRACE_S: Final = 15.0
"""The library says by itself when that is over; this much later we do."""

Stage = Literal["waiting", "shown", "accepted", "over"]


class Pairing:
    """One attempt. The library calls from its thread; `look_after` and `lost` come from others."""

    def __init__(
        self,
        phone: str | None,
        tell: Callable[[Report], None],
        failed: Callable[[PairingFailed], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._phone = phone
        self._tell = tell
        self._failed = failed
        self._clock = clock
        self._lock = threading.Lock()
        self._stage: Stage = "waiting"
        self._since = clock()

    def show(self, client: Client, data: bytes) -> None:
        """The library has a code to be scanned; the first time, one to be typed can be asked for instead."""
        first = self._move("waiting", "shown")
        if self._phone is None:
            self._tell(QrShown(data.decode("ascii", "replace")))
        elif first:
            self._ask_for_code(client, self._phone)

    def status(self, word: str) -> None:
        """The library says how it goes."""
        failure = failure_by_status(word)
        if failure is not None:
            self._fail(failure)
        else:
            self._move("shown", "accepted")

    def connected(self, account: str) -> None:
        """Logged in with the new session, which is on the disk."""
        if self._finish():
            self._tell(Paired(account))

    def lost(self, report: Report) -> Report:
        """The connection ended: what that means for the pairing, or the same report if it was over before."""
        if isinstance(report, PairingFailed) or not self._finish():
            return report
        return failure_by_report(report)

    def look_after(self) -> None:
        """Fail when it takes too long."""
        with self._lock:
            late = self._stage != "over" and self._clock() - self._since >= WINDOW_S + GRACE_S
        if late:
            self._fail(TIMEOUT)

    def _ask_for_code(self, client: Client, phone: str) -> None:
        try:
            code = client.PairPhone(phone, True, ClientName.LINUX, ClientType.CHROME)
        except Exception as error:  # noqa: BLE001  # whatever it was: there is no code
            _log.warning("no pairing code was given (%s)", type(error).__name__)
            self._fail(failure_of_code(error))
        else:
            self._tell(CodeShown(code))

    def _move(self, before: Stage, after: Stage) -> bool:
        with self._lock:
            if self._stage != before:
                return False
            self._stage, self._since = after, self._clock()
            return True

    def _fail(self, failure: PairingFailed) -> None:
        if self._finish():
            self._failed(failure)

    def _finish(self) -> bool:
        """The attempt is over; False if it was before."""
        with self._lock:
            if self._stage == "over":
                return False
            self._stage = "over"
            return True
