"""What happens while the disk refuses: wait, say so, try again. Nothing is dropped, and nothing overtakes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from nanie_actors.whatsapp.live.reports import JournalStuck

_log = logging.getLogger(__name__)

RETRY_S: Final = 1.0
"""Between two attempts. The library's callback waits, its queue fills, and WhatsApp keeps the rest."""


class GivenUp(Exception):
    """The process ends while the disk still refuses: what is in the callback is lost, and only that."""


class Stubbornness:
    """One for all writing of a bridge, whose writers hold one lock: one thread at a time waits here."""

    def __init__(self, tell: Callable[[JournalStuck], None], retry_s: float = RETRY_S) -> None:
        self._tell = tell
        self._retry_s = retry_s
        self._ending = threading.Event()
        self._told = False

    def refused(self, error: OSError) -> None:
        """The disk refused: return when to try again. Raises GivenUp when the process ends."""
        if not self._told:
            self._told = True
            _log.error("the disk refuses what WhatsApp sends: %s", error.strerror)
            self._tell(JournalStuck(error.strerror or type(error).__name__))
        if self._ending.wait(self._retry_s):
            raise GivenUp from error

    def until_done(self, write: Callable[[], None]) -> None:
        """Do this until the disk takes it. Raises GivenUp."""
        while True:
            try:
                return write()
            except OSError as error:
                self.refused(error)

    def took(self) -> None:
        """The disk took something: say so if it was told otherwise."""
        if self._told:
            self._told = False
            _log.warning("the disk takes again what WhatsApp sends")

    def give_up(self) -> None:
        """The process ends: whoever waits here stops waiting."""
        self._ending.set()
