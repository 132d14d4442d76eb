"""The tables of words: what the vocabulary makes of them, and that they do not contradict themselves."""

from __future__ import annotations

from collections import defaultdict

import pytest

from nanie_actors.timeline.extractors.clause import GROUPS
from nanie_actors.timeline.extractors.lexicon_en import ENGLISH
from nanie_actors.timeline.extractors.lexicon_he import HEBREW
from nanie_actors.timeline.extractors.vocabulary import Row, Word, build_vocabulary


def test_a_row_gives_words_and_phrases_that_may_go_on() -> None:
    words, phrases = build_vocabulary([Row("act", "wake", "woke, woke up, woke right up")])
    assert words["woke"] == Word("act", "wake")
    assert phrases["woke"].then["up"].meaning == Word("act", "wake")
    right = phrases["woke"].then["right"]
    assert right.meaning is None
    assert right.then["up"].meaning == Word("act", "wake")


def test_glued_letters_say_what_they_add() -> None:
    words, _ = build_vocabulary([Row("num", 7.0, "שבע", "noun"), Row("act", "wake", "קמה", "verb")])
    assert words["בשבע"].lead == "at"
    assert words["לשבע"].lead == "to"
    assert words["ושבע"].joined
    assert words["וקמה"].joined
    assert "בקמה" not in words


def test_a_word_as_it_stands_wins_over_one_with_a_glued_letter() -> None:
    """`ורד` is a name, not `and` with something."""
    words, _ = build_vocabulary([Row("act", "fall", "רד", "verb"), Row("filler", "", "ורד")])
    assert words["ורד"].role == "filler"


@pytest.mark.parametrize("rows", [ENGLISH, HEBREW], ids=["english", "hebrew"])
def test_no_word_has_two_meanings(rows: tuple[Row, ...]) -> None:
    """The first meaning would win silently."""
    meanings = defaultdict(set)
    for row in rows:
        for entry in row.words.split(","):
            meanings[entry.strip()].add((row.role, row.sense))
    assert {word: found for word, found in meanings.items() if len(found) > 1} == {}


@pytest.mark.parametrize("rows", [ENGLISH, HEBREW], ids=["english", "hebrew"])
def test_words_are_lower_case_and_there(rows: tuple[Row, ...]) -> None:
    for row in rows:
        for entry in row.words.split(","):
            assert entry.strip()
            assert entry == entry.lower()


def test_every_action_has_a_type_or_is_a_remark() -> None:
    for row in (*ENGLISH, *HEBREW):
        if row.role in ("act", "acts", "weak"):
            sense = str(row.sense)
            assert sense in GROUPS or sense == "temp" or sense.startswith(("med:", "note:")), sense
