"""The session's lock: one bridge at a time, and a look at it is not taken for one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nanie_actors.whatsapp.bridge.session_lock import TRIES, take_session_lock
from nanie_actors.whatsapp.live.session import is_held


@contextmanager
def closing_what_was_taken(path: Path, keep: int = -1) -> Iterator[None]:
    """The product holds it until the process ends; a test must not."""
    yield
    for name in os.listdir("/dev/fd"):
        if int(name) != keep and os.path.realpath(f"/dev/fd/{name}") == str(path.resolve()):
            os.close(int(name))


def test_a_lock_that_nobody_has_is_taken_and_seen_to_be(tmp_path: Path) -> None:
    path = tmp_path / "session.lock"
    with closing_what_was_taken(path):
        assert take_session_lock(path)
        assert is_held(path)
        assert path.stat().st_mode & 0o777 == 0o600
    assert not is_held(path)


def test_a_lock_that_another_has_is_tried_for_a_moment_only(tmp_path: Path) -> None:
    path, waits = tmp_path / "session.lock", list[float]()
    with path.open("w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert not take_session_lock(path, waits.append)
    assert len(waits) == TRIES - 1
    assert not is_held(path)


def test_who_only_looks_does_not_keep_a_bridge_away(tmp_path: Path) -> None:
    path = tmp_path / "session.lock"
    with path.open("w") as looker, closing_what_was_taken(path, looker.fileno()):
        fcntl.flock(looker, fcntl.LOCK_SH)
        assert take_session_lock(path, lambda _: fcntl.flock(looker, fcntl.LOCK_UN))
