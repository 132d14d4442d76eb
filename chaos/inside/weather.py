"""The wall clock and the extractor as a storm has them: a clock that jumps, an extractor that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from chaos.inside.aims import replace
from chaos.orders import Jump
from nanie_actors.model import EpochMs
from nanie_actors.timeline.extractor import ExtractedEvent, Extractor


class ExtractorFailed(Exception):
    """Ordered: the checker knows these by their name."""


class CrashingExtractor:
    """Another extractor that fails at some texts, the first or the second time it is asked."""

    def __init__(self, inner: Extractor, random: Random, every: int) -> None:
        self._inner = inner
        self._random = random
        self._every = every
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The other one's."""
        return self._inner.name

    def extract(self, text: str, at: EpochMs) -> Sequence[ExtractedEvent]:
        """As the other one, unless it fails."""
        with self._lock:
            fails = self._random.randrange(self._every) == 0
        if fails:
            raise ExtractorFailed("ordered")
        return self._inner.extract(text, at)


def let_extractors_crash(seed: int, every: int) -> None:
    """Whichever extractor the worker is told to load fails at about every so many texts."""

    def around(inner: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: CrashingExtractor(inner(*args), Random(seed), every)

    replace("nanie_actors.assembly:load_extractor", around)


def let_the_clock_jump(jumps: Sequence[Jump]) -> None:
    """The wall clock goes on from another time; durations are not touched, as the system promises."""
    real = time.time_ns
    lock = threading.Lock()
    due = sorted(jumps, key=lambda jump: jump.after)
    readings = offset_ns = 0

    def jumping() -> int:
        nonlocal readings, offset_ns
        with lock:
            readings += 1
            while due and due[0].after <= readings:
                offset_ns += due.pop(0).ms * 1_000_000
            return real() + offset_ns

    time.time_ns = jumping
