"""What several samples are measured on is built once, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.pipeline_plan import stage_samples
from bench.replay import CHAT
from bench.runner import TOOK
from bench.sample import Ground, build
from bench.stage_table import profile_of
from bench.stages import ORDER, OUTSIDE

GROUND = Ground.of("bench.replay:build", messages=3)


def nobody(_: float) -> None:
    """Is told how far it is."""


def test_a_ground_is_built_once(tmp_path: Path) -> None:
    first = build(GROUND, tmp_path, nobody)
    (first / CHAT).write_text("as it was")
    assert build(GROUND, tmp_path, nobody) == first
    assert (first / CHAT).read_text() == "as it was"


def test_grounds_of_other_parameters_are_others(tmp_path: Path) -> None:
    assert GROUND.below(tmp_path) != Ground.of("bench.replay:build", messages=4).below(tmp_path)
    assert GROUND.below(tmp_path) == Ground.of("bench.replay:build", messages=3).below(tmp_path)


def test_what_was_not_finished_is_not_measured_on(tmp_path: Path) -> None:
    def failing(_: float) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        build(GROUND, tmp_path, failing)
    assert not GROUND.below(tmp_path).exists()


def test_the_remainder_is_what_the_stages_of_the_pipeline_leave() -> None:
    """Decoding comes before the pipeline, and who waits for the disk lets others work."""
    metrics = {**dict.fromkeys(ORDER, 2.0), "whole": 100.0, TOOK: 7.0}
    profile = profile_of(stage_samples(quick=True)[0], [metrics])
    assert profile.stages.keys() >= OUTSIDE
    assert profile.remainder == 100.0 - 2.0 * (len(ORDER) - len(OUTSIDE))
    assert profile.to_json()["remainder"] == profile.remainder
