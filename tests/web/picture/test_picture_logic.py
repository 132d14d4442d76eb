"""What the picture computes before it draws: JavaScript without a document, under Node's own test runner."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ASSETS = HERE.parents[2] / "src" / "nanie_actors" / "web" / "assets" / "picture"
SLEEP_CASES = HERE.parents[1] / "export" / "sleep_cases.json"
WITHIN_S = 120


def node() -> str:
    """Node, or the reason why this is skipped; where browsers are required, so is it."""
    found = shutil.which("node")
    if found is None and os.environ.get("NANIE_REQUIRE_BROWSER") != "1":
        pytest.skip("there is no Node on the PATH")
    return found or "node"


@pytest.fixture
def beside_each_other(tmp_path: Path) -> Path:
    """The modules and their tests in one folder that says that they are ES modules."""
    for source in (ASSETS, HERE / "logic"):
        for path in source.glob("*.js"):
            shutil.copy(path, tmp_path)
    shutil.copy(SLEEP_CASES, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    return tmp_path


@pytest.mark.parametrize("name", sorted(path.name for path in (HERE / "logic").glob("*.test.js")))
def test_the_picture_s_logic_passes_its_tests(beside_each_other: Path, name: str) -> None:
    done = subprocess.run(
        [node(), "--test", name],
        cwd=beside_each_other,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout or "ℹ fail 0" in done.stdout
