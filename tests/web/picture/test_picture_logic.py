"""What the picture computes before it draws: JavaScript without a document, under Node's own test runner."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nanie_actors.export.sleep import MINUTE_MS, spans_of_sleep

HERE = Path(__file__).parent
ASSETS = HERE.parents[2] / "src" / "nanie_actors" / "web" / "assets" / "picture"
SLEEP_CASES = HERE.parents[1] / "export" / "sleep_cases.json"
WITHIN_S = 120


def node() -> str:
    """Node, or the reason why this is skipped; where browsers are required, so is it."""
    found = shutil.which("node")
    if found is None and os.environ.get("TESTS_NEED_BROWSER") != "1":
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


AGREE = """
import { readFileSync } from "node:fs";
import { sleepOf } from "./sleep.js";
const told = JSON.parse(readFileSync("told.json", "utf-8"));
const spans = told.map(({ events, now }) => sleepOf(events, now));
console.log(JSON.stringify(spans.map((found) => found.map(({ start, end, state, asleep, awake }) =>
  [start, end, state, asleep ? asleep.id : null, awake ? awake.id : null]))));
"""


def test_the_picture_and_the_calendar_agree_on_sleep(beside_each_other: Path) -> None:
    """Whatever is told, in whatever order: the two readers of the same rules find the same spans."""
    told = [any_nights(random.Random(seed)) for seed in range(400)]
    (beside_each_other / "told.json").write_text(json.dumps(told), "utf-8")
    (beside_each_other / "agree.js").write_text(AGREE, "utf-8")
    done = subprocess.run(
        [node(), "agree.js"], cwd=beside_each_other, capture_output=True, timeout=WITHIN_S, check=True
    )
    found = [
        [
            [
                span.start,
                span.end,
                span.state,
                span.asleep and span.asleep["id"],
                span.awake and span.awake["id"],
            ]
            for span in spans_of_sleep(nights["events"], nights["now"])
        ]
        for nights in told
    ]
    assert json.loads(done.stdout) == found
    assert {span[2] for spans in found for span in spans} == {"whole", "open", "no-end", "no-start"}


def any_nights(chance: random.Random) -> dict[str, Any]:
    minute = 0
    events: list[dict[str, Any]] = []
    for number in range(chance.randrange(12)):
        minute += chance.choice([0, 1, 20, 30, 31, 90, 400, 960, 961])
        told = chance.choice(
            [{}, {}, {}, {"durationMin": chance.choice([1, 45, 90.5, 960, 961, -3, 0, "45"])}]
        )
        kind = chance.choice(["sleeping", "waking_up", "feeding"])
        events.append({"id": f"e{number}", "type": kind, "timestamp": minute * MINUTE_MS, "attributes": told})
    return {"events": events, "now": (minute + chance.choice([-10, 0, 50, 960, 961])) * MINUTE_MS}
