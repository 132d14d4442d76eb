"""One attempt at linking an account: a bridge of its own, and what it reports, step by step.

```
starting ──► a code, and another ──► linked ──► the phone's history, until it pauses ──► done
    └──────────────┴── failed            └── what comes later, the worker takes in
```
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic
from types import TracebackType
from typing import Final, Protocol, Self

from nanie_actors.settings.sections import WhatsAppSettings
from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.live.bridge_arguments import BridgeArguments
from nanie_actors.whatsapp.live.child import COMMAND, BridgeProcess
from nanie_actors.whatsapp.live.reports import (
    CodeShown,
    Grown,
    LoggedOut,
    Paired,
    PairingFailed,
    QrShown,
    Report,
    Unreachable,
)

FIRST_CODE_S: Final = 60.0
NEXT_CODE_S: Final = 20.0
WINDOW_S: Final = 160.0
"""WhatsApp's own: the first QR code lives for a minute, five more for 20 seconds; one to type for all."""

CODES: Final = 6
SILENT_S: Final = 60.0
"""A bridge gives a sign of life every five seconds; after this long without one it is stuck."""

BEGINS_S: Final = 20.0
QUIET_S: Final = 10.0
"""The phone begins to send its history soon, in pieces; after this long without one it pauses. A piece that
is on its way when the bridge ends would not come again."""

HISTORY_S: Final = 180.0
ENDS_WITHIN_S: Final = 15.0
"""A bridge takes at most 13 s to take in what the library holds, and to end."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The bridge is gone, without having said that the pairing failed."""

    why: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Whoever wanted to link the account does not any more."""


class View(Protocol):
    """Shows the steps to a person or a program. One thread."""

    def qr(self, data: str, place: int, lives_s: float) -> None:
        """Scan this; it replaces the one before, and is the `place`-th of at most CODES."""

    def code(self, code: str, lives_s: float) -> None:
        """Type this on the phone."""

    def linked(self, account: str) -> None:
        """It worked; the phone sends its history now."""

    def history(self, entries: int) -> None:
        """So much of the history has come."""

    def passing(self) -> None:
        """About a second has passed."""


class Attempt:
    """Runs the bridge; a context, at whose end nothing is left running."""

    def __init__(
        self,
        arguments: BridgeArguments,
        view: View,
        command: Sequence[str] = COMMAND,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._view = view
        self._clock = clock
        self._came: SimpleQueue[Report | Ended | Cancelled] = SimpleQueue()
        self._bridge = BridgeProcess(
            arguments, self._came.put, lambda why: self._came.put(Ended(why)), command
        )
        self._codes = 0
        self._first_entry: int | None = None
        self._linked = False

    def __enter__(self) -> Self:
        self._bridge.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is worth waiting for before the linking; after it, another Ctrl-C ends the waiting."""
        if self._linked:
            with suppress(KeyboardInterrupt):
                self._bridge.stop()
                self._bridge.join(ENDS_WITHIN_S)
        self._bridge.kill()
        self._bridge.join(ENDS_WITHIN_S)

    def cancel(self) -> None:
        """Let `run` come back soon: without an account before the linking, with one after it. Any thread."""
        self._came.put(Cancelled())

    def run(self) -> PairingFailed | None:
        """Wait until the account is linked and its history pauses, or until it failed: that is the result.

        Ctrl-C before the linking raises KeyboardInterrupt; after it, the rest of the history is the worker's.
        """
        failure = self._until_linked()
        if failure is None:
            with suppress(KeyboardInterrupt):
                self._take_in_history()
        return failure

    def _until_linked(self) -> PairingFailed | None:
        heard = self._clock()
        while True:
            came = self._next(1.0)
            heard = heard if came is None else self._clock()
            match came:
                case None if self._clock() - heard >= SILENT_S:
                    return PairingFailed("other", "The WhatsApp library does not answer. See: nanie doctor")
                case None:
                    self._view.passing()
                case QrShown(data):
                    self._codes += 1
                    self._view.qr(data, self._codes, FIRST_CODE_S if self._codes == 1 else NEXT_CODE_S)
                case CodeShown(code):
                    self._view.code(code, WINDOW_S)
                case Paired(account):
                    self._linked = True
                    self._view.linked(account)
                    return None
                case PairingFailed() as failure:
                    return failure
                case Cancelled():
                    return PairingFailed("other", "The pairing was cancelled.")
                case Unreachable(why) | LoggedOut(why) | Ended(why):
                    return PairingFailed("other", f"The pairing was broken off: {why}. See: nanie doctor")
                case _:
                    pass

    def _take_in_history(self) -> None:
        end = self._clock() + HISTORY_S
        quiet_at = self._clock() + BEGINS_S
        while (left := min(end, quiet_at) - self._clock()) > 0:
            match self._next(min(1.0, left)):
                case None:
                    self._view.passing()
                case Grown(entry):
                    self._first_entry = self._first_entry or entry
                    self._view.history(entry - self._first_entry + 1)
                    quiet_at = max(quiet_at, self._clock() + QUIET_S)
                case Ended() | Cancelled():
                    return
                case _:
                    pass

    def _next(self, within_s: float) -> Report | Ended | Cancelled | None:
        try:
            return self._came.get(timeout=within_s)
        except Empty:
            return None


def pairing_arguments(settings: WhatsAppSettings, layout: StateLayout, phone: str | None) -> BridgeArguments:
    """What the bridge of an attempt is told: with `phone` to ask for a code to type, without for QR codes."""
    return BridgeArguments(
        "pair",
        link_fd=0,
        state=layout.root,
        device_name=settings.device_name,
        history_days=settings.history_days,
        segment_bytes=settings.journal_segment_bytes,
        phone=phone,
    )


def phone_number(given: str) -> str | None:
    """A number with country code, without what people write between its digits; None if it is none."""
    number = re.sub(r"[\s()./-]", "", given)
    return number if re.fullmatch(r"\+?[1-9][0-9]{6,14}", number) else None
