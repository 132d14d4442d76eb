"""The end of life: mail before a stop is handled, mail after it is counted, and watchers are told."""

from __future__ import annotations

from typing import Any

import pytest
from actor_systems import ByHand, Recorder

from nanie_actors.runtime import Inspect, NameTaken, PooledActor, SystemClosed, Terminated


class Farewell(Recorder):
    def on_stop(self) -> None:
        self.log.append("on_stop")


def test_what_was_told_before_a_stop_is_handled_and_what_comes_after_is_a_dead_letter(
    by_hand: ByHand,
) -> None:
    log: list[Any] = []
    ref = by_hand.system.start(Farewell, log)
    ref.tell("before")
    stopped = ref.stop(block=False)
    ref.tell("behind")
    ref.tell_system("overtakes")
    by_hand.run()
    ref.tell("late")
    ref.tell_system("late too")
    assert stopped.get(timeout=0) is True
    assert log == [("system", "overtakes"), "before", "on_stop"]
    assert by_hand.system.dead_letters.counts() == {("stopped", "Farewell"): 3}


def test_an_actor_that_stops_itself_does_so_behind_its_own_mail(by_hand: ByHand) -> None:
    class Quitter(Farewell):
        def on_receive(self, message: Any) -> Any:
            super().on_receive(message)
            if message == "quit":
                self.stop()

    log: list[Any] = []
    ref = by_hand.system.start(Quitter, log)
    for message in ("quit", "one more"):
        ref.tell(message)
    by_hand.run()
    assert log == ["quit", "one more", "on_stop"]


def test_what_an_actor_tells_itself_in_on_stop_is_a_dead_letter(by_hand: ByHand) -> None:
    class Clinging(PooledActor):
        def on_stop(self) -> None:
            self.context.ref.tell("again")

    ref = by_hand.system.start(Clinging)
    ref.stop(block=False)
    by_hand.run()
    assert by_hand.system.dead_letters.counts() == {("stopped", "Clinging"): 1}


def test_a_watcher_is_told_on_its_system_lane_after_on_stop(by_hand: ByHand) -> None:
    log: list[Any] = []
    watcher = by_hand.system.start(Recorder, log, name="watcher")
    ref = by_hand.system.start(Farewell, log, name="watched")
    by_hand.system.watch(ref, watcher)
    by_hand.system.watch(ref, watcher)
    ref.stop(block=False)
    by_hand.run()
    assert log == ["on_stop", ("system", Terminated(ref, "watched"))]


def test_a_watcher_that_comes_too_late_is_told_at_once(by_hand: ByHand) -> None:
    log: list[Any] = []
    ref = by_hand.system.start(Recorder, [], name="gone")
    ref.stop(block=False)
    by_hand.run()
    by_hand.system.watch(ref, by_hand.system.start(Recorder, log))
    by_hand.run()
    assert log == [("system", Terminated(ref, "gone"))]


def test_a_watcher_hears_of_an_abandoned_and_of_an_unsupervised_actor(by_hand: ByHand) -> None:
    log: list[Any] = []
    watcher = by_hand.system.start(Recorder, log)
    alone = by_hand.system.start(Recorder, [], name="alone")
    by_hand.system.watch(alone, watcher)
    alone.tell(LookupError())
    by_hand.run()
    assert log == [("system", Terminated(alone, "alone"))]


def test_a_name_is_free_again_when_the_watcher_is_told_and_not_before(by_hand: ByHand) -> None:
    """Law 1: no second writer while the first still stops."""
    ref = by_hand.system.start(Recorder, [], name="one")
    stopped = ref.stop(block=False)
    with pytest.raises(NameTaken):
        by_hand.system.start(Recorder, [], name="one")
    by_hand.run()
    assert stopped.get(timeout=0)
    successor = by_hand.system.start(Recorder, [], name="one")
    assert successor != ref
    assert by_hand.system.find("one") == successor


def test_a_failed_start_frees_the_name_and_mail_told_meanwhile_is_counted(by_hand: ByHand) -> None:
    class Stillborn(PooledActor):
        def __init__(self) -> None:
            super().__init__()
            self.context.ref.tell("to nobody")
            raise LookupError("never born")

    with pytest.raises(LookupError):
        by_hand.system.start(Stillborn, name="one")
    assert by_hand.system.find("one") is None
    assert len(by_hand.system) == 0
    assert by_hand.system.dead_letters.counts() == {("failed", "Stillborn"): 1}


def test_a_failed_on_stop_still_stops_and_is_told_to_the_asker(by_hand: ByHand) -> None:
    class Unsaved(PooledActor):
        def on_stop(self) -> None:
            raise SystemExit("disk full")

    ref = by_hand.system.start(Unsaved)
    first, second = ref.stop(block=False), ref.stop(block=False)
    by_hand.run()
    with pytest.raises(SystemExit):
        first.get(timeout=0)
    assert second.get(timeout=0) is True
    assert not ref.is_alive()


def test_a_stopped_actor_answers_no_inspection(by_hand: ByHand) -> None:
    ref = by_hand.system.start(PooledActor)
    ref.stop(block=False)
    by_hand.run()
    with pytest.raises(Exception, match="stopped before handling"):
        ref.ask_system(Inspect(), timeout=0)


def test_a_shutdown_counts_the_mail_of_those_who_are_left_and_answers_askers(by_hand: ByHand) -> None:
    ref = by_hand.system.start(Farewell, [], name="left")
    asked = ref.ask("x", block=False)
    ref.tell("y")
    assert by_hand.system.shutdown(0)
    assert by_hand.system.dead_letters.counts() == {("shutdown", "Farewell"): 1}
    with pytest.raises(Exception, match="stopped before handling"):
        asked.get(timeout=0)
    ref.tell("z")
    assert by_hand.system.dead_letters.total() == 2
    assert len(by_hand.system) == 0


def test_nothing_starts_after_a_shutdown(by_hand: ByHand) -> None:
    by_hand.system.shutdown(0)
    with pytest.raises(SystemClosed):
        by_hand.system.start(PooledActor)
    assert len(by_hand.system) == 0
