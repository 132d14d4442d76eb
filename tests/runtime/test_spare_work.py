"""Work for idle threads: done as soon as there is one, and given back in time if there is none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from actor_systems import SOON_S, ByHand

from nanie_actors.runtime import (
    ActorSystem,
    PoolDispatcher,
    PooledActor,
    SpareWork,
    SystemClock,
    ThreadTimers,
)
from nanie_actors.runtime.spare_work import SPARE_S


class Given:
    """Spare work that remembers how it was called, and on which thread."""

    def __init__(self) -> None:
        self.calls: list[tuple[bool, str]] = []
        self.called = threading.Event()
        self.work = SpareWork("given", self._do)

    def _do(self, idle: bool) -> None:
        self.calls.append((idle, threading.current_thread().name))
        self.called.set()


class Caller(PooledActor):
    """Calls what it is sent."""

    def on_receive(self, message: Callable[[], Any]) -> Any:
        return message()


@pytest.fixture
def given() -> Given:
    return Given()


def system_of(dispatcher: PoolDispatcher) -> ActorSystem:
    clock = SystemClock()
    return ActorSystem(dispatcher, clock=clock, timers=ThreadTimers(clock))


def test_it_is_done_by_the_thread_that_offered_it_once_nothing_is_queued(
    pool: ActorSystem, given: Given
) -> None:
    offered: list[tuple[bool, str]] = []

    def offer() -> None:
        offered.append((pool.dispatcher.offer(given.work), threading.current_thread().name))

    pool.start(Caller).tell(offer)
    assert given.called.wait(SOON_S)
    assert offered == given.calls
    assert given.calls[0][0] is True


def test_it_may_be_offered_again_and_again_and_is_done_once_each_time(given: Given) -> None:
    system = system_of(PoolDispatcher(threads=1))
    ref = system.start(Caller)
    for _ in range(50):
        given.called.clear()
        assert ref.ask(lambda: system.dispatcher.offer(given.work), timeout=SOON_S)
        assert given.called.wait(SOON_S)
    assert system.shutdown(SOON_S)
    assert len(given.calls) == 50


def test_outside_a_turn_it_is_refused(pool: ActorSystem, by_hand: ByHand, given: Given) -> None:
    assert pool.dispatcher.offer(given.work) is False
    assert by_hand.system.dispatcher.offer(given.work) is False
    assert given.calls == []


def test_in_a_turn_of_another_pool_it_is_refused(pool: ActorSystem, given: Given) -> None:
    """That thread would lie down without a look at this pool's work."""
    other = system_of(PoolDispatcher(threads=1))
    ask = other.start(Caller).ask(lambda: pool.dispatcher.offer(given.work), timeout=SOON_S)
    assert ask is False
    assert other.shutdown(SOON_S)


def test_by_hand_it_is_refused_in_a_turn_too(by_hand: ByHand, given: Given) -> None:
    ref = by_hand.system.start(Caller)
    answers: list[bool] = []
    ref.tell(lambda: answers.append(by_hand.system.dispatcher.offer(given.work)))
    by_hand.run()
    assert answers == [False]


def test_whoever_ends_a_turn_gives_it_back_when_it_is_overdue(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one thread has more and more to do, so it never gets to the work itself."""
    dispatcher = PoolDispatcher(threads=1, stuck_after_s=1000.0)
    monkeypatch.setattr(dispatcher, "look", lambda _: True)
    system = system_of(dispatcher)
    ref = system.start(Caller)

    def busy() -> None:
        if not given.calls:
            ref.tell(busy)

    def offer() -> None:
        assert dispatcher.offer(given.work)
        ref.tell(busy)

    ref.tell(offer)
    assert given.called.wait(SOON_S)
    assert system.shutdown(SOON_S)
    assert given.calls == [(False, "actors-1")]


def test_the_lookout_gives_it_back_while_a_handler_blocks(given: Given) -> None:
    dispatcher = PoolDispatcher(threads=1, stuck_after_s=1000.0)
    system = system_of(dispatcher)

    def block() -> bool:
        assert dispatcher.offer(given.work)
        return given.called.wait(SOON_S)

    assert system.start(Caller).ask(block, timeout=SOON_S)
    assert given.calls == [(False, "actors-lookout")]
    assert system.shutdown(SOON_S)


def test_until_it_is_overdue_the_lookout_lets_it_wait(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatcher = PoolDispatcher(threads=1)
    now = 50.0
    for module in ("pool", "spare_work"):
        monkeypatch.setattr(f"nanie_actors.runtime.{module}.monotonic", lambda: now)
    dispatcher._spare.put(given.work)
    now += SPARE_S * 0.9
    dispatcher.look(0.0)
    assert given.calls == []
    assert dispatcher.watched
    now += SPARE_S * 0.2
    dispatcher.look(0.0)
    assert [idle for idle, _ in given.calls] == [False]
    assert not dispatcher.watched


def test_work_that_waits_when_the_pool_stops_is_given_back(given: Given) -> None:
    dispatcher = PoolDispatcher(threads=1)
    dispatcher._spare.put(given.work)
    assert dispatcher.stop(SOON_S)
    assert [idle for idle, _ in given.calls] == [False]


def test_a_pool_that_stops_takes_no_more_of_it(given: Given) -> None:
    system = system_of(PoolDispatcher(threads=1))
    entered, go_on = threading.Event(), threading.Event()
    answers: list[bool] = []

    def offer_late() -> None:
        entered.set()
        go_on.wait(SOON_S)
        answers.append(system.dispatcher.offer(given.work))

    system.start(Caller).tell(offer_late)
    assert entered.wait(SOON_S)
    assert system.dispatcher.stop(0.0) is False
    go_on.set()
    assert system.dispatcher.stop(SOON_S)
    assert answers == [False]
    system.shutdown(SOON_S)


def test_work_that_takes_long_is_reported_by_its_name() -> None:
    dispatcher = PoolDispatcher(threads=1, stuck_after_s=0.001, max_threads=2)
    system = system_of(dispatcher)
    entered, go_on = threading.Event(), threading.Event()

    def block(_idle: bool) -> None:
        entered.set()
        go_on.wait(SOON_S)

    work = SpareWork("the flush", block)
    ref = system.start(Caller)
    ref.tell(lambda: dispatcher.offer(work))
    assert entered.wait(SOON_S)
    # And it delays nobody: the lookout sees to another thread.
    assert ref.ask(lambda: "x", timeout=SOON_S) == "x"
    assert [handler.name for handler in dispatcher.stuck()] == ["the flush"]
    go_on.set()
    assert system.shutdown(SOON_S)
    assert dispatcher.stuck() == []


def test_a_fault_in_it_ends_no_thread(pool: ActorSystem) -> None:
    called = threading.Event()

    def fail(_idle: bool) -> None:
        called.set()
        raise ZeroDivisionError

    work = SpareWork("faulty", fail)
    ref = pool.start(Caller)
    ref.tell(lambda: pool.dispatcher.offer(work))
    assert called.wait(SOON_S)
    assert ref.ask(lambda: "x", timeout=SOON_S) == "x"
    assert work.busy_since == 0.0
