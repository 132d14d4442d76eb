"""What an actor costs, and that nothing of it stays."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import weakref
from typing import Any

from actor_systems import SOON_S, ByHand, Recorder

from nanie_actors.runtime import ActorSystem, PooledActor
from nanie_actors.runtime.cell import Cell

MANY = 10_000


def test_ten_thousand_actors_leave_nothing_behind(by_hand: ByHand) -> None:
    """A first round warms what is kept once for all; the second must come back to where it began."""

    def round_trip() -> None:
        for _ in range(MANY // 2):
            by_hand.system.start(PooledActor).stop(block=False)
        by_hand.dispatcher.run_until_idle(MANY * 3)

    tracemalloc.start()
    try:
        round_trip()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        round_trip()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert len(by_hand.system) == 0
    assert grown < 50_000


def test_an_idle_actor_costs_less_than_two_and_a_half_kilobytes(by_hand: ByHand) -> None:
    by_hand.system.start(PooledActor)
    by_hand.run()
    tracemalloc.start()
    try:
        refs = [by_hand.system.start(PooledActor) for _ in range(1000)]
        by_hand.dispatcher.run_until_idle()
        per_actor = tracemalloc.get_traced_memory()[0] / 1000
    finally:
        tracemalloc.stop()
    assert len(refs) == 1000
    assert per_actor < 2500


def test_what_a_message_touches_of_an_actor_lies_together(by_hand: ByHand) -> None:
    """A cell is four cache lines, and what each tell reads is in the first: with thousands it is felt."""
    cell = by_hand.system.start(PooledActor).cell
    assert sys.getsizeof(cell) <= 256
    first = next(kind for kind in reversed(Cell.__mro__) if "__slots__" in vars(kind))
    assert set(vars(first)["__slots__"]) == {"actor", "idle", "interrupt", "marker", "queue", "schedule"}


def test_a_message_is_freed_when_it_has_been_handled(by_hand: ByHand) -> None:
    class Payload:
        pass

    ref = by_hand.system.start(Forgetful, [])
    payload = Payload()
    message = weakref.ref(payload)
    ref.tell(payload)
    del payload
    by_hand.run()
    assert message() is None


class Forgetful(Recorder):
    def on_receive(self, message: Any) -> None:
        assert message is not None


def test_a_stopped_actor_is_freed_at_once_though_its_ref_is_kept(pool: ActorSystem) -> None:
    """Without the garbage collector: no cycle holds the instance, nor does a sleeping thread."""

    instances: list[weakref.ref[Any]] = []

    class Tracked(Recorder):
        def __init__(self) -> None:
            super().__init__([])
            instances.append(weakref.ref(self))
            assert self.context.ref is not None

    gc.disable()
    try:
        ref = pool.start(Tracked)
        ref.tell("x")
        ref.stop(timeout=SOON_S)
        # Another actor takes the thread's place in the picture.
        pool.start(Recorder, []).ask("x", timeout=SOON_S)
        assert instances[0]() is None
    finally:
        gc.enable()
