"""Two systems for the tests: one without threads or real time, one with both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from actor_systems import SOON_S, ByHand, make_by_hand

from nanie_actors.runtime import ActorSystem, PoolDispatcher, SystemClock, ThreadTimers


@pytest.fixture
def by_hand() -> Iterator[ByHand]:
    hand = make_by_hand()
    yield hand
    hand.system.shutdown(0)


@pytest.fixture
def pool() -> Iterator[ActorSystem]:
    clock = SystemClock()
    system = ActorSystem(PoolDispatcher(), clock=clock, timers=ThreadTimers(clock))
    yield system
    assert system.shutdown(SOON_S)
