"""The marker of a mailbox: whoever empties its slot is alone with the actor."""

from __future__ import annotations

import dis
import sys
import threading
from typing import Any

from actor_systems import SOON_S, ByHand, Recorder

from nanie_actors.runtime import PooledRef
from nanie_actors.runtime.mailbox import Mailbox


def no_schedule(cell: Any) -> None:
    """Nobody runs it."""


def test_a_taken_marker_cannot_be_taken_until_it_is_given_back() -> None:
    mailbox = Mailbox(no_schedule)
    assert [mailbox.take_marker(), mailbox.take_marker()] == [True, False]
    mailbox.give_marker_back()
    assert [mailbox.take_marker(), mailbox.take_marker()] == [True, False]


def test_of_many_threads_that_try_at_once_one_takes_the_marker() -> None:
    rounds, threads = 200, 4
    mailboxes = [Mailbox(no_schedule) for _ in range(rounds)]
    wins: list[int] = []

    def try_all() -> None:
        wins.extend(number for number, mailbox in enumerate(mailboxes) if mailbox.take_marker())

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        rivals = [threading.Thread(target=try_all) for _ in range(threads)]
        for rival in rivals:
            rival.start()
        for rival in rivals:
            rival.join(SOON_S)
    finally:
        sys.setswitchinterval(before)
    assert sorted(wins) == list(range(rounds))


def test_the_marker_is_taken_by_one_instruction_in_a_tell_as_well() -> None:
    """A look followed by a write would do in today's interpreter, and break in another."""
    for function in (Mailbox.take_marker, PooledRef.tell):
        steps = [step.opname for step in dis.get_instructions(function) if step.argval == "marker"]
        assert steps == ["DELETE_ATTR"]


def test_a_tell_that_finds_the_marker_gone_though_the_flag_is_up_leaves_it_to_the_holder(
    by_hand: ByHand,
) -> None:
    log: list[Any] = []
    ref = by_hand.system.start(Recorder, log)
    by_hand.run()
    cell = ref.cell
    assert cell.take_marker()
    cell.idle = True
    ref.tell("x")
    assert not by_hand.dispatcher.ready
    assert cell.keep_marker()
    by_hand.dispatcher.schedule(cell)
    by_hand.run()
    assert log == ["x"]


def test_a_report_says_ready_while_somebody_has_the_marker(by_hand: ByHand) -> None:
    ref = by_hand.system.start(Recorder, [])
    by_hand.run()
    assert by_hand.state(ref) == "idle"
    ref.tell("x")
    assert by_hand.state(ref) == "ready"
