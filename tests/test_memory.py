"""What is set once in a worker's process."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.memory import REST_S, Thrift

PROGRAM = """
import gc
from nanie_actors.memory import COLLECT_AFTER, settle_memory

settle_memory()
assert gc.get_threshold() == COLLECT_AFTER


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


kept = []
blocks = []
for number in range(2_000):
    blocks.append(b"x" * 100_000)
    kept.append(b"x" * 5_000)
full = resident()
blocks.clear()
assert full - resident() > 150_000_000, (full, resident())
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="other systems' C libraries have no such call"
)
def test_large_blocks_go_back_to_the_system_though_small_ones_lie_between_them() -> None:
    """A process of its own: the settings are the whole process's."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


BETWEEN = """
from nanie_actors.memory import give_back_what_is_free, settle_memory

settle_memory()


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


lines = [b"x" * 5_000 for _ in range(40_000)]
kept = lines[::100]
lines.clear()
full = resident()
give_back_what_is_free()
assert full - resident() > 50_000_000, (full, resident())
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="other systems' C libraries do it by themselves"
)
def test_what_is_free_between_what_is_kept_goes_back_to_the_system() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BETWEEN], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


class Resting:
    """A worker's day: each second it is busy or not, and has done something or not."""

    def __init__(self) -> None:
        self.now_s, self.done, self.busy = 0.0, 0, False
        self.given_back: list[float] = []
        self.thrift = Thrift(lambda: self.done, lambda: not self.busy, lambda: self.now_s, self._give_back)

    def _give_back(self) -> None:
        assert not self.busy
        self.given_back.append(self.now_s)

    def live(self, seconds: int, *, busy: bool = False, works: bool = False) -> None:
        for _ in range(seconds):
            self.now_s += 1.0
            self.busy = busy
            self.done += works
            self.thrift.look()


def test_a_worker_gives_memory_back_when_it_rests_and_once() -> None:
    worker = Resting()
    worker.live(100, busy=True, works=True)
    assert worker.given_back == []
    worker.live(1_000)
    assert worker.given_back == [101.0]
    worker.live(1, works=True)
    worker.live(1_000)
    assert len(worker.given_back) == 2


@given(st.lists(st.tuples(st.integers(1, 50), st.booleans(), st.booleans()), max_size=30))
def test_it_never_does_so_twice_within_a_rest(day: list[tuple[int, bool, bool]]) -> None:
    worker = Resting()
    for seconds, busy, works in day:
        worker.live(seconds, busy=busy, works=works)
    times = worker.given_back
    assert all(later - earlier >= REST_S for earlier, later in pairwise(times))
