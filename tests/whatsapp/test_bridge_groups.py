"""Asking for groups: bursts become one question, and an answer that does not come holds nothing up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from clients import WITHIN_S, FakeClient, Told, open_gate

from nanie_actors.whatsapp.bridge import groups as groups_module
from nanie_actors.whatsapp.bridge.groups import AGAIN_S, ALL, SETTLE_S, Agenda, Groups
from nanie_actors.whatsapp.bridge.intake import Intake
from nanie_actors.whatsapp.bridge.library import NeonizeError
from nanie_actors.whatsapp.bridge.stubbornness import GivenUp

GROUP = "120363000000000001@g.us"


class SeenGroups:
    """In the place of the intake."""

    def __init__(self, error: Exception | None = None) -> None:
        self.seen = Told()
        self._error = error

    def see_groups(self, found: Any) -> None:
        self.seen.add(list(found))
        if self._error:
            raise self._error


@contextmanager
def asking(fake: FakeClient, intake: SeenGroups, listed: Told) -> Iterator[Groups]:
    groups = Groups(open_gate(fake), cast(Intake, intake), listed.add)
    groups.start()
    try:
        yield groups
    finally:
        groups.end()
        wait_for_the_thread()


def wait_for_the_thread() -> None:
    for thread in threading.enumerate():
        if thread.name == "groups":
            thread.join(WITHIN_S)
            assert not thread.is_alive()


def test_nothing_is_due_before_its_time() -> None:
    agenda = Agenda()
    assert (agenda.take(0), agenda.next_at()) == (None, None)
    agenda.put(GROUP, 5)
    assert (agenda.take(4.9), agenda.next_at()) == (None, 5)
    assert (agenda.take(5), agenda.take(5)) == (GROUP, None)


def test_a_group_that_keeps_changing_is_asked_for_when_it_rests() -> None:
    agenda = Agenda()
    for now in range(10):
        agenda.put(GROUP, now + SETTLE_S)
        assert agenda.take(now) is None
    assert agenda.take(9 + SETTLE_S) == GROUP
    assert agenda.take(99) is None


def test_the_list_of_all_answers_for_every_group() -> None:
    agenda = Agenda()
    agenda.put(GROUP, 1)
    agenda.put("other@g.us", 9)
    agenda.put(ALL, 2)
    assert agenda.take(3) == ALL
    assert agenda.take(99) is None


def test_what_is_due_longest_comes_first() -> None:
    agenda = Agenda()
    agenda.put("b@g.us", 2)
    agenda.put("a@g.us", 1)
    assert [agenda.take(3), agenda.take(3)] == ["a@g.us", "b@g.us"]


def test_all_groups_are_journaled_before_it_is_told_that_they_were_listed() -> None:
    fake, intake, listed = FakeClient(get_joined_groups=["one", "two"]), SeenGroups(), Told()
    with asking(fake, intake, listed) as groups:
        groups.ask_for_all()
        listed.wait_for(1)
    assert intake.seen == [["one", "two"]]


def test_an_answer_that_does_not_come_is_told_as_well_and_asked_for_again(monkeypatch: Any) -> None:
    monkeypatch.setattr(groups_module, "AGAIN_S", 0.0)
    answers = iter([NeonizeError("info query timed out"), ["one"]])

    def answer() -> Any:
        next_one = next(answers)
        if isinstance(next_one, Exception):
            raise next_one
        return next_one

    fake, intake, listed = FakeClient(get_joined_groups=answer), SeenGroups(), Told()
    with asking(fake, intake, listed) as groups:
        groups.ask_for_all()
        listed.wait_for(2)
    assert intake.seen == [["one"]]
    assert AGAIN_S >= 30


def test_a_changed_group_is_asked_for_alone(monkeypatch: Any) -> None:
    monkeypatch.setattr(groups_module, "SETTLE_S", 0.0)
    fake, intake, listed = FakeClient(get_group_info="its info"), SeenGroups(), Told()
    with asking(fake, intake, listed) as groups:
        groups.ask_for([GROUP])
        intake.seen.wait_for(1)
    assert intake.seen == [["its info"]]
    ((_, asked),) = [call for call in fake.calls if call[0] == "get_group_info"]
    assert (asked.User, asked.Server) == ("120363000000000001", "g.us")


def test_the_end_of_the_process_ends_the_asking() -> None:
    fake, intake, listed = FakeClient(get_joined_groups=[]), SeenGroups(GivenUp()), Told()
    with asking(fake, intake, listed) as groups:
        groups.ask_for_all()
        wait_for_the_thread()
    assert listed == []
