"""Pacing: no group and no account ever sends like a machine, and no text waits without need."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.model import GroupId
from nanie_actors.whatsapp.live.pacing import MINUTE_S, Pacing

A, B, C = (GroupId(f"12036300000000000{number}@g.us") for number in range(3))


def test_the_first_text_goes_at_once_and_the_next_after_the_interval() -> None:
    pacing: Pacing[str] = Pacing(3.0, 10)
    for text in ("one", "two"):
        pacing.add(A, text)
    assert pacing.take(0.0) == "one"
    pacing.done(A, 1.0)
    assert pacing.take(2.9) is None
    assert pacing.pause(1.0) == 2.0
    assert pacing.take(3.0) == "two"


def test_a_group_has_one_text_under_way_however_long_it_takes() -> None:
    pacing: Pacing[str] = Pacing(3.0, 10)
    for text in ("one", "two"):
        pacing.add(A, text)
    pacing.take(0.0)
    assert pacing.take(50.0) is None
    assert pacing.pause(50.0) is None
    pacing.done(A, 50.0)
    assert pacing.take(50.0) == "two"


def test_groups_take_turns() -> None:
    pacing: Pacing[str] = Pacing(0.0, 100)
    for number in range(3):
        pacing.add(A, f"a{number}")
    pacing.add(B, "b0")
    pacing.add(C, "c0")
    sent = []
    while (text := pacing.take(0.0)) is not None:
        sent.append(text)
        for group in (A, B, C):
            pacing.done(group, 0.0)
    assert sent == ["a0", "b0", "c0", "a1", "a2"]


def test_the_account_waits_when_its_minute_is_full() -> None:
    pacing: Pacing[str] = Pacing(0.0, 2)
    for group in (A, B, C):
        pacing.add(group, group)
    assert [pacing.take(0.0), pacing.take(1.0), pacing.take(2.0)] == [A, B, None]
    assert pacing.pause(2.0) == MINUTE_S - 2.0
    assert pacing.take(MINUTE_S) == C


def test_what_waits_can_be_dropped_and_what_is_under_way_stays() -> None:
    pacing: Pacing[str] = Pacing(0.0, 10)
    for text in ("one", "two"):
        pacing.add(A, text)
    pacing.add(B, "three")
    pacing.take(0.0)
    assert sorted(pacing.drop_waiting()) == ["three", "two"]
    assert pacing.drop_waiting() == []
    pacing.add(A, "four")
    assert pacing.take(1.0) is None
    pacing.done(A, 1.0)
    assert pacing.take(1.0) == "four"


@given(
    interval=st.floats(0, 20),
    per_minute=st.integers(1, 6),
    steps=st.lists(
        st.tuples(st.floats(0, 30), st.lists(st.sampled_from([A, B, C]), max_size=3), st.booleans()),
        max_size=40,
    ),
)
def test_the_laws_of_pacing(
    interval: float, per_minute: int, steps: list[tuple[float, list[GroupId], bool]]
) -> None:
    """In order for each group, one under way, the interval between, never too many in any minute; all go."""
    pacing: Pacing[tuple[GroupId, int]] = Pacing(interval, per_minute)
    added: Counter[GroupId] = Counter()
    sent: dict[GroupId, list[tuple[float, int]]] = defaultdict(list)
    under_way: set[GroupId] = set()
    now = 0.0

    def take_all() -> None:
        while (taken := pacing.take(now)) is not None:
            group, number = taken
            assert group not in under_way
            under_way.add(group)
            sent[group].append((now, number))

    def finish_all() -> None:
        while under_way:
            pacing.done(under_way.pop(), now)

    for passes, groups, finishes in steps:
        now += passes
        for group in groups:
            pacing.add(group, (group, added[group]))
            added[group] += 1
        if finishes:
            finish_all()
        take_all()
    finish_all()
    take_all()
    while (pause := pacing.pause(now)) is not None or under_way:
        now += pause or 0.0
        take_all()
        finish_all()

    for group, texts in sent.items():
        assert [number for _, number in texts] == list(range(added[group]))
        times = [at for at, _ in texts]
        assert all(after >= before + interval for before, after in pairwise(times))
    every = sorted(at for texts in sent.values() for at, _ in texts)
    assert len(every) == added.total()
    assert all(after >= before + MINUTE_S for before, after in zip(every, every[per_minute:], strict=False))
