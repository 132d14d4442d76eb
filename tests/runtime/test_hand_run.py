"""Running actors by hand: nothing moves by itself, and any order can be chosen and repeated."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from actor_systems import ByHand, Recorder, make_by_hand

from nanie_actors.runtime import AskInsideActor, HandRunDispatcher, PooledActor, StepsExhausted


def test_nothing_runs_until_a_step_and_a_step_is_one_message_or_one_start(by_hand: ByHand) -> None:
    log: list[Any] = []
    ref = by_hand.system.start(Recorder, log)
    ref.tell(1)
    ref.tell(2)
    assert by_hand.dispatcher.run_one()
    assert log == []
    assert by_hand.dispatcher.run_one()
    assert log == [1]
    assert by_hand.run() == 1
    assert log == [1, 2]
    assert by_hand.dispatcher.run_one() is False


def test_ready_actors_take_turns(by_hand: ByHand) -> None:
    log: list[Any] = []
    one, other = by_hand.system.start(Recorder, log), by_hand.system.start(Recorder, log)
    by_hand.run()
    for number in range(3):
        one.tell(("one", number))
        other.tell(("other", number))
    by_hand.run()
    assert log == [(name, number) for number in range(3) for name in ("one", "other")]


def test_a_choice_function_decides_who_is_next() -> None:
    hand = make_by_hand(HandRunDispatcher(lambda ready: len(ready) - 1))
    log: list[Any] = []
    for name in ("first", "second", "third"):
        hand.system.start(Recorder, log, name=name).tell(name)
    hand.run()
    assert log == ["third", "second", "first"]
    hand.system.shutdown(0)


def shuffled(seed: int) -> list[Any]:
    hand = make_by_hand(HandRunDispatcher(Random(seed)))
    log: list[Any] = []
    refs = [hand.system.start(Recorder, log, name=str(number)) for number in range(4)]
    for ref in refs:
        for number in range(4):
            ref.tell((ref.name, number))
    hand.run()
    hand.system.shutdown(0)
    return log


def test_a_seed_gives_the_same_interleaving_again_and_another_seed_another() -> None:
    assert shuffled(7) == shuffled(7)
    assert len({tuple(shuffled(seed)) for seed in range(20)}) > 10


def test_actors_that_never_rest_are_noticed(by_hand: ByHand) -> None:
    class Restless(PooledActor):
        def on_receive(self, message: Any) -> None:
            self.context.ref.tell(message)

    by_hand.system.start(Restless).tell("again")
    with pytest.raises(StepsExhausted, match="1 actors are still ready after 50 steps"):
        by_hand.dispatcher.run_until_idle(50)


def test_the_last_allowed_step_may_bring_it_to_rest(by_hand: ByHand) -> None:
    by_hand.system.start(Recorder, []).tell("x")
    assert by_hand.dispatcher.run_until_idle(2) == 2


def test_waiting_inside_a_step_is_refused_and_outside_it_is_not(by_hand: ByHand) -> None:
    class Waiting(PooledActor):
        def on_receive(self, message: Any) -> Any:
            return self.actor_ref.ask("x")

    ref = by_hand.system.start(Waiting)
    asked = ref.ask("x", block=False)
    by_hand.run()
    with pytest.raises(AskInsideActor):
        asked.get(timeout=0)


def test_no_step_is_taken_after_the_shutdown(by_hand: ByHand) -> None:
    log: list[Any] = []
    by_hand.system.start(Recorder, log).tell("x")
    by_hand.system.shutdown(0)
    assert by_hand.dispatcher.run_one() is False
    assert log == []
    assert by_hand.dispatcher.stuck() == []
