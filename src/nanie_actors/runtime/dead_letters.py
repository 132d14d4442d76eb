"""Messages that no handler will ever see: counted exactly, logged by type, offered to the application."""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from nanie_actors.runtime.clock import Clock

_log = logging.getLogger(__name__)

DeadReason = Literal["stopped", "failed", "skipped", "abandoned", "shutdown"]
"""Told to a stopped actor or left behind its stop; left by an unsupervised failure; poison that was skipped;
system mail of an abandoned actor; left when the system was shut down."""

LOG_BURST = 10
"""So many dead letters of one actor kind and reason are logged one by one in a window…"""

LOG_WINDOW_S = 10.0
"""…of so many seconds; the rest of the window is logged as one number when the next letter comes."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One undelivered message, content and all: for the hook, never for a log."""

    reason: DeadReason
    recipient_name: str
    message: Any
    at_ms: int


class DeadKind(NamedTuple):
    """What dead letters are counted by."""

    reason: DeadReason
    recipient_kind: str


@dataclass(frozen=True, slots=True)
class DeadNote:
    """What is remembered of a dead letter: everything but its content."""

    reason: DeadReason
    recipient_name: str
    message_type: str
    at_ms: int


class DeadLetters:
    """The one end of every undelivered message. Callable from any thread; never raises.

    `on_dead_letter` gets each letter with its message, on whatever thread found it dead (it may be a
    sender's): it must be quick, and must not tell the same dead actor again.
    """

    def __init__(
        self, clock: Clock, *, keep: int = 200, on_dead_letter: Callable[[DeadLetter], None] | None = None
    ) -> None:
        self._clock = clock
        self._hook = on_dead_letter
        self._lock = threading.Lock()
        self._counts: Counter[DeadKind] = Counter()
        self._last: deque[DeadNote] = deque(maxlen=keep)
        self._bursts: dict[DeadKind, _Burst] = {}

    def add(self, reason: DeadReason, recipient_name: str, recipient_kind: str, message: Any) -> None:
        """Record one message that `recipient_name`, an actor of class `recipient_kind`, will never handle."""
        letter = DeadLetter(reason, recipient_name, message, self._clock.now_ms())
        kind = DeadKind(reason, recipient_kind)
        note = DeadNote(reason, recipient_name, type(message).__name__, letter.at_ms)
        with self._lock:
            self._counts[kind] += 1
            self._last.append(note)
            burst = self._bursts.setdefault(kind, _Burst())
            speak, unsaid = burst.admit(self._clock.monotonic())
        if unsaid:
            _log.warning("%d more dead letters to actors of kind %s (%s)", unsaid, recipient_kind, reason)
        if speak:
            _log.warning("dead letter: %s to %s (%s)", note.message_type, recipient_name, reason)
        self._offer(letter)

    def counts(self) -> Mapping[DeadKind, int]:
        """How many there were, by reason and actor class, since the start."""
        with self._lock:
            return dict(self._counts)

    def total(self) -> int:
        """How many there were in all."""
        with self._lock:
            return self._counts.total()

    def last(self) -> tuple[DeadNote, ...]:
        """The most recent ones, oldest first, without their contents."""
        with self._lock:
            return tuple(self._last)

    def _offer(self, letter: DeadLetter) -> None:
        if self._hook is None:
            return
        try:
            self._hook(letter)
        except BaseException:  # noqa: BLE001 - contained and logged
            _log.exception("the dead letter hook failed on a %s", type(letter.message).__name__)


class _Burst:
    """Which dead letters of one kind are worth a line of their own."""

    __slots__ = ("_since", "_spoken", "_unsaid")

    def __init__(self) -> None:
        self._since = float("-inf")
        self._spoken = 0
        self._unsaid = 0

    def admit(self, now: float) -> tuple[bool, int]:
        """Whether to log this one, and how many of the window before were left unsaid."""
        unsaid = 0
        if now - self._since >= LOG_WINDOW_S:
            unsaid, self._unsaid = self._unsaid, 0
            self._since, self._spoken = now, 0
        if self._spoken < LOG_BURST:
            self._spoken += 1
            return True, unsaid
        self._unsaid += 1
        return False, unsaid
