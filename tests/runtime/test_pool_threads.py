"""The pool's threads: fair slices, blocking handlers that delay nobody, stuck ones that are replaced."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest
from actor_systems import SOON_S, Recorder, eventually

from nanie_actors.runtime import ActorSystem, PoolDispatcher, PooledActor, SystemClock, ThreadTimers
from nanie_actors.runtime.cell import LONG_STRIDE, WideCell
from nanie_actors.runtime.lookout import OLD_TURN_S, PROMPT_S, Sight, advise
from nanie_actors.runtime.worker import Worker


class Blocking(PooledActor):
    def __init__(self, entered: threading.Semaphore, go_on: threading.Event) -> None:
        super().__init__()
        self.entered = entered
        self.go_on = go_on

    def on_receive(self, message: Any) -> None:
        self.entered.release()
        self.go_on.wait(SOON_S)


def system_of(dispatcher: PoolDispatcher) -> ActorSystem:
    clock = SystemClock()
    return ActorSystem(dispatcher, clock=clock, timers=ThreadTimers(clock))


def block(system: ActorSystem, count: int, go_on: threading.Event) -> None:
    """Start so many actors that block, and wait until all are inside their handlers."""
    entered = threading.Semaphore(0)
    for number in range(count):
        system.start(Blocking, entered, go_on, name=f"blocking-{number}").tell("work")
    for _ in range(count):
        assert entered.acquire(timeout=SOON_S)


def test_a_handler_that_blocks_delays_nobody_while_a_thread_is_free(pool: ActorSystem) -> None:
    go_on = threading.Event()
    block(pool, 3, go_on)
    assert pool.start(Recorder, []).ask("x", timeout=SOON_S) == "x"
    go_on.set()


def test_when_all_threads_are_stuck_another_is_started_and_later_ended() -> None:
    dispatcher = PoolDispatcher(threads=2, max_threads=4, stuck_after_s=0.02)
    system = system_of(dispatcher)
    go_on = threading.Event()
    block(system, 2, go_on)
    assert system.start(Recorder, []).ask("x", timeout=SOON_S) == "x"
    assert {handler.name for handler in dispatcher.stuck()} == {"blocking-0", "blocking-1"}
    assert {handler.message_type for handler in dispatcher.stuck()} == {"str"}
    assert all(handler.busy_s > 0.02 for handler in dispatcher.stuck())
    assert dispatcher.threads == 3
    go_on.set()
    assert eventually(lambda: dispatcher.threads == 2)
    assert dispatcher.stuck() == []
    assert system.shutdown(SOON_S)


def test_a_sleeping_thread_is_not_taken_for_a_stuck_one(pool: ActorSystem) -> None:
    """It ran the actor before; now another thread does."""
    dispatcher = pool.dispatcher
    assert isinstance(dispatcher, PoolDispatcher)
    pool.start(Recorder, []).ask("x", timeout=SOON_S)
    assert eventually(lambda: len(dispatcher._asleep) == dispatcher.threads)
    assert [worker.cell for worker in dispatcher._asleep] == [None] * 4


def test_no_more_threads_than_allowed_are_started() -> None:
    dispatcher = PoolDispatcher(threads=1, max_threads=2, stuck_after_s=0.01)
    system = system_of(dispatcher)
    go_on = threading.Event()
    block(system, 2, go_on)
    dispatcher.compensate()
    dispatcher.compensate()
    assert dispatcher.threads == 2
    go_on.set()
    assert system.shutdown(SOON_S)


def test_a_stuck_handler_makes_the_shutdown_say_false_and_keeps_no_process_alive() -> None:
    system = system_of(PoolDispatcher(threads=1, max_threads=1))
    go_on = threading.Event()
    block(system, 1, go_on)
    ref = system.find("blocking-0")
    assert ref is not None
    ref.tell("behind")
    assert system.shutdown(0.01) is False
    assert system.dead_letters.total() == 1
    stuck = [thread for thread in threading.enumerate() if thread.name.startswith("actors-")]
    assert all(thread.daemon for thread in stuck)
    go_on.set()
    for thread in stuck:
        thread.join(SOON_S)
    ref.tell("late")
    assert system.dead_letters.total() == 2


def test_a_shutdown_ends_all_threads() -> None:
    before = set(threading.enumerate())
    system = system_of(PoolDispatcher())
    system.timers.call_later(60.0, lambda: None)
    system.start(Recorder, []).ask("x", timeout=SOON_S)
    assert len(set(threading.enumerate()) - before) == 6
    assert system.shutdown(SOON_S)
    assert set(threading.enumerate()) == before


def test_an_actor_with_much_mail_yields_after_its_slice() -> None:
    """One thread, one flooded actor: the other comes after 8 messages, not after 100."""
    system = system_of(PoolDispatcher(threads=1, slice_messages=8, slice_s=60.0))
    log: list[Any] = []
    go_on = threading.Event()
    block(system, 1, go_on)
    flooded, other = system.start(Recorder, log), system.start(Recorder, log)
    for number in range(100):
        flooded.tell(number)
    other.tell("other")
    go_on.set()
    other.stop(timeout=SOON_S)
    flooded.stop(timeout=SOON_S)
    assert log.index("other") == 8
    assert len(log) == 101
    assert system.shutdown(SOON_S)


class Wide(Recorder):
    wide = True


def test_one_that_everything_passes_through_takes_its_mail_in_one_turn() -> None:
    system = system_of(PoolDispatcher(threads=1, slice_messages=8, slice_s=60.0))
    log: list[Any] = []
    go_on = threading.Event()
    block(system, 1, go_on)
    wide, other = system.start(Wide, log), system.start(Recorder, log)
    for number in range(8 * WideCell.share + 1):
        wide.tell(number)
    other.tell("other")
    go_on.set()
    other.stop(timeout=SOON_S)
    wide.stop(timeout=SOON_S)
    assert log.index("other") == 8 * WideCell.share
    assert system.shutdown(SOON_S)


def test_an_actor_with_slow_mail_yields_when_its_time_is_over() -> None:
    system = system_of(PoolDispatcher(threads=1, slice_messages=1000, slice_s=1e-9))
    log: list[Any] = []
    go_on = threading.Event()
    block(system, 1, go_on)
    slow, other = system.start(Recorder, log), system.start(Recorder, log)
    for number in range(100):
        slow.tell(number)
    other.tell("other")
    go_on.set()
    other.stop(timeout=SOON_S)
    slow.stop(timeout=SOON_S)
    assert log.index("other") == 1
    assert system.shutdown(SOON_S)


@pytest.mark.parametrize(
    ("sight", "advice"),
    [
        (Sight(awake=0, late_s=1.0, youngest_s=0.0), "wake"),
        (Sight(awake=1, late_s=PROMPT_S / 2, youngest_s=0.0), "wake"),
        (Sight(awake=1, late_s=0.005, youngest_s=OLD_TURN_S * 2), "wake"),
        (Sight(awake=1, late_s=0.005, youngest_s=0.001), "leave"),
        (Sight(awake=2, late_s=0.005, youngest_s=0.001), "rest"),
    ],
    ids=["nobody is awake", "nobody runs Python", "no turn ends", "one works", "two compete"],
)
def test_as_few_threads_as_possible_are_awake(sight: Sight, advice: str) -> None:
    assert advise(sight) == advice


def test_a_running_pool_lowers_the_switch_interval_and_puts_it_back() -> None:
    before = sys.getswitchinterval()
    system = system_of(PoolDispatcher(switch_interval_s=0.001))
    assert sys.getswitchinterval() == pytest.approx(0.001)
    assert system.shutdown(SOON_S)
    assert sys.getswitchinterval() == pytest.approx(before)


@pytest.mark.parametrize("wish", [None, 100.0])
def test_a_pool_never_raises_the_switch_interval(wish: float | None) -> None:
    before = sys.getswitchinterval()
    system = system_of(PoolDispatcher(switch_interval_s=wish))
    assert sys.getswitchinterval() == pytest.approx(before)
    assert system.shutdown(SOON_S)
    assert sys.getswitchinterval() == pytest.approx(before)


def test_of_several_threads_that_compete_one_lies_down_and_is_woken_when_it_is_needed() -> None:
    dispatcher = PoolDispatcher(threads=2)
    workers = [Worker(name, dispatcher.work) for name in ("one", "other")]
    dispatcher._workers.extend(workers)
    dispatcher._ready.append(Faulty())
    dispatcher.look(late_s=PROMPT_S * 10)
    assert [worker.orders for worker in workers] == [False, True]
    resting = threading.Thread(target=dispatcher._lie_down, args=(workers[1],), daemon=True)
    resting.start()
    assert eventually(lambda: dispatcher._asleep == [workers[1]])
    assert resting.is_alive()
    dispatcher.look(late_s=0.0)
    resting.join(SOON_S)
    assert not resting.is_alive()
    assert workers[1].orders is False


def test_the_last_thread_awake_does_not_lie_down_while_actors_are_queued() -> None:
    dispatcher = PoolDispatcher(threads=1)
    worker = Worker("one", dispatcher.work)
    worker.orders = True
    dispatcher._workers.append(worker)
    dispatcher._ready.append(Faulty())
    lying_down = threading.Thread(target=dispatcher._lie_down, args=(worker,), daemon=True)
    lying_down.start()
    lying_down.join(SOON_S)
    assert not lying_down.is_alive()
    assert dispatcher._asleep == []
    assert dispatcher.watched


class Faulty:
    """Something in the queue that is not even an actor."""

    name, busy_since, current, stride, share = "faulty", 0.0, None, 1, 1

    def run(self, now: float, budget: int, slice_s: float) -> bool:
        raise SystemExit("a bug of ours")

    def keep_marker(self) -> bool:
        return False


def test_a_pool_that_makes_no_sense_is_refused() -> None:
    for wrong in (
        {"threads": 0},
        {"threads": 5, "max_threads": 4},
        {"slice_messages": 0},
        {"stuck_after_s": 0.0},
    ):
        with pytest.raises(ValueError, match="a pool needs"):
            PoolDispatcher(**wrong)


def test_a_fault_of_the_runtime_ends_no_thread(pool: ActorSystem, caplog: pytest.LogCaptureFixture) -> None:
    pool.dispatcher.schedule(Faulty())
    assert pool.start(Recorder, []).ask("x", timeout=SOON_S) == "x"
    # Another thread may have answered while the first was still writing.
    assert eventually(lambda: "the runtime failed in a turn of faulty" in caplog.text)


def test_the_clock_is_read_seldom_for_quick_messages_and_often_again_after_a_slow_slice() -> None:
    """Reading it costs as much as a quick message; not reading it would let a slow actor overstay."""
    for slice_s, before, after in ((60.0, 1, LONG_STRIDE), (1e-9, LONG_STRIDE, 1)):
        system = system_of(PoolDispatcher(threads=1, slice_s=slice_s))
        go_on = threading.Event()
        block(system, 1, go_on)
        ref = system.start(Recorder, [])
        ref.cell.stride = before
        for number in range(3):
            ref.tell(number)
        go_on.set()
        ref.ask("x", timeout=SOON_S)
        assert system.start(Recorder, []).ask("after its slice", timeout=SOON_S)
        assert ref.cell.stride == after
        assert system.shutdown(SOON_S)
