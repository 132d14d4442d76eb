"""make and .ci/run: what people and machines type to judge a change."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKE = shutil.which("make")

pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not installed")


def make(*arguments: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(MAKE), "--no-print-directory", *arguments],
        cwd=ROOT,
        env={"PATH": path, "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_make_alone_lists_every_target_and_does_nothing() -> None:
    result = make()
    assert result.returncode == 0
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    assert phony is not None
    assert re.findall(r"^  make (\w+) +\w", result.stdout, flags=re.MULTILINE) == phony[1].split()


def test_without_a_python_that_is_new_enough_it_says_so(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # an old Python's answer to the question for its version
    old.chmod(0o700)
    result = make("test", f"VENV={tmp_path}/venv", path=str(tmp_path))
    assert result.returncode != 0
    assert "Python 3.11 or newer is needed" in result.stdout


@pytest.mark.parametrize(("fails", "status"), [("nothing", 0), ("check", 1), ("audit", 1), ("test", 1)])
def test_the_judgement_of_a_change_ends_with_the_tests(tmp_path: Path, fails: str, status: int) -> None:
    """Also when a check fails, the tests are run, and the summary of pytest is the last line."""
    stand_in = tmp_path / "make"
    stand_in.write_text(f'#!/bin/sh\necho "$2"\ntest "$2" != {fails}\n')
    stand_in.chmod(0o700)
    result = subprocess.run(
        [str(ROOT / ".ci" / "run")],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.stdout.splitlines() == ["check", "audit", "test"]
    assert (result.returncode != 0) is bool(status)
