"""How a worker's process handles its memory: what is set when it starts, and what it does when it rests."""

from __future__ import annotations

import ctypes
import gc
import logging
from collections.abc import Callable
from typing import Final

logger = logging.getLogger(__name__)

COLLECT_AFTER: Final = (20_000, 20, 50)
"""Python looks for circles of dead objects after so many new ones, and through older ones every twentieth
and every thousandth time. Its own figures (700, 10, 10) cost a busy worker with a thousand groups a fifth of
its time: an event on its way is a dozen objects. Nothing large waits for it: what stops lets go."""

_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
LARGE_BYTES: Final = 65_536
ARENAS: Final = 2


def settle_memory() -> None:
    """For a process that is a worker and nothing else; call it before threads are started."""
    gc.set_threshold(*COLLECT_AFTER)
    # What is there by now stays as long as the process: it need not be looked through again and again.
    gc.freeze()
    _give_large_blocks_back()


def _give_large_blocks_back() -> None:
    """Files are read and written as a whole, on several threads. glibc would keep what they took, in a pool
    for each thread, and lose more of it to gaps the longer the worker runs. Others have no such call."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        logger.debug("the C library cannot be told how to handle large blocks")
        return
    mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
    mallopt(_M_ARENA_MAX, ARENAS)


REST_S: Final = 30.0
"""How long after the last time memory may be given back again."""


class Thrift:
    """Gives back what a busy time left between what is still in use. Used by one thread.

    That walks through all that is free, some milliseconds for each hundred megabytes, while whoever wants
    memory waits: so only when something was done since, and nothing is being done.
    """

    def __init__(
        self,
        work: Callable[[], int],
        idle: Callable[[], bool],
        now_s: Callable[[], float],
        give_back: Callable[[], None] | None = None,
    ) -> None:
        """`work` counts what was done, ever; `idle` says whether nothing is under way."""
        self._work = work
        self._idle = idle
        self._now_s = now_s
        self._give_back = give_back or give_back_what_is_free
        self._done = 0
        self._next_s = now_s() + REST_S

    def look(self) -> None:
        """Give memory back if it is time to; to be asked a few times a second."""
        if self._now_s() < self._next_s or not self._idle():
            return
        self._next_s = self._now_s() + REST_S
        done = self._work()
        if done != self._done:
            self._done = done
            self._give_back()


def give_back_what_is_free() -> None:
    """Lines of the log, read files, answers: of what they took, glibc keeps all that lies below something
    that is still in use, a third of what a worker then takes. Others do it by themselves."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        return
    trim(0)
