"""A failed actor is suspended with its mail; the supervisor decides, the successor goes on."""

from __future__ import annotations

from typing import Any

import pytest
from actor_systems import ByHand, Recorder

from nanie_actors.runtime import ChildFailed, Inspect, PooledActor, PooledRef


class Supervisor(PooledActor):
    """Keeps what it hears; the test decides for it."""

    def __init__(self, heard: list[Any]) -> None:
        super().__init__()
        self.heard = heard

    def on_system(self, message: Any) -> Any:
        self.heard.append(message)


@pytest.fixture
def heard() -> list[Any]:
    return []


@pytest.fixture
def supervisor(by_hand: ByHand, heard: list[Any]) -> PooledRef[Supervisor]:
    return by_hand.system.start(Supervisor, heard, name="supervisor")


Family = tuple[PooledRef[Recorder], list[Any]]


@pytest.fixture
def family(by_hand: ByHand, supervisor: PooledRef[Supervisor]) -> Family:
    """A child that logs, with a supervisor."""
    log: list[Any] = []
    child = by_hand.system.start(Recorder, log, name="child", supervisor=supervisor)
    by_hand.run()
    return child, log


def failed_on(by_hand: ByHand, child: PooledRef[Any], error: BaseException) -> None:
    """Tell `before`, the error, `after`, and let it fail."""
    for message in ("before", error, "after"):
        child.tell(message)
    by_hand.run()


ERROR = LookupError("lost")


def test_the_supervisor_hears_who_failed_on_what_and_where(
    by_hand: ByHand, family: Family, heard: list[Any]
) -> None:
    child, _ = family
    failed_on(by_hand, child, ERROR)
    assert heard == [ChildFailed(child, "child", ERROR, ERROR, "receive", 1)]


def test_a_failed_actor_handles_nothing_and_keeps_its_mail(by_hand: ByHand, family: Family) -> None:
    child, log = family
    failed_on(by_hand, child, ERROR)
    child.tell("later")
    child.tell_system("note")
    assert by_hand.run() == 0
    assert log == ["before"]
    report = by_hand.system.report(child)
    assert (report.state, report.depth, report.system_depth) == ("failed", 2, 1)
    assert child.poison() is ERROR
    assert by_hand.system.dead_letters.total() == 0


def test_a_restart_that_skips_drops_the_poison_as_a_dead_letter_and_goes_on(
    by_hand: ByHand, family: Family
) -> None:
    child, log = family
    failed_on(by_hand, child, ERROR)
    child.tell("later")
    child.restart(retry=False)
    by_hand.run()
    assert log == ["before", "after", "later"]
    assert child.poison() is None
    assert by_hand.system.dead_letters.counts() == {("skipped", "Recorder"): 1}


def test_a_restart_that_retries_handles_the_poison_first(
    by_hand: ByHand, family: Family, heard: list[Any]
) -> None:
    child, log = family
    failed_on(by_hand, child, ERROR)
    child.restart(retry=True)
    by_hand.run()
    assert log == ["before"]
    assert [failure.incarnation for failure in heard] == [1, 2]
    assert child.poison() is ERROR


def test_a_restart_makes_a_new_instance_of_the_same_class_and_arguments_behind_the_same_ref(
    by_hand: ByHand, family: Family
) -> None:
    child, log = family
    before = child.cell.actor
    failed_on(by_hand, child, ERROR)
    child.restart(retry=False)
    by_hand.run()
    after = child.cell.actor
    assert after is not before
    assert type(after) is Recorder
    assert after.log is log
    assert after.context.incarnation == 2
    assert after.actor_ref == child
    assert by_hand.system.find("child") == child
    assert by_hand.system.report(child).restarts == 1


def test_a_failure_on_the_system_lane_is_told_and_retried_there(
    by_hand: ByHand, family: Family, heard: list[Any]
) -> None:
    child, log = family
    child.tell("mail")
    child.tell_system(ERROR)
    child.tell_system("note")
    by_hand.run()
    assert [failure.phase for failure in heard] == ["system"]
    child.restart(retry=True)
    by_hand.run()
    assert [failure.phase for failure in heard] == ["system", "system"]
    child.restart(retry=False)
    by_hand.run()
    assert log == [("system", "note"), "mail"]


