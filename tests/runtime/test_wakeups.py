"""No wake-up is lost, no actor runs on two threads, and order holds: with real threads at full speed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from actor_systems import SOON_S

from nanie_actors.runtime import ActorSystem, PoolDispatcher, PooledActor, SystemClock, ThreadTimers


@pytest.fixture
def nervous_threads() -> Iterator[None]:
    """Switch threads as often as Python can: races that need a year get a second."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


class Countdown(PooledActor):
    """Counts messages without a lock: right only if turns never overlap and see each other's writes."""

    def __init__(self, expected: int, done: threading.Event) -> None:
        super().__init__()
        self.left = expected
        self.done = done
        self.newest: dict[int, int] = {}
        self.disorder = 0
        self.inside = 0

    def on_receive(self, message: Any) -> None:
        self._count(message)

    def on_system(self, message: Any) -> Any:
        return self._count(message) if isinstance(message, tuple) else super().on_system(message)

    def _count(self, message: tuple[int, int]) -> None:
        self.inside += 1
        self.disorder += self.inside != 1
        sender, number = message
        self.disorder += self.newest.get(sender, -1) + 1 != number
        self.newest[sender] = number
        left = self.left
        self.left = left - 1
        self.inside -= 1
        if left == 1:
            self.done.set()


def on_threads(count: int, work: Any) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON_S)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.usefixtures("nervous_threads")
def test_every_message_of_many_senders_is_handled_once_and_in_the_order_of_its_sender(threads: int) -> None:
    """Law 4, and the argument in `mailbox`: a lost wake-up would leave `done` unset for ever."""
    clock = SystemClock()
    system = ActorSystem(PoolDispatcher(threads=threads), clock=clock, timers=ThreadTimers(clock))
    senders, messages, actors = 3, 400, 4
    done = [threading.Event() for _ in range(actors)]
    refs = [system.start(Countdown, senders * messages, event) for event in done]

    def send(sender: int) -> None:
        for number in range(messages):
            for ref in refs:
                # Each sender keeps to one lane: order is promised within a lane.
                (ref.tell_system if sender == 0 else ref.tell)((sender, number))

    on_threads(senders, send)
    assert all(event.wait(SOON_S) for event in done)
    assert [ref.proxy().disorder.get(timeout=SOON_S) for ref in refs] == [0] * actors
    assert [ref.proxy().left.get(timeout=SOON_S) for ref in refs] == [0] * actors
    assert system.shutdown(SOON_S)


@pytest.mark.usefixtures("nervous_threads")
def test_one_message_at_a_time_always_finds_the_sleeping_pool(pool: ActorSystem) -> None:
    """The pool goes to sleep after each reply, so each ask meets it on its way there."""
    ref = pool.start(PooledActor)
    assert [ref.ask_system(None, timeout=SOON_S) for _ in range(400)] == [None] * 400


@pytest.mark.usefixtures("nervous_threads")
def test_every_message_told_beside_a_stop_is_handled_or_a_counted_dead_letter(pool: ActorSystem) -> None:
    """Law 2: 30 stops, each in the midst of three senders."""
    for _ in range(30):
        handled: list[int] = []

        class Sink(PooledActor):
            def on_receive(self, message: Any) -> None:
                handled.append(message)  # noqa: B023 - each round has its own class

        ref = pool.start(Sink)
        dead_before = pool.dead_letters.total()

        def send(sender: int, ref: Any = ref) -> None:
            for number in range(40):
                ref.tell(number)
                if sender == number == 1:
                    ref.stop(block=False)

        on_threads(3, send)
        ref.stop(timeout=SOON_S)
        assert not ref.is_alive()
        assert len(handled) + pool.dead_letters.total() - dead_before == 120


@pytest.mark.usefixtures("nervous_threads")
def test_hold_and_release_from_other_threads_lose_nothing(pool: ActorSystem) -> None:
    done = threading.Event()
    ref = pool.start(Countdown, 600, done)
    actor = ref.cell.actor
    assert actor is not None
    context = actor.context

    def work(sender: int) -> None:
        for number in range(300):
            if sender < 2:
                ref.tell((sender, number))
            else:
                context.hold()
                context.release()

    on_threads(3, work)
    assert done.wait(SOON_S)
    assert ref.proxy().disorder.get(timeout=SOON_S) == 0
