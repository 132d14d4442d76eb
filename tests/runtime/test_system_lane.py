"""System messages overtake user messages, and have their own slice of attention."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from actor_systems import SOON_S, ByHand, Recorder

from nanie_actors.runtime import ActorSystem, ChildFailed, Inspect, PooledActor, Terminated


def test_system_mail_overtakes_user_mail_and_keeps_its_own_order(by_hand: ByHand) -> None:
    log: list[Any] = []
    ref = by_hand.system.start(Recorder, log)
    ref.tell("user")
    ref.tell_system("first")
    ref.tell_system("second")
    by_hand.run()
    assert log == [("system", "first"), ("system", "second"), "user"]


def test_system_mail_overtakes_in_the_midst_of_a_slice(pool: ActorSystem) -> None:
    """A pool thread is at the second of many messages when the note comes; it is the next to be handled."""
    log: list[Any] = []
    entered, go_on = threading.Event(), threading.Event()

    class Slow(Recorder):
        def on_receive(self, message: Any) -> Any:
            if message == 1:
                entered.set()
                go_on.wait(SOON_S)
            return super().on_receive(message)

    ref = pool.start(Slow, log)
    for number in range(10):
        ref.tell(number)
    assert entered.wait(SOON_S)
    ref.tell_system("note")
    go_on.set()
    ref.stop(timeout=SOON_S)
    assert log == [0, 1, ("system", "note"), *range(2, 10)]


def test_an_ask_on_the_system_lane_gets_what_on_system_returns(by_hand: ByHand) -> None:
    class Wise(PooledActor):
        def on_system(self, message: Any) -> Any:
            return 42 if message == "question" else super().on_system(message)

        def inspect(self) -> dict[str, Any]:
            return {"wise": True}

    ref = by_hand.system.start(Wise)
    answers = [ref.ask_system(message, block=False) for message in ("question", Inspect(), "what?")]
    by_hand.run()
    assert [answer.get(timeout=0) for answer in answers] == [42, {"wise": True}, None]


def test_an_ask_on_the_system_lane_that_raises_leaves_the_actor_alive(by_hand: ByHand) -> None:
    ref = by_hand.system.start(Recorder, [])
    asked = ref.ask_system(LookupError("lost"), block=False)
    by_hand.run()
    assert ref.is_alive()
    report = by_hand.system.report(ref)
    assert (report.failed, report.last_error, report.incarnation) == (1, "LookupError", 1)
    with pytest.raises(LookupError, match="lost"):
        asked.get(timeout=0)


def test_a_plain_actor_needs_nothing_for_the_messages_of_the_runtime(by_hand: ByHand) -> None:
    ref = by_hand.system.start(PooledActor)
    ref.tell_system(Terminated(ref, "x"))
    ref.tell_system(ChildFailed(ref, "x", LookupError(), None, "start", 7))
    by_hand.run()
    assert ref.is_alive()
    assert by_hand.system.report(ref).failed == 0


def test_a_flood_of_system_mail_ends_its_slices_too(pool: ActorSystem) -> None:
    """An actor that tells itself for ever on the system lane does not keep the pool to itself."""

    class Restless(PooledActor):
        def on_start(self) -> None:
            self.context.ref.tell_system("again")

        def on_system(self, message: Any) -> Any:
            if message == "again":
                self.context.ref.tell_system("again")
                return None
            return super().on_system(message)

    for _ in range(3):
        pool.start(Restless)
    assert pool.start(Recorder, []).ask("x", timeout=SOON_S) == "x"
