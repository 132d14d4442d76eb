"""Clauses: what is kept of a text while it is read stays small."""

from __future__ import annotations

import pytest

from nanie_actors.timeline.extractors.clause import Clause, united
from nanie_actors.timeline.extractors.items import read_items
from nanie_actors.timeline.extractors.merging import merge_clauses
from nanie_actors.timeline.extractors.normalise import READ_CHARACTERS
from nanie_actors.timeline.extractors.splitting import split_clauses
from nanie_actors.timeline.extractors.terms import read_terms


def _clauses(text: str) -> list[Clause]:
    return merge_clauses(split_clauses(read_items(read_terms(text))))


@pytest.mark.parametrize("pattern", ["🍼", "ate ", "ate,", "fed nursed milk "])
def test_a_word_said_a_thousand_times_is_one_sense(pattern: str) -> None:
    """Else joining what was said would take the square of the text."""
    for clause in _clauses(pattern * (READ_CHARACTERS // len(pattern))):
        assert len(clause.senses) == len(set(clause.senses)) <= 3
        assert len(clause.weak) == len(set(clause.weak)) <= 1


def test_senses_stay_in_the_order_in_which_they_were_told() -> None:
    assert united(("eat", "bottle"), ("breast", "eat")) == ("eat", "bottle", "breast")


def test_the_same_thing_at_another_time_shares_nothing_that_changes() -> None:
    first = Clause(0, 0, 5, group="feeding", amounts={"ml": 90.0}, numbers=[90.0])
    again = first.again(Clause(0, 6, 9))
    again.amounts["ml"] = 120.0
    again.numbers.append(120.0)
    assert (first.amounts, first.numbers) == ({"ml": 90.0}, [90.0])
    assert (again.group, again.end) == ("feeding", 9)
