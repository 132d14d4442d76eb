"""What is taken out for a measurement is really there, and comes back."""

from __future__ import annotations

import pytest

from bench.laws import VARIANTS, replaced


class Mechanism:
    def keep(self) -> str:
        return "kept"


def test_a_mechanism_is_replaced_for_a_while_only() -> None:
    with replaced([(Mechanism, "keep", lambda _: "gone")]):
        assert Mechanism().keep() == "gone"
    assert Mechanism().keep() == "kept"


def test_a_mechanism_comes_back_when_the_measurement_fails() -> None:
    with pytest.raises(ZeroDivisionError), replaced([(Mechanism, "keep", lambda _: "gone")]):
        raise ZeroDivisionError
    assert Mechanism().keep() == "kept"


def test_a_mechanism_that_is_not_there_is_told_before_anything_is_replaced() -> None:
    replacements = [(Mechanism, "keep", lambda _: "gone"), (Mechanism, "moved", lambda _: None)]
    with pytest.raises(AttributeError, match="moved"), replaced(replacements):
        pass
    assert Mechanism().keep() == "kept"


@pytest.mark.parametrize("law", VARIANTS)
def test_every_mechanism_is_where_it_is_looked_for(law: str) -> None:
    """Replacing what nobody calls any more would measure nothing: at least its name must be there."""
    with replaced(VARIANTS[law]):
        pass
