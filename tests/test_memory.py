"""What is set once in a worker's process."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
