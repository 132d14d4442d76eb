"""Token buckets: what is granted, and what a wait promises."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.actors.token_bucket import FEWEST_BEFORE_SWEEP, Buckets, Rate, TokenBucket

RATES = st.builds(Rate, st.integers(1, 50), st.floats(0.01, 1_000))
STEPS = st.lists(st.floats(0, 100), max_size=200)


def grants(bucket: TokenBucket, times: list[float]) -> list[float]:
    return [now for now in times if bucket.take(now) == 0]


def moments(steps: list[float]) -> list[float]:
    now, times = 0.0, []
    for step in steps:
        now += step
        times.append(now)
    return times


@given(RATES, STEPS)
def test_in_no_span_of_time_is_more_granted_than_the_burst_and_what_the_rate_gives(
    rate: Rate, steps: list[float]
) -> None:
    granted = grants(TokenBucket(rate, 0.0), moments(steps))
    for first in range(len(granted)):
        for last in range(first, len(granted)):
            most = rate.burst + rate.per_second * (granted[last] - granted[first])
            assert last - first + 1 <= most + 1e-6


@given(RATES, STEPS)
def test_whoever_waits_as_long_as_was_said_gets_a_token(rate: Rate, steps: list[float]) -> None:
    bucket, now = TokenBucket(rate, 0.0), 0.0
    for step in steps:
        now += step
        wait_s = bucket.take(now)
        if wait_s:
            now += wait_s
            assert bucket.take(now) == 0


@given(RATES, st.lists(st.floats(-100, 100), max_size=50))
def test_a_clock_that_goes_back_and_forth_gives_no_more_than_one_that_only_goes_forth(
    rate: Rate, steps: list[float]
) -> None:
    times = moments([step + 1_000 for step in steps[:1]] + steps[1:])
    forth = sum(max(0.0, later - earlier) for earlier, later in pairwise(times))
    granted = grants(TokenBucket(rate, times[0] if times else 0.0), times)
    assert len(granted) <= rate.burst + rate.per_second * forth + 1e-6


@given(RATES)
def test_the_whole_burst_is_there_at_once_and_not_one_more(rate: Rate) -> None:
    bucket = TokenBucket(rate, 5.0)
    assert [bucket.take(5.0) for _ in range(rate.burst)] == [0.0] * rate.burst
    assert bucket.take(5.0) > 0


def test_a_refused_take_costs_nothing() -> None:
    bucket = TokenBucket(Rate(1, 1.0), 0.0)
    bucket.take(0.0)
    assert [bucket.take(0.5) for _ in range(9)] == [pytest.approx(0.5)] * 9
    assert bucket.take(1.0) == 0


def test_each_key_has_its_own_tokens() -> None:
    buckets = Buckets(Rate(1, 0.1))
    assert buckets.take("one", 0.0) == 0
    assert buckets.take("one", 0.0) == pytest.approx(10)
    assert buckets.take("two", 0.0) == 0
    assert buckets.wait_s("three", 0.0) == 0


def test_keys_that_nobody_uses_any_more_are_forgotten() -> None:
    buckets = Buckets(Rate(1, 1.0))
    for number in range(10 * FEWEST_BEFORE_SWEEP):
        buckets.take(str(number), number * 0.01)
    assert len(buckets) <= FEWEST_BEFORE_SWEEP


def test_keys_in_use_are_kept_however_many_they_are() -> None:
    buckets = Buckets(Rate(1, 0.001))
    for number in range(3 * FEWEST_BEFORE_SWEEP):
        assert buckets.take(str(number), 0.0) == 0
    assert all(buckets.take(str(number), 0.0) > 0 for number in range(3 * FEWEST_BEFORE_SWEEP))


def test_stored_buckets_go_on_where_they_were() -> None:
    before, after = Buckets(Rate(2, 0.1)), Buckets(Rate(2, 0.1))
    before.take("one", 100.0)
    before.take("one", 100.0)
    after.restore(before.to_json(100.0))
    assert after.take("one", 105.0) == pytest.approx(5)
    assert after.take("one", 110.0) == 0
