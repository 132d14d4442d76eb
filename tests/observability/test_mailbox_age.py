"""How long mail has been waiting, from counters alone."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.observability.mailbox_age import MailboxAges
from nanie_actors.runtime import ActorReport

IDLE = ActorReport("group/a", "GroupActor", "idle", 0, 0, None, 0.0, 0, 0, 0, 1, None, 0)


def test_an_actor_without_mail_has_no_age() -> None:
    ages = MailboxAges()
    assert [ages.look(now, [IDLE]) for now in (0.0, 100.0)] == [{"GroupActor": 0.0}] * 2


def test_mail_that_is_still_there_is_as_old_as_the_first_look_at_it() -> None:
    ages = MailboxAges()
    ages.look(10.0, [replace(IDLE, handled=5, depth=3)])
    assert ages.look(25.0, [replace(IDLE, handled=7, depth=4)]) == {"GroupActor": 15.0}


def test_once_all_that_was_seen_is_handled_the_age_begins_anew() -> None:
    ages = MailboxAges()
    ages.look(10.0, [replace(IDLE, handled=5, depth=3)])
    assert ages.look(25.0, [replace(IDLE, handled=8, depth=4)]) == {"GroupActor": 0.0}
    assert ages.look(26.0, [replace(IDLE, handled=8, depth=4)]) == {"GroupActor": 1.0}


def test_the_oldest_of_a_kind_counts_and_who_is_gone_is_forgotten() -> None:
    ages = MailboxAges()
    other = replace(IDLE, name="group/b")
    ages.look(0.0, [replace(IDLE, depth=1)])
    assert ages.look(5.0, [replace(IDLE, depth=1), replace(other, depth=1)]) == {"GroupActor": 5.0}
    assert ages.look(9.0, [replace(other, depth=1)]) == {"GroupActor": 4.0}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=30))
def test_the_age_told_is_never_more_than_the_true_one(turns: list[tuple[int, int]]) -> None:
    """Every second some messages come, and some of those before them are handled, first come first served."""
    ages, mailbox, handled = MailboxAges(), list[int](), 0
    for now, (come, done) in enumerate(turns):
        mailbox += [now] * come
        done = min(done, len(mailbox))
        del mailbox[:done]
        handled += done
        told = ages.look(float(now), [replace(IDLE, handled=handled, depth=len(mailbox))])["GroupActor"]
        assert told <= (now - mailbox[0] if mailbox else 0)
