"""What the process tells its parent beside its output: lines that survive any end of the process."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any, NoReturn


class Notes:
    """A file that is only appended to, a line at a time. Any thread."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def write(self, **note: Any) -> None:
        """One line, in one call: the kernel has it when this returns."""
        os.write(self._fd, json.dumps(note).encode() + b"\n")


def die(notes: Notes, **why: Any) -> NoReturn:
    """kill -9, here and now."""
    notes.write(note="struck", **why)
    os.kill(os.getpid(), signal.SIGKILL)
    while True:  # the signal is on its way to every thread, this one included
        time.sleep(1.0)
