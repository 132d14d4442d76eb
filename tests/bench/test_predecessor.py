"""The baseline does what it is said to do: a baseline that did less would flatter the product."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.bare_pipeline import SHOWN_EVENTS
from bench.chat import group_ids, messages
from bench.predecessor import ENCODERS, RewritingGroup, throughput

GROUP = group_ids(1)[0]


@pytest.mark.parametrize("encoder", ENCODERS)
def test_the_file_holds_every_event_after_each_of_them(encoder: str, tmp_path: Path) -> None:
    group = RewritingGroup(GROUP, tmp_path / "group", ENCODERS[encoder])
    for count, event in enumerate(messages([GROUP], 3), 1):
        assert group.take(event)
        group.save()
        stored = json.loads((tmp_path / "group").read_bytes())
        assert len(stored) == count
        assert stored[-1]["details"] == event.message.text


def test_a_repetition_is_stored_once(tmp_path: Path) -> None:
    group = RewritingGroup(GROUP, tmp_path / "group", ENCODERS["orjson"])
    event = messages([GROUP], 1)[0]
    assert group.take(event)
    assert not group.take(event)
    assert len(group.events) == 1


def test_a_push_shows_as_many_of_the_newest_events_as_the_product_does(tmp_path: Path) -> None:
    group = RewritingGroup(GROUP, tmp_path / "group", ENCODERS["standard"])
    stream = messages([GROUP], SHOWN_EVENTS + 5)
    for event in stream:
        group.take(event)
    shown = json.loads(group.push())["data"]["events"]
    assert [event["id"] for event in shown] == [event.message.message_id for event in stream[5:]]


@pytest.mark.parametrize(("length", "events", "stored"), [(0, 6, 3), (100, 8, 102), (1, 20, 10)])
def test_a_run_goes_round_the_length_that_it_is_to_tell_of(
    length: int, events: int, stored: int, tmp_path: Path
) -> None:
    """Half of the events come before it and half after it, or all from an empty timeline on."""
    throughput(tmp_path, groups=2, length=length, events=events, encoder="orjson")
    files = sorted(tmp_path.iterdir())
    assert [len(json.loads(file.read_bytes())) for file in files] == [stored, stored]
