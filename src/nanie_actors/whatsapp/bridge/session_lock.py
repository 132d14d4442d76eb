"""Keeps a second bridge off a session: two of them would throw each other out of WhatsApp for ever."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from nanie_actors.storage.file_system import FILE_MODE


def take_session_lock(path: Path) -> bool:
    """Take the lock for as long as this process lives; False if another process has it. Raises OSError.

    The kernel lets go of it when the process ends, however that happens; nothing ever closes the file.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    except BaseException:
        os.close(descriptor)
        raise
    return True
