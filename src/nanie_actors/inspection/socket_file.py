"""The file of the control socket: where it is, whose it is, and who may connect to it."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
from pathlib import Path
from typing import Final

from nanie_actors.errors import StateError

LONGEST_PATH: Final = 107
"""Bytes in the path of a Unix socket: the kernel's sun_path has 108 with the final zero."""

BACKLOG: Final = 32


def listen_at(path: Path) -> socket.socket:
    """A listening socket of mode 0600 in a folder of mode 0700. Raises StateError.

    A socket that is there is replaced: whoever calls this holds the lock of the state directory, so the
    worker that left it is gone. Anything else that is there is not ours and is left alone.
    """
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise StateError(
            f"the path of the control socket is longer than {LONGEST_PATH} bytes ({path}): "
            f"choose a shorter one with --state (a path from the current directory counts as it is written)."
        )
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _clear(path)
        listening.bind(str(path))
        path.chmod(0o600)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise StateError(
            f"the control socket {path} cannot be made ({error.strerror}): "
            f"choose a state directory on a local disk that you own, with --state."
        ) from error
    except BaseException:
        listening.close()
        raise
    return listening


def _clear(path: Path) -> None:
    """Make the folder, closed to others before the socket exists in it, and remove a dead socket."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    try:
        there = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(there.st_mode):
        raise StateError(f"{path} is in the way and is no socket: move it away.")
    path.unlink()


def stop_listening(listening: socket.socket) -> None:
    """A thread that waits in accept() comes back by a shutdown, not by a close."""
    with contextlib.suppress(OSError):  # macOS: a listening socket is not connected
        listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def is_ours(connection: socket.socket) -> bool:
    """Whether the other end is a process of the worker's own user (or of root)."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # The folder's mode 0700 is what keeps others out there.
    try:
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    except OSError:
        return False
    _, user, _ = struct.unpack("3i", credentials)
    return user in (0, os.getuid())
