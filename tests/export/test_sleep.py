"""Sleep as spans: the cases that the picture is held to as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nanie_actors.export.sleep import MINUTE_MS, spans_of_sleep

CASES = json.loads((Path(__file__).parent / "sleep_cases.json").read_text("utf-8"))
NAMES = {"s": "sleeping", "w": "waking_up"}


@pytest.mark.parametrize("case", CASES, ids=[case["says"] for case in CASES])
def test_sleep_is_read_as(case: dict[str, Any]) -> None:
    events = [
        {
            "type": NAMES[kind],
            "timestamp": minute * MINUTE_MS,
            "attributes": {"durationMin": told[0]} if told else {},
        }
        for kind, minute, *told in case["events"]
    ]
    spans = spans_of_sleep(events, case["now"] * MINUTE_MS)
    assert [[span.start // MINUTE_MS, span.end // MINUTE_MS, span.state] for span in spans] == case["spans"]
