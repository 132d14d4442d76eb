"""An actor can keep its user mail waiting while it waits for something itself."""

from __future__ import annotations

from typing import Any

import pytest
from actor_systems import ByHand, Recorder

from nanie_actors.runtime import PooledRef


class Holder(Recorder):
    """Holds and releases as it is told, on either lane."""

    def on_receive(self, message: Any) -> Any:
        super().on_receive(message)
        if message == "hold":
            self.context.hold()

    def on_system(self, message: Any) -> Any:
        if message in ("hold", "release"):
            getattr(self.context, message)()
        else:
            super().on_system(message)


@pytest.fixture
def log() -> list[Any]:
    return []


@pytest.fixture
def holder(by_hand: ByHand, log: list[Any]) -> PooledRef[Holder]:
    ref = by_hand.system.start(Holder, log)
    by_hand.run()
    return ref


def test_user_mail_waits_in_order_and_system_mail_goes_on(
    by_hand: ByHand, holder: PooledRef[Holder], log: list[Any]
) -> None:
    for message in ("one", "hold", "two", "three"):
        holder.tell(message)
    by_hand.run()
    holder.tell("four")
    holder.tell_system("note")
    by_hand.run()
    assert log == ["one", "hold", ("system", "note")]
    report = by_hand.system.report(holder)
    assert (report.state, report.depth) == ("held", 3)
    holder.tell_system("release")
    by_hand.run()
    assert log == ["one", "hold", ("system", "note"), "two", "three", "four"]
    assert by_hand.state(holder) == "idle"


def test_mail_for_a_held_actor_costs_no_turn(by_hand: ByHand, holder: PooledRef[Holder]) -> None:
    holder.tell_system("hold")
    by_hand.run()
    holder.tell("waits")
    assert by_hand.dispatcher.ready == ()


def test_a_hold_in_on_start_keeps_even_the_first_message(by_hand: ByHand, log: list[Any]) -> None:
    class Loading(Holder):
        def on_start(self) -> None:
            self.context.hold()

    ref = by_hand.system.start(Loading, log)
    ref.tell("early")
    by_hand.run()
    assert log == []
    ref.tell_system("release")
    by_hand.run()
    assert log == ["early"]


def test_a_stop_waits_for_the_release_too(by_hand: ByHand, holder: PooledRef[Holder], log: list[Any]) -> None:
    holder.tell_system("hold")
    holder.tell("before")
    stopped = holder.stop(block=False)
    by_hand.run()
    assert holder.is_alive()
    holder.tell_system("release")
    by_hand.run()
    assert stopped.get(timeout=0) is True
    assert log == ["before"]


def test_a_hold_and_release_in_one_turn_change_nothing(by_hand: ByHand, log: list[Any]) -> None:
    class Fickle(Recorder):
        def on_receive(self, message: Any) -> Any:
            self.context.hold()
            assert self.context.held
            self.context.release()
            return super().on_receive(message)

    ref = by_hand.system.start(Fickle, log)
    for number in range(3):
        ref.tell(number)
    by_hand.run()
    assert log == [0, 1, 2]


def test_a_held_actor_can_fail_and_its_successor_is_free(by_hand: ByHand, log: list[Any]) -> None:
    class Deaf(Recorder):
        def on_system(self, message: Any) -> None:
            self.log.append(message)

    heard: list[Any] = []
    ref = by_hand.system.start(Holder, log, supervisor=by_hand.system.start(Deaf, heard))
    ref.tell_system("hold")
    ref.tell("waits")
    ref.tell_system(LookupError())
    by_hand.run()
    assert (log, len(heard)) == ([], 1)
    ref.restart(retry=False)
    by_hand.run()
    assert log == ["waits"]
