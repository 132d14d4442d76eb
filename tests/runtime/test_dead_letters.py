"""Dead letters: exact counts, a short memory without contents, few log lines, and a hook for the message."""

from __future__ import annotations

from typing import Any

import pytest

from nanie_actors.runtime import DeadLetter, DeadLetters, DeadNote, ManualClock
from nanie_actors.runtime.dead_letters import LOG_BURST, LOG_WINDOW_S


class Secret:
    def __repr__(self) -> str:
        return "the secret itself"


def test_letters_are_counted_by_reason_and_by_kind_of_actor() -> None:
    letters = DeadLetters(ManualClock())
    for name in ("a", "b"):
        letters.add("stopped", name, "Group", 1)
    letters.add("skipped", "a", "Group", 1)
    letters.add("stopped", "c", "Gateway", 1)
    assert letters.counts() == {("stopped", "Group"): 2, ("skipped", "Group"): 1, ("stopped", "Gateway"): 1}
    assert letters.total() == 4


def test_the_last_ones_are_remembered_by_type_only() -> None:
    letters = DeadLetters(ManualClock(wall_ms=5000), keep=2)
    for message in (1, "two", Secret()):
        letters.add("stopped", "a", "Group", message)
    assert letters.last() == (DeadNote("stopped", "a", "str", 5000), DeadNote("stopped", "a", "Secret", 5000))


def test_the_application_gets_the_message_itself() -> None:
    got: list[DeadLetter] = []
    letters = DeadLetters(ManualClock(wall_ms=5000), on_dead_letter=got.append)
    secret = Secret()
    letters.add("abandoned", "a", "Group", secret)
    assert got == [DeadLetter("abandoned", "a", secret, 5000)]


def test_a_hook_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: DeadLetter) -> None:
        raise SystemExit

    letters = DeadLetters(ManualClock(), on_dead_letter=fail)
    letters.add("stopped", "a", "Group", Secret())
    assert letters.total() == 1
    assert "the dead letter hook failed on a Secret" in caplog.text
    assert "the secret itself" not in caplog.text


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_a_burst_is_logged_in_part_and_the_rest_as_a_number(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    letters = DeadLetters(clock)
    for _ in range(LOG_BURST + 7):
        letters.add("stopped", "a", "Group", Secret())
    assert lines(caplog) == ["dead letter: Secret to a (stopped)"] * LOG_BURST
    caplog.clear()
    clock.advance(LOG_WINDOW_S)
    letters.add("stopped", "a", "Group", Secret())
    assert lines(caplog) == [
        "7 more dead letters to actors of kind Group (stopped)",
        "dead letter: Secret to a (stopped)",
    ]
    assert letters.total() == LOG_BURST + 8


def test_a_burst_of_one_kind_does_not_hide_another(caplog: pytest.LogCaptureFixture) -> None:
    letters = DeadLetters(ManualClock())
    for _ in range(LOG_BURST + 1):
        letters.add("stopped", "a", "Group", 1)
    caplog.clear()
    letters.add("skipped", "a", "Group", 1)
    assert lines(caplog) == ["dead letter: int to a (skipped)"]


def test_messages_are_not_kept_alive() -> None:
    import weakref

    letters = DeadLetters(ManualClock())
    message: Any = Secret()
    gone = weakref.ref(message)
    letters.add("stopped", "a", "Group", message)
    del message
    assert gone() is None
