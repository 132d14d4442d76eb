"""Characters into terms: what a token means, where it stands, and how far a phrase goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.timeline.extractors.numerals import read_number
from nanie_actors.timeline.extractors.terms import Terms, read_terms


def _read(text: str) -> list[tuple[str, str]]:
    """The role of each term and the text it stands for."""
    terms = read_terms(text)
    return [
        (word.role, text[start:end])
        for word, start, end in zip(terms.words, terms.starts, terms.ends, strict=False)
    ]


def test_terms_keep_their_places_over_marks_that_say_nothing() -> None:
    assert _read("fed # 4oz  at\n7:30") == [
        ("act", "fed"),
        ("num", "4"),
        ("unit", "oz"),
        ("at", "at"),
        ("sep", "\n"),
        ("num", "7:30"),
    ]


@pytest.mark.parametrize("text", ["Fell Asleep on the bottle", "fell  asleep on the\tbottle"])
def test_the_longest_phrase_is_one_term(text: str) -> None:
    assert _read(text) == [("act", text)]


def test_a_phrase_that_breaks_off_leaves_its_words_to_be_read() -> None:
    """`fell asleep on` begins `fell asleep on the bottle`, and ends as `fell asleep`."""
    assert _read("fell asleep on me")[0] == ("act", "fell asleep")
    assert _read("fell")[0] == ("unknown", "fell")


def test_capitals_and_stretched_letters_change_no_meaning() -> None:
    meant = read_terms("sleeping").words[0]
    assert read_terms("SLEEPING").words[0] is meant
    assert read_terms("Sleeeeeping").words[0] is meant


def test_a_link_says_nothing_whatever_words_it_has() -> None:
    assert _read("https://bath.example/fed?at=7 fed") == [
        ("unknown", "https://bath.example/fed?at=7"),
        ("act", "fed"),
    ]


def test_terms_touch_where_nothing_stands_between() -> None:
    terms = read_terms("1h 20")
    assert (terms.touch(0), terms.touch(1)) == (True, False)


@given(st.text(max_size=80))
def test_every_term_lies_after_the_one_before(text: str) -> None:
    terms: Terms = read_terms(text)
    places = [place for pair in zip(terms.starts, terms.ends, strict=False) for place in pair]
    assert places == sorted(places)
    assert len(terms.words) == len(terms.ends) + 4 == len(terms.starts) + 3
    assert [word.role for word in terms.words[-4:]] == ["end"] * 4


@pytest.mark.parametrize(
    ("text", "form", "readings"),
    [
        ("7", "whole", (420, 1140)),
        ("07:00", "clock", (420,)),
        ("10.30", "dotted", (630, 1350)),
        ("1030", "packed", (630, 1350)),
        ("38.2", "decimal", ()),
        ("120", "whole", ()),
    ],
)
def test_a_number_says_how_it_was_written_and_which_times_it_may_be(
    text: str, form: str, readings: tuple[int, ...]
) -> None:
    word = read_number(text)
    assert (word.role, word.form, word.readings) == ("num", form, readings)


@pytest.mark.parametrize("text", ["25:99", "12/3", "0501234567"])
def test_a_date_a_telephone_number_and_no_time_are_unknown(text: str) -> None:
    assert read_number(text).role == "unknown"
