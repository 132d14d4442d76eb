"""When to restart, after how long, and when to give up: pure arithmetic."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.runtime import Quarantine, RestartAfter, RestartPolicy

STEADY = RestartPolicy(
    max_restarts=3, window_s=10.0, first_delay_s=1.0, factor=2.0, max_delay_s=3.0, jitter=0.0
)


def test_delays_grow_up_to_the_longest() -> None:
    assert STEADY.decide([0.0], 0.0) == RestartAfter(1.0)
    assert STEADY.decide([0.0, 1.0], 1.0) == RestartAfter(2.0)
    assert STEADY.decide([0.0, 1.0, 2.0], 2.0) == RestartAfter(3.0)


def test_one_failure_too_many_within_the_window_is_a_quarantine_that_says_why() -> None:
    decision = STEADY.decide([0.0, 1.0, 2.0, 3.0], 3.0)
    assert decision == Quarantine("failed 4 times within 10 s; 3 are allowed")


def test_failures_older_than_the_window_are_forgiven() -> None:
    assert STEADY.decide([0.0, 1.0, 2.0, 50.0], 50.0) == RestartAfter(1.0)


def test_a_policy_without_restarts_quarantines_at_once() -> None:
    policy = RestartPolicy(max_restarts=0)
    assert isinstance(policy.decide([5.0], 5.0), Quarantine)


def test_jitter_is_the_injected_chance() -> None:
    def delays(seed: int) -> list[Any]:
        policy = RestartPolicy(jitter=0.5, random=Random(seed))
        return [policy.decide([0.0], 0.0) for _ in range(5)]

    assert delays(1) == delays(1)
    assert len(set(delays(1))) == 5


@given(
    failures=st.lists(st.floats(0, 1000), max_size=30).map(sorted),
    jitter=st.floats(0, 1),
    factor=st.floats(1, 1e6),
    seed=st.integers(),
)
def test_no_delay_is_negative_or_longer_than_the_longest(
    failures: list[float], jitter: float, factor: float, seed: int
) -> None:
    policy = RestartPolicy(max_restarts=30, jitter=jitter, factor=factor, random=Random(seed))
    decision = policy.decide(failures, 1000.0)
    assert isinstance(decision, RestartAfter)
    assert 0.0 <= decision.delay_s <= policy.max_delay_s


@given(failures=st.lists(st.floats(0, 100), min_size=1, max_size=30).map(sorted), allowed=st.integers(0, 10))
def test_the_quarantine_comes_exactly_with_the_failure_above_the_limit(
    failures: list[float], allowed: int
) -> None:
    now = failures[-1]
    recent = [at for at in failures if now - at < 20.0]
    policy = RestartPolicy(max_restarts=allowed, window_s=20.0)
    assert isinstance(policy.decide(failures, now), Quarantine) == (len(recent) > allowed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_restarts": -1},
        {"window_s": 0.0},
        {"factor": 0.5},
        {"jitter": 1.5},
        {"first_delay_s": 20.0},
        {"first_delay_s": -1.0},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a restart policy needs"):
        RestartPolicy(**wrong)
