"""How a worker's process handles its memory: set once, when it starts."""

from __future__ import annotations

import ctypes
import gc
import logging
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