class Unstartable(Recorder):
    """Fails in on_start as long as the list of troubles is not empty."""

    def __init__(self, log: list[Any], troubles: list[Exception]) -> None:
        super().__init__(log)
        self.troubles = troubles

    def on_start(self) -> None:
        if self.troubles:
            raise self.troubles.pop()


def test_an_on_start_that_fails_suspends_without_poison_and_the_mailbox_survives(
    by_hand: ByHand, supervisor: PooledRef[Supervisor], heard: list[Any]
) -> None:
    log: list[Any] = []
    child = by_hand.system.start(Unstartable, log, [ERROR, ERROR], name="child", supervisor=supervisor)
    child.tell("early")
    by_hand.run()
    assert heard == [ChildFailed(child, "child", ERROR, None, "start", 1)]
    child.restart(retry=True)
    by_hand.run()
    assert [failure.incarnation for failure in heard] == [1, 2]
    child.restart(retry=False)
    by_hand.run()
    assert log == ["early"]
    assert by_hand.system.dead_letters.total() == 0


def test_poison_that_is_retried_survives_a_failing_start(
    by_hand: ByHand, supervisor: PooledRef[Supervisor]
) -> None:
    log: list[Any] = []
    troubles: list[Exception] = []
    child = by_hand.system.start(Unstartable, log, troubles, name="child", supervisor=supervisor)
    failed_on(by_hand, child, ERROR)
    troubles.append(ERROR)
    child.restart(retry=True)
    by_hand.run()
    assert by_hand.system.report(child).depth == 2
    child.restart(retry=False)
    by_hand.run()
    assert child.poison() is ERROR


def test_a_constructor_that_fails_at_a_restart_is_a_failed_start(
    by_hand: ByHand, supervisor: PooledRef[Supervisor], heard: list[Any]
) -> None:
    arguments = ["good"]

    class Picky(Recorder):
        def __init__(self) -> None:
            super().__init__([])
            arguments.pop()

    child = by_hand.system.start(Picky, name="child", supervisor=supervisor)
    failed_on(by_hand, child, ERROR)
    child.restart(retry=False)
    by_hand.run()
    assert [(failure.phase, type(failure.error)) for failure in heard] == [
        ("receive", LookupError),
        ("start", IndexError),
    ]
    arguments.append("good")
    child.restart(retry=False)
    by_hand.run()
    assert by_hand.state(child) == "idle"


def test_an_actor_that_has_not_failed_is_neither_restarted_nor_abandoned(
    by_hand: ByHand, family: Family
) -> None:
    child, log = family
    child.restart(retry=True)
    assert child.abandon() == []
    child.tell("x")
    by_hand.run()
    assert log == ["x"]
    assert by_hand.system.report(child).incarnation == 1


def test_abandoning_hands_out_the_mail_in_order_the_poison_first(by_hand: ByHand, family: Family) -> None:
    child, log = family
    failed_on(by_hand, child, ERROR)
    child.tell("later")
    assert child.abandon() == [ERROR, "after", "later"]
    assert not child.is_alive()
    assert by_hand.system.find("child") is None
    assert by_hand.system.dead_letters.total() == 0
    child.tell("too late")
    by_hand.run()
    assert log == ["before"]
    assert by_hand.system.dead_letters.counts() == {("stopped", "Recorder"): 1}


def test_abandoning_answers_whoever_waits(by_hand: ByHand, family: Family) -> None:
    child, _ = family
    failed_on(by_hand, child, ERROR)
    asked, stopped = child.ask("x", block=False), child.stop(block=False)
    inspected = child.ask_system(Inspect(), block=False)
    assert child.abandon() == [ERROR, "after"]
    assert stopped.get(timeout=0) is True
    for reply in (asked, inspected):
        with pytest.raises(Exception, match="stopped before handling"):
            reply.get(timeout=0)


