"""The windows in which a wake-up could get lost, opened on purpose.

Today's interpreter switches threads at few places, so a stress test alone would not notice that a second look
is missing; here a sender acts exactly between the first look and the letting go.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from actor_systems import SOON_S, ByHand, Recorder, eventually

from nanie_actors.runtime import (
    ActorSystem,
    PoolDispatcher,
    PooledActor,
    PooledRef,
    SystemClock,
    ThreadTimers,
)
from nanie_actors.runtime.cell import Cell


class Opening:
    """The give-back of an actor's marker, just before the next of which something happens.

    It has two steps, so there are two moments: before `idle` is raised, and between that and the marker.
    """

    def __init__(self, ref: PooledRef[Any], step: str) -> None:
        slot: Any = getattr(Cell, step)
        self._act: Callable[[], None] | None = None

        def write(cell: Cell, value: bool) -> None:
            act, self._act = self._act if value else None, None if value else self._act
            if act is not None:
                act()
            slot.__set__(cell, value)

        watched = type("WatchedCell", (Cell,), {"__slots__": ()})
        setattr(watched, step, property(slot.__get__, write, slot.__delete__))
        ref.cell.__class__ = watched

    def meet(self, act: Callable[[], None]) -> None:
        """Do this just before the next give-back."""
        self._act = act


@pytest.fixture(params=["idle", "marker"])
def opening(request: pytest.FixtureRequest, ref: PooledRef[Recorder]) -> Opening:
    return Opening(ref, request.param)


@pytest.fixture
def log() -> list[Any]:
    return []


@pytest.fixture
def ref(by_hand: ByHand, log: list[Any]) -> PooledRef[Recorder]:
    class Deaf(PooledActor):
        def on_system(self, message: Any) -> Any:
            return None

    started = by_hand.system.start(Recorder, log, name="one", supervisor=by_hand.system.start(Deaf))
    by_hand.run()
    return started


def test_a_tell_between_the_last_look_and_the_give_back_is_handled(
    by_hand: ByHand, ref: PooledRef[Recorder], opening: Opening, log: list[Any]
) -> None:
    opening.meet(lambda: ref.tell("sneaked in"))
    ref.tell("first")
    by_hand.run()
    assert log == ["first", "sneaked in"]


def test_a_system_tell_between_the_last_look_and_the_give_back_is_handled(
    by_hand: ByHand, ref: PooledRef[Recorder], opening: Opening, log: list[Any]
) -> None:
    opening.meet(lambda: ref.tell_system("sneaked in"))
    ref.tell("first")
    by_hand.run()
    assert log == ["first", ("system", "sneaked in")]


def test_a_restart_between_the_last_look_and_the_give_back_takes_place(
    by_hand: ByHand, ref: PooledRef[Recorder], opening: Opening, log: list[Any]
) -> None:
    opening.meet(lambda: ref.restart(retry=False))
    ref.tell(LookupError())
    ref.tell("after")
    by_hand.run()
    assert log == ["after"]


def test_a_tell_between_the_burial_and_the_give_back_is_counted(
    by_hand: ByHand, ref: PooledRef[Recorder], opening: Opening
) -> None:
    opening.meet(lambda: ref.tell("sneaked in"))
    ref.stop(block=False)
    by_hand.run()
    assert by_hand.system.dead_letters.total() == 1


def test_a_release_between_the_last_look_and_the_give_back_lets_mail_through(
    by_hand: ByHand, ref: PooledRef[Recorder], opening: Opening, log: list[Any]
) -> None:
    actor = ref.cell.actor
    assert actor is not None
    actor.context.hold()
    ref.tell("waits")
    by_hand.run()
    opening.meet(actor.context.release)
    ref.tell("next")
    by_hand.run()
    assert log == ["waits", "next"]


class Sleepers(list[Any]):
    """The pool's sleepers, among whom the first to lie down meets a sender."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[], None] | None = None
        self.after: Callable[[], None] | None = None

    def append(self, worker: Any) -> None:
        before, self.before = self.before, None
        after, self.after = self.after, None
        if before is not None:
            before()
        super().append(worker)
        if after is not None:
            after()


@pytest.mark.parametrize(
    "moment", ["before", "after", "before, relying on the lookout", "after, relying on the lookout"]
)
def test_an_actor_queued_while_the_last_thread_lies_down_is_run(moment: str) -> None:
    dispatcher = PoolDispatcher(threads=1, stuck_after_s=1000.0)
    sleepers = dispatcher._asleep = Sleepers()
    clock = SystemClock()
    system = ActorSystem(dispatcher, clock=clock, timers=ThreadTimers(clock))
    log: list[Any] = []
    done = threading.Event()

    class Signalling(Recorder):
        def on_receive(self, message: Any) -> None:
            if message == "sneaked in":
                done.set()

    ref = system.start(Signalling, log)
    ref.ask("x", timeout=SOON_S)

    def sneak() -> None:
        dispatcher._watched = "lookout" in moment
        ref.tell("sneaked in")

    if moment.startswith("before"):
        sleepers.before = sneak
    else:
        sleepers.after = sneak
    ref.tell("first")
    assert done.wait(SOON_S)
    assert system.shutdown(SOON_S)


def test_a_thread_that_gets_up_again_calls_the_lookout_for_what_else_is_queued() -> None:
    """Of two actors queued while it lay down the first blocks: the sleeper must be woken for the second."""
    dispatcher = PoolDispatcher(threads=2, stuck_after_s=1000.0)
    sleepers = dispatcher._asleep = Sleepers()
    clock = SystemClock()
    system = ActorSystem(dispatcher, clock=clock, timers=ThreadTimers(clock))
    go_on, done = threading.Event(), threading.Event()

    class Blocking(PooledActor):
        def on_receive(self, message: Any) -> None:
            go_on.wait(SOON_S) if message == "block" else done.set()

    blocking, other = system.start(Blocking), system.start(Blocking)
    assert eventually(lambda: len(sleepers) == 2)

    def sneak() -> None:
        dispatcher._watched = True
        blocking.tell("block")
        other.tell("go")

    sleepers.before = sneak
    system.start(PooledActor)
    assert done.wait(SOON_S)
    go_on.set()
    assert system.shutdown(SOON_S)


def test_the_lookout_looks_once_more_after_it_was_told_that_all_is_done() -> None:
    """An actor is queued between its look at the queue and its lowering of `watched`."""
    dispatcher = PoolDispatcher(threads=1)

    class Ready:
        """A queue that is empty at the first look only."""

        looks = 0

        def __bool__(self) -> bool:
            self.looks += 1
            return self.looks > 1

    dispatcher._watched = True
    dispatcher._ready = Ready()  # type: ignore[assignment]
    dispatcher.look(0.005)
    assert dispatcher.watched
