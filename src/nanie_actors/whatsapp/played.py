"""The half that a replayed chat and a recorded stream share: a finite stream of events, played by a thread.

    start ─► connecting ─► check() ─► online ─► every event, in order ─► finished
                              └────────────┴──► failed (a reason for people)

A played account has no phone: a text sent to one of its groups counts as delivered, and nothing comes back.
"""

from __future__ import annotations

import hashlib
import logging
import math
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import closing

from nanie_actors.errors import SettingsError, SourceError
from nanie_actors.model import (
    ConnectionChanged,
    ConnectionState,
    EpochMs,
    GroupId,
    Inbound,
    MessageArrived,
    MessageId,
)
from nanie_actors.whatsapp.edge import (
    Ingress,
    IngressClosed,
    OutgoingText,
    SendFailed,
    SendOutcome,
    Sent,
    discreet_name,
)

Wait = Callable[[float], bool]
"""Waits that many seconds; True when it was woken because the source stops."""

_log = logging.getLogger(__name__)


def system_now() -> EpochMs:
    """The time by the system's clock."""
    return EpochMs(time.time_ns() // 1_000_000)


class Pace:
    """How long to wait before an event. `speed` is how many times faster than life; None: no waiting."""

    def __init__(self, speed: float | None) -> None:
        if speed is not None and not (math.isfinite(speed) and speed > 0):
            raise SettingsError(f"The speed is {speed}: give a number above 0, such as 60, or leave it out.")
        self._speed = speed
        self._latest: EpochMs | None = None

    def before(self, event: Inbound) -> float:
        """Seconds to wait before this event; 0 for one that is not later than all before it."""
        if self._speed is None or isinstance(event, ConnectionChanged):
            return 0.0
        at = event.message.at if isinstance(event, MessageArrived) else event.at
        latest, self._latest = self._latest, at if self._latest is None else max(at, self._latest)
        return 0.0 if latest is None else max(0, at - latest) / 1000 / self._speed


class PlayedSource(ABC):
    """A WhatsAppSource whose events come from a file; see the module for its life."""

    def __init__(
        self, name: str, *, speed: float | None, now: Callable[[], EpochMs], wait: Wait | None
    ) -> None:
        self._name = name
        self._pace = Pace(speed)
        self._now = now
        self._stopping = threading.Event()
        self._wait = wait or self._stopping.wait
        self._thread: threading.Thread | None = None
        self._sending = threading.Lock()
        self._sent = 0

    @property
    def name(self) -> str:
        """What logs and dumps call this source."""
        return self._name

    @property
    def live(self) -> bool:
        """What was recorded is always within reach."""
        return False

    @property
    def sent_count(self) -> int:
        """How many texts were taken as delivered."""
        return self._sent

    @abstractmethod
    def check(self) -> None:
        """Read the file as far as it takes to know that it can be played. Does it once; any thread.

        Raises SourceError.
        """

    @abstractmethod
    def reaches(self, group: GroupId) -> bool:
        """Whether this file is of that group; False before `check`."""

    @abstractmethod
    def _events(self) -> Generator[Inbound, None, None]:
        """The events in order; raises SourceError where the file turns out to be damaged."""

    def start(self, ingress: Ingress) -> None:
        """Start playing into the ingress, on a thread of its own. Once only."""
        if self._thread is not None:
            raise RuntimeError(f"{self._name} was started twice")
        self._thread = threading.Thread(
            target=self._run, args=(ingress,), name=f"whatsapp {self._name}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it, also for a put in progress: it must return or raise IngressClosed.

        May be called twice, and before `start`.
        """
        self._stopping.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def send(self, text: OutgoingText, settled: Callable[[SendOutcome], None]) -> None:
        """Take a text as delivered; `settled` is called before this returns. Any thread.

        The message id is derived from the attempt's id, so the same attempt gives the same one.
        """
        settled(self._outcome(text))

    def _outcome(self, text: OutgoingText) -> SendOutcome:
        if self._stopping.is_set():
            return SendFailed(f"{self._name} is stopped")
        if not self.reaches(text.group):
            return SendFailed(f"{self._name} does not have this group")
        with self._sending:
            self._sent += 1
        digest = hashlib.sha256(text.outbox_id.encode("utf-8", "surrogatepass")).hexdigest()
        return Sent(MessageId(f"REPLAY-{digest[:20].upper()}"), self._now())

    def _run(self, ingress: Ingress) -> None:
        try:
            self._say(ingress, "connecting")
            self._play(ingress)
        except IngressClosed:
            return
        except SourceError as error:
            self._fail(ingress, str(error))
        except Exception:  # noqa: BLE001 - the thread's last word: it must end in `failed`, not in silence
            _log.exception("%s: failed while playing", discreet_name(self._name))
            self._fail(ingress, "A fault of the worker's own ended the replay; the log has its details.")

    def _play(self, ingress: Ingress) -> None:
        self.check()
        if self._stopping.is_set():
            return
        self._say(ingress, "online")
        with closing(self._events()) as events:
            for event in events:
                delay = self._pace.before(event)
                if delay:
                    self._wait(delay)
                if self._stopping.is_set():
                    return
                ingress.put(event)
        self._say(ingress, "finished")

    def _say(self, ingress: Ingress, state: ConnectionState, reason: str = "") -> None:
        ingress.put(ConnectionChanged(self._name, state, reason))

    def _fail(self, ingress: Ingress, reason: str) -> None:
        if self._stopping.is_set():
            return
        try:
            self._say(ingress, "failed", reason)
        except IngressClosed:
            return
