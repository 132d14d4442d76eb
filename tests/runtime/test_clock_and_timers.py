"""One suite for real and manual timers, then what only the manual clock promises."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from actor_systems import SOON_S, ByHand, Recorder

from nanie_actors.runtime import Clock, ManualClock, ManualTimers, SystemClock, ThreadTimers, Timers


@dataclass
class Kit:
    """Timers, and how a test lets time pass until something has happened."""

    clock: Clock
    timers: Timers
    pass_time: Callable[[threading.Event], None]


def real_kit() -> Kit:
    clock = SystemClock()
    timers = ThreadTimers(clock)

    def pass_time(until: threading.Event) -> None:
        assert until.wait(SOON_S)

    return Kit(clock, timers, pass_time)


def manual_kit() -> Kit:
    clock = ManualClock()
    timers = ManualTimers(clock)

    def pass_time(until: threading.Event) -> None:
        clock.advance(1.0)
        assert until.is_set()

    return Kit(clock, timers, pass_time)


@pytest.fixture(params=[real_kit, manual_kit], ids=["real", "manual"])
def kit(request: pytest.FixtureRequest) -> Iterator[Kit]:
    made: Kit = request.param()
    yield made
    assert made.timers.stop(SOON_S)


def test_timers_fire_in_due_order_whatever_the_order_of_their_making(kit: Kit) -> None:
    fired: list[str] = []
    done = threading.Event()
    kit.timers.call_later(0.020, done.set)
    kit.timers.call_later(0.010, lambda: fired.append("second"))
    kit.timers.call_later(0.001, lambda: fired.append("first"))
    kit.timers.call_later(0.010, lambda: fired.append("third, made later for the same time"))
    kit.pass_time(done)
    assert fired[0] == "first"
    assert fired[1] == "second"
    assert len(fired) == 3


def test_a_timer_does_not_fire_early(kit: Kit) -> None:
    done = threading.Event()
    begin = kit.clock.monotonic()
    fired_at: list[float] = []

    def fire() -> None:
        fired_at.append(kit.clock.monotonic())
        done.set()

    kit.timers.call_later(0.015, fire)
    kit.pass_time(done)
    assert fired_at[0] - begin >= 0.015


def test_a_cancelled_timer_never_fires_and_cancelling_twice_or_late_is_harmless(kit: Kit) -> None:
    fired: list[str] = []
    done = threading.Event()
    # Far enough away that no busy machine lets it come due before it is cancelled.
    cancelled = kit.timers.call_later(0.5, lambda: fired.append("cancelled"))
    cancelled.cancel()
    cancelled.cancel()
    last = kit.timers.call_later(0.6, done.set)
    kit.pass_time(done)
    last.cancel()
    assert fired == []


def test_a_timer_that_fails_does_not_harm_the_next(kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()

    def fail() -> None:
        raise SystemExit("contained")

    kit.timers.call_later(0.001, fail)
    kit.timers.call_later(0.002, done.set)
    kit.pass_time(done)
    assert "a timer's function failed" in caplog.text


def test_a_delay_that_is_not_positive_is_due_at_once(kit: Kit) -> None:
    done = threading.Event()
    kit.timers.call_later(-5.0, done.set)
    kit.pass_time(done)


def test_a_timer_may_set_the_next(kit: Kit) -> None:
    done = threading.Event()

    def again() -> None:
        kit.timers.call_later(0.001, done.set)

    kit.timers.call_later(0.001, again)
    kit.pass_time(done)


def test_nothing_fires_after_a_stop(kit: Kit) -> None:
    fired: list[str] = []
    before = kit.timers.call_later(
        0.0 if isinstance(kit.clock, ManualClock) else 60.0, lambda: fired.append("x")
    )
    assert kit.timers.stop(SOON_S)
    kit.timers.call_later(0.0, lambda: fired.append("y"))
    if isinstance(kit.clock, ManualClock):
        kit.clock.advance(100.0)
    before.cancel()
    assert fired == []


@pytest.mark.parametrize("make", [real_kit, manual_kit])
def test_cancelled_timers_do_not_pile_up(make: Callable[[], Kit]) -> None:
    """A timer set and cancelled for each message must not hold memory until it would have been due."""
    kit = make()
    timers: Any = kit.timers
    for _ in range(1000):
        timers.call_later(3600.0, lambda: None).cancel()
    kept = timers.call_later(3600.0, lambda: None)
    assert len(timers) == 1
    assert len(timers._heap._entries) < 200
    kept.cancel()
    assert timers.stop(SOON_S)


def test_real_timers_use_one_thread_and_end_it() -> None:
    timers = ThreadTimers(SystemClock(), name="timers-of-this-test")
    timers.start()
    timers.call_later(60.0, lambda: None)
    named = [thread for thread in threading.enumerate() if thread.name == "timers-of-this-test"]
    assert len(named) == 1
    assert timers.stop(SOON_S)
    assert not named[0].is_alive()


def test_the_manual_clock_shows_each_timer_exactly_its_own_time() -> None:
    clock = ManualClock(wall_ms=1_000_000)
    timers = ManualTimers(clock)
    seen: list[tuple[float, int]] = []
    for delay in (3.0, 1.0, 2.0):
        timers.call_later(delay, lambda: seen.append((clock.monotonic(), clock.now_ms())))
    clock.advance(2.5)
    assert seen == [(1.0, 1_001_000), (2.0, 1_002_000)]
    assert (clock.monotonic(), clock.now_ms()) == (2.5, 1_002_500)


def test_a_wall_clock_that_jumps_moves_no_timer() -> None:
    clock = ManualClock()
    timers = ManualTimers(clock)
    fired: list[str] = []
    timers.call_later(1.0, lambda: fired.append("x"))
    clock.set_wall(0)
    assert (clock.now_ms(), clock.monotonic(), fired) == (0, 0.0, [])
    clock.advance(1.0)
    assert (clock.now_ms(), fired) == (1000, ["x"])


def test_timers_of_several_owners_fire_in_one_order() -> None:
    clock = ManualClock()
    one, other = ManualTimers(clock), ManualTimers(clock)
    fired: list[str] = []
    one.call_later(2.0, lambda: fired.append("second"))
    other.call_later(1.0, lambda: fired.append("first"))
    clock.advance(5.0)
    assert fired == ["first", "second"]


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="advanced"):
        ManualClock().advance(-1.0)


def test_the_system_clock_goes_forward() -> None:
    clock = SystemClock()
    assert clock.monotonic() <= clock.monotonic()
    assert clock.now_ms() > 1_600_000_000_000


class Alarmed(Recorder):
    def on_receive(self, message: Any) -> Any:
        if isinstance(message, float):
            self.alarm = self.context.after(message, "alarm")
            self.context.after(message, "user alarm", system=False)
        elif message == "cancel":
            self.alarm.cancel()
        else:
            return super().on_receive(message)
        return None


def test_an_actor_can_tell_itself_later_on_either_lane(by_hand: ByHand) -> None:
    log: list[Any] = []
    by_hand.system.start(Alarmed, log).tell(5.0)
    by_hand.run()
    by_hand.clock.advance(4.9)
    by_hand.run()
    assert log == []
    by_hand.clock.advance(0.1)
    by_hand.run()
    assert log == [("system", "alarm"), "user alarm"]


def test_a_cancelled_alarm_does_not_come(by_hand: ByHand) -> None:
    log: list[Any] = []
    ref = by_hand.system.start(Alarmed, log)
    ref.tell(5.0)
    ref.tell("cancel")
    by_hand.run()
    by_hand.clock.advance(5.0)
    by_hand.run()
    assert log == ["user alarm"]


def test_an_alarm_outlives_its_incarnation(by_hand: ByHand) -> None:
    class Deaf(Recorder):
        def on_system(self, message: Any) -> None:
            self.log.append(message)

    log: list[Any] = []
    ref = by_hand.system.start(Alarmed, log, supervisor=by_hand.system.start(Deaf, []))
    ref.tell(5.0)
    ref.tell(LookupError())
    by_hand.run()
    ref.restart(retry=False)
    by_hand.clock.advance(5.0)
    by_hand.run()
    assert log == [("system", "alarm"), "user alarm"]


def test_a_stop_takes_the_alarms_along(by_hand: ByHand) -> None:
    ref = by_hand.system.start(Alarmed, [])
    ref.tell(5.0)
    ref.stop(block=False)
    by_hand.run()
    assert len(by_hand.timers) == 0
    by_hand.clock.advance(5.0)
    assert by_hand.system.dead_letters.total() == 0
