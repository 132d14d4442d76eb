"""Law 8: every actor can be seen, with its help if it can give it, without if it cannot."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from actor_systems import SOON_S, ByHand, Recorder

from nanie_actors.runtime import (
    ActorSystem,
    AskInsideActor,
    PooledActor,
    PooledRef,
    Unanswered,
    inspect_all,
)


class Stuck(PooledActor):
    """Blocks in its handler until the test ends."""

    def __init__(self, entered: threading.Event, go_on: threading.Event) -> None:
        super().__init__()
        self.entered = entered
        self.go_on = go_on

    def on_receive(self, message: Any) -> None:
        self.entered.set()
        self.go_on.wait(SOON_S)


class Speaker(Recorder):
    def inspect(self) -> Mapping[str, Any]:
        return {"messages": len(self.log)}


def test_a_report_says_what_an_actor_is_and_did(by_hand: ByHand) -> None:
    ref = by_hand.system.start(Recorder, [], name="one", supervisor=by_hand.system.start(PooledActor))
    assert by_hand.state(ref) == "starting"
    by_hand.run()
    assert by_hand.state(ref) == "idle"
    for number in range(3):
        ref.tell(number)
    assert by_hand.state(ref) == "ready"
    ref.ask(LookupError("private"), block=False)
    by_hand.run()
    report = by_hand.system.report(ref)
    assert (report.name, report.kind, report.state) == ("one", "Recorder", "idle")
    assert (report.handled, report.failed, report.restarts, report.incarnation) == (4, 1, 0, 1)
    assert (report.depth, report.system_depth, report.busy_with, report.busy_s) == (0, 0, None, 0.0)
    assert report.last_error == "LookupError"
    assert report.started_ms == by_hand.clock.now_ms()
    ref.stop(block=False)
    by_hand.run()
    assert by_hand.state(ref) == "stopped"
    assert "one" not in [report.name for report in by_hand.system.reports()]


def test_a_report_from_within_a_turn_says_running_and_stopping(by_hand: ByHand) -> None:
    class Mirror(Recorder):
        def on_receive(self, message: Any) -> None:
            report = self.context.system.report(self.context.ref)
            self.log.append((report.state, report.busy_with))

        def on_stop(self) -> None:
            self.log.append(self.context.system.report(self.context.ref).state)

    log: list[Any] = []
    ref = by_hand.system.start(Mirror, log)
    ref.tell(1.5)
    ref.ask("x", block=False)
    ref.stop(block=False)
    by_hand.run()
    assert log == [("running", "float"), ("running", "str"), "stopping"]


def test_a_stuck_actor_is_reported_without_its_help_and_named_by_the_inspection(pool: ActorSystem) -> None:
    entered, go_on = threading.Event(), threading.Event()
    stuck = pool.start(Stuck, entered, go_on, name="stuck")
    speaker = pool.start(Speaker, [], name="speaker")
    stuck.tell(b"work")
    stuck.tell("waits")
    assert entered.wait(SOON_S)
    answers = inspect_all(pool, 0.05)
    assert answers["speaker"] == {"messages": 1}
    silent = answers["stuck"]
    assert isinstance(silent, Unanswered)
    assert silent.reason == "no answer before the deadline"
    assert (silent.report.state, silent.report.busy_with, silent.report.depth) == ("running", "bytes", 1)
    assert silent.report.busy_s > 0.0
    assert speaker.is_alive()
    go_on.set()


def test_all_actors_are_inspected_whatever_waits_in_their_mailboxes(by_hand: ByHand) -> None:
    refs: list[PooledRef[Any]] = [by_hand.system.start(Speaker, [], name=f"speaker-{n}") for n in range(3)]
    for ref in refs:
        for number in range(50):
            ref.tell(number)
    before = by_hand.run
    answers = inspect_all(by_hand.system, 1.0)
    assert {name: isinstance(answer, Unanswered) for name, answer in answers.items()} == {
        "speaker-0": False,
        "speaker-1": False,
        "speaker-2": False,
    }
    assert before() > 100


def test_held_actors_answer_and_failed_ones_are_named(by_hand: ByHand) -> None:
    class Holding(Speaker):
        def on_start(self) -> None:
            self.context.hold()

    class Deaf(PooledActor):
        def on_system(self, message: Any) -> Any:
            return None

        def inspect(self) -> Mapping[str, Any]:
            raise LookupError

    class Mute(Speaker):
        def inspect(self) -> Mapping[str, Any]:
            raise LookupError

    by_hand.system.start(Holding, [], name="holding")
    deaf = by_hand.system.start(Deaf, name="deaf")
    by_hand.system.start(Mute, [], name="mute")
    failed = by_hand.system.start(Speaker, [], name="failed", supervisor=deaf)
    failed.tell(LookupError())
    by_hand.run()
    answers = inspect_all(by_hand.system, 1.0, lambda name: name != "deaf")
    assert set(answers) == {"holding", "mute", "failed"}
    assert answers["holding"] == {"messages": 1}
    reasons = {name: answer.reason for name, answer in answers.items() if isinstance(answer, Unanswered)}
    assert reasons == {"mute": "LookupError", "failed": "no answer before the deadline"}


def test_an_actor_that_stops_before_it_answers_says_so(by_hand: ByHand) -> None:
    class Leaving(Speaker):
        def on_start(self) -> None:
            raise LookupError

    by_hand.system.start(Leaving, [], name="leaving")
    answer = inspect_all(by_hand.system, 1.0)["leaving"]
    assert isinstance(answer, Unanswered)
    assert (answer.reason, answer.report.state) == ("ActorDeadError", "stopped")


def test_nobody_to_ask_is_an_empty_answer(by_hand: ByHand) -> None:
    assert inspect_all(by_hand.system, 1.0) == {}


def test_an_actor_must_not_inspect_the_others(pool: ActorSystem) -> None:
    class Nosy(PooledActor):
        def on_receive(self, message: Any) -> Any:
            return inspect_all(self.context.system, 1.0)

    with pytest.raises(AskInsideActor):
        pool.start(Nosy).ask("x", timeout=SOON_S)


def test_an_answer_after_the_deadline_is_dropped(pool: ActorSystem) -> None:
    entered, go_on = threading.Event(), threading.Event()
    stuck = pool.start(Stuck, entered, go_on, name="stuck")
    stuck.tell("work")
    assert entered.wait(SOON_S)
    answers = inspect_all(pool, 0.0)
    go_on.set()
    stuck.stop(timeout=SOON_S)
    assert isinstance(answers["stuck"], Unanswered)


def test_names_are_found_and_unnamed_actors_get_one(by_hand: ByHand) -> None:
    unnamed = by_hand.system.start(Recorder, [])
    assert unnamed.name == "Recorder-1"
    assert by_hand.system.find("Recorder-1") == unnamed
    assert by_hand.system.find("nobody") is None
    assert by_hand.system.refs() == [unnamed]
    assert {unnamed, by_hand.system.find("Recorder-1")} == {unnamed}
