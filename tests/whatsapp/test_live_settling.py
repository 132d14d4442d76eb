"""Settling: the journal may forget an entry only when it and all before it are settled."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.whatsapp.live.settling import Settling


def test_an_entry_counts_when_its_last_event_is_settled() -> None:
    moves: list[int] = []
    settling = Settling(lambda: moves.append(1))
    settled = settling.begin(1, 2)
    settled()
    assert (settling.up_to, moves) == (0, [])
    settled()
    assert (settling.up_to, moves) == (1, [1])


def test_an_entry_waits_for_the_ones_before_it() -> None:
    moves: list[int] = []
    settling = Settling(lambda: moves.append(1))
    first, second = settling.begin(4, 1), settling.begin(9, 1)
    second()
    assert (settling.up_to, moves) == (0, [])
    first()
    assert (settling.up_to, moves) == (9, [1])


def test_an_entry_without_events_holds_nothing_up() -> None:
    settling = Settling(lambda: None)
    settling.begin(1, 0)
    assert settling.up_to == 1


@given(sizes=st.lists(st.integers(0, 3), max_size=12), order=st.randoms(use_true_random=False))
def test_it_is_always_the_longest_settled_beginning(sizes: list[int], order: object) -> None:
    settling = Settling(lambda: None)
    left = dict(enumerate(sizes, 1))
    calls: list[tuple[int, Callable[[], None]]] = []
    for number, size in left.items():
        settled = settling.begin(number, size)
        calls += [(number, settled)] * size
    order.shuffle(calls)  # type: ignore[attr-defined]
    for number, settled in calls:
        settled()
        left[number] -= 1
        beginning = 0
        while left.get(beginning + 1) == 0:
            beginning += 1
        assert settling.up_to == beginning
    assert settling.up_to == len(sizes)
