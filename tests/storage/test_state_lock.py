"""One worker a state directory: held by the kernel, so gone with the process, however it ends."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nanie_actors.errors import StateError, StateLocked
from nanie_actors.storage.state_lock import StateLock

HOLDER = """
import sys
from pathlib import Path
from nanie_actors.storage.state_lock import StateLock
StateLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_lock_is_refused_and_names_the_holder(tmp_path: Path) -> None:
    with StateLock(tmp_path), pytest.raises(StateLocked, match=rf"process {os.getpid()}\)") as caught:
        StateLock(tmp_path).acquire()
    assert "--state" in str(caught.value)


def test_a_released_lock_can_be_taken(tmp_path: Path) -> None:
    lock = StateLock(tmp_path)
    lock.acquire()
    lock.release()
    lock.release()
    with StateLock(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_another_process_is_kept_off_until_it_is_killed(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(StateLocked, match=f"process {process.pid}"):
            StateLock(tmp_path).acquire()
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        with StateLock(tmp_path):
            assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_the_state_directory_is_made_for_its_owner_only(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "nanie"
    with StateLock(state):
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        assert stat.S_IMODE((state / "lock").stat().st_mode) == 0o600


def test_a_directory_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    state = tmp_path / "nanie"
    state.mkdir(mode=0o755)
    with StateLock(state):
        assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_a_path_that_is_no_directory_is_refused_with_advice(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(StateError, match="Choose another with --state"):
        StateLock(file / "nanie").acquire()
