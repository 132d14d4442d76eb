"""Keeps a second bridge off a session: two of them would throw each other out of WhatsApp for ever."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from nanie_actors.storage.file_system import FILE_MODE

TRIES: Final = 5
BETWEEN_TRIES_S: Final = 0.02
"""Who only looks whether it is held holds it for an instant: a worker does every two seconds."""


def take_session_lock(path: Path, wait: Callable[[float], None] = time.sleep) -> bool:
    """Take the lock for as long as this process lives; False if another process has it. Raises OSError.

    The kernel lets go of it when the process ends, however that happens; nothing ever closes the file.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        taken = _try_for_a_moment(descriptor, wait)
    except BaseException:
        os.close(descriptor)
        raise
    if not taken:
        os.close(descriptor)
    return taken


def _try_for_a_moment(descriptor: int, wait: Callable[[float], None]) -> bool:
    for attempt in range(TRIES):
        if attempt:
            wait(BETWEEN_TRIES_S)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        return True
    return False
