"""A short storm over real workers, and what a run consists of."""

from __future__ import annotations

import json
import tempfile
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chaos.__main__ import main
from chaos.inside.aims import PLACES
from chaos.orders import Aim, Jump, Orders, Quota, Rule
from chaos.plan import CONTROLS, FULL_KILLS, plan
from chaos.storms import STORMS


def test_a_short_storm_over_real_workers_finds_nothing_and_its_control_something(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with tempfile.TemporaryDirectory() as folder:  # its path is short enough for a socket
        status = main(["--quick", "--json", "--dir", folder])
        left = list(Path(folder).iterdir())
    outcome = json.loads(capsys.readouterr().out)
    assert [line["findings"] for line in outcome["storms"]] == [[] for _ in outcome["storms"]]
    assert all(line["findings"] for line in outcome["controls"])
    assert outcome["kills"] >= 24
    assert (status, left) == (0, [])


def test_an_unknown_storm_is_answered_with_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "a gentle breeze"]) == 2
    assert "anywhere" in capsys.readouterr().out


# ── what is going to happen ─────────────────────────────────────────────────────────────────────────────


def test_a_full_run_has_every_storm_and_every_control_and_more_than_500_processes_to_kill() -> None:
    whole = plan(1, FULL_KILLS, quick=False, only=None)
    assert {chapter.storm for chapter in whole.chapters} == {storm.name for storm in STORMS}
    assert {chapter.storm for chapter in whole.controls} == {control.name for control in CONTROLS}
    assert sum(chapter.processes for chapter in whole.chapters) >= 550


@pytest.mark.parametrize("storm", STORMS, ids=lambda storm: storm.name)
def test_the_same_seed_draws_the_same_storm(storm: Any) -> None:
    assert [storm.draw(Random(seed)) for seed in range(20)] == [
        storm.draw(Random(seed)) for seed in range(20)
    ]


def test_one_storm_alone_is_the_one_of_the_whole_run() -> None:
    whole = plan(3, FULL_KILLS, quick=False, only=None)
    alone = plan(3, FULL_KILLS, quick=False, only="power")
    assert list(alone.chapters) == [chapter for chapter in whole.chapters if chapter.storm == "power"]


@pytest.mark.parametrize("place", PLACES.values())
def test_every_place_that_is_aimed_at_is_in_the_worker(place: str) -> None:
    module, _, path = place.partition(":")
    found: Any = import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    assert callable(found)


def test_orders_reach_the_process_as_they_were_given() -> None:
    orders = Orders(
        "notes",
        "sent",
        7,
        (Rule("write", "wal/*", 3, "kill-halfway"), Rule("sync", "*", 1, "wait", count=2, ms=5)),
        Quota(100, 2),
        Aim("send", 2, "before"),
        (Jump(3, -1_000),),
        4,
        "plug",
        ("dedupe",),
    )
    assert Orders.from_json(orders.to_json()) == orders