def test_system_mail_of_an_abandoned_actor_becomes_dead_letters(by_hand: ByHand, family: Family) -> None:
    child, _ = family
    child.tell_system(ERROR)
    child.tell_system("note")
    by_hand.run()
    assert child.abandon() == []
    assert by_hand.system.dead_letters.counts() == {("abandoned", "Recorder"): 2}


def test_a_failure_without_a_supervisor_stops_the_actor_and_its_mail_becomes_dead_letters(
    by_hand: ByHand,
) -> None:
    log: list[Any] = []
    ref = by_hand.system.start(Recorder, log, name="alone")
    failed_on(by_hand, ref, ERROR)
    assert log == ["before"]
    assert not ref.is_alive()
    assert by_hand.system.dead_letters.counts() == {("failed", "Recorder"): 2}


def test_a_failure_under_a_stopped_supervisor_is_a_failure_without_one(
    by_hand: ByHand, family: Family, supervisor: PooledRef[Supervisor]
) -> None:
    child, _ = family
    supervisor.stop(block=False)
    by_hand.run()
    failed_on(by_hand, child, ERROR)
    assert not child.is_alive()
    assert by_hand.system.dead_letters.counts() == {("failed", "Recorder"): 2}


def test_a_failure_that_its_supervisor_never_got_to_read_is_one_without_supervisor(by_hand: ByHand) -> None:
    """The supervisor fails first, and is given up with the bad news still in its system lane."""
    boss = by_hand.system.start(Recorder, [], name="boss", supervisor=by_hand.system.start(Supervisor, []))
    child = by_hand.system.start(Recorder, [], name="child", supervisor=boss)
    boss.tell(ERROR)
    by_hand.run()
    failed_on(by_hand, child, ERROR)
    assert by_hand.state(child) == "failed"
    boss.abandon()
    assert not child.is_alive()


def test_a_supervisor_that_does_not_decide_loses_the_child(by_hand: ByHand) -> None:
    boss = by_hand.system.start(PooledActor, name="boss")
    child = by_hand.system.start(Recorder, [], name="child", supervisor=boss)
    failed_on(by_hand, child, ERROR)
    assert not child.is_alive()
    assert boss.is_alive()


def test_on_failure_is_called_before_the_supervisor_hears_and_may_fail_itself(
    by_hand: ByHand, supervisor: PooledRef[Supervisor], heard: list[Any]
) -> None:
    class Desperate(Recorder):
        def on_failure(self, *exc_info: Any) -> None:
            heard.append(exc_info[0])
            raise ValueError("even this")

    child = by_hand.system.start(Desperate, [], name="child", supervisor=supervisor)
    failed_on(by_hand, child, ERROR)
    assert heard[0] is LookupError
    assert isinstance(heard[1], ChildFailed)


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), GeneratorExit()])
def test_what_ends_a_program_elsewhere_fails_one_actor_here(
    by_hand: ByHand, family: Family, heard: list[Any], error: BaseException
) -> None:
    """Pykka stops all actors on these, and an asker waits for ever."""
    child, log = family
    failed_on(by_hand, child, error)
    assert heard[0].error is error
    child.restart(retry=False)
    asked = child.ask(error, block=False)
    by_hand.run()
    assert log == ["before", "after"]
    with pytest.raises(type(error)):
        asked.get(timeout=0)
    assert child.is_alive()


def test_no_failure_logs_what_a_message_says(
    by_hand: ByHand, family: Family, caplog: pytest.LogCaptureFixture
) -> None:
    """Texts are private: logs name types only."""

    class Secret(Exception):
        def __repr__(self) -> str:
            return "the secret itself"

    child, _ = family
    with caplog.at_level("DEBUG"):
        failed_on(by_hand, child, Secret())
        child.restart(retry=False)
        by_hand.run()
    assert "child failed" in caplog.text
    assert "Secret to child (skipped)" in caplog.text
    assert "the secret itself" not in caplog.text
