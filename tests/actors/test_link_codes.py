"""Codes that open groups: pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import GROUP, NOON, OTHER_GROUP

from nanie_actors.actors.link_codes import ALPHABET, CodeBook, CodeRules, new_code
from nanie_actors.actors.token_bucket import Rate
from nanie_actors.errors import CodeExpired, CodeWrong, RateLimited
from nanie_actors.model import ConversationId, EpochMs, RowId

ONE, TWO = ConversationId("one"), ConversationId("two")
CODE = "7KQM-2XHT"
RULES = CodeRules(valid_ms=600_000, tries=3, per_conversation=Rate.per_hour(4), per_group=Rate.per_hour(6))


def later(ms: int) -> EpochMs:
    return EpochMs(NOON + ms)


def book(**rules: Any) -> CodeBook:
    """Conversation `one` asked for a code at noon."""
    made = CodeBook(replace(RULES, **rules))
    made.ask(ONE, GROUP, RowId("ask"), CODE, NOON)
    return made


def confirm(
    codes: CodeBook, code: str = CODE, row: str = "r", *, who: ConversationId = ONE, ms: int = 1
) -> str:
    try:
        return codes.confirm(who, RowId(row), code, later(ms))
    except (CodeWrong, CodeExpired) as error:
        return error.code


def test_the_code_opens_the_group_that_it_was_made_for() -> None:
    assert confirm(book()) == GROUP


@pytest.mark.parametrize("typed", ["7kqm-2xht", "7KQM2XHT", " 7KQM 2XHT ", "7kqm–2xht"])
def test_small_letters_blanks_and_dashes_do_not_matter(typed: str) -> None:
    assert confirm(book(), typed) == GROUP


@given(st.text(max_size=12))
def test_nothing_else_opens_it(typed: str) -> None:
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    assert confirm(book(), typed) == (GROUP if signs == "7KQM2XHT" else "CODE_WRONG")


def test_another_conversation_cannot_use_it() -> None:
    codes = book()
    assert confirm(codes, who=TWO) == "CODE_EXPIRED"
    codes.ask(TWO, GROUP, RowId("ask-2"), "ZZZZ-ZZZZ", NOON)
    assert confirm(codes, who=TWO) == "CODE_WRONG"


def test_it_is_void_when_its_time_is_over() -> None:
    assert confirm(book(), ms=599_999) == GROUP
    assert confirm(book(), ms=600_000) == "CODE_EXPIRED"


def test_it_is_void_after_a_few_wrong_tries() -> None:
    codes = book()
    tries = [confirm(codes, "WRONG", f"try-{number}") for number in range(4)]
    assert tries == ["CODE_WRONG", "CODE_WRONG", "CODE_WRONG", "CODE_EXPIRED"]
    assert confirm(codes) == "CODE_EXPIRED"


def test_the_same_wrong_row_counts_once() -> None:
    """Realtime and polling bring the same one."""
    codes = book()
    assert {confirm(codes, "WRONG", "same") for _ in range(9)} == {"CODE_WRONG"}
    assert confirm(codes) == GROUP


def test_it_is_void_once_it_was_used() -> None:
    codes = book()
    assert codes.void(ONE)
    assert confirm(codes) == "CODE_EXPIRED"
    assert not codes.void(ONE)


def test_a_new_request_replaces_the_one_before() -> None:
    codes = book()
    codes.ask(ONE, OTHER_GROUP, RowId("again"), "2222-2222", later(1))
    assert confirm(codes) == "CODE_WRONG"
    assert confirm(codes, "2222-2222", "r2") == OTHER_GROUP


def test_an_erased_group_is_opened_by_no_code() -> None:
    codes = book()
    codes.ask(TWO, OTHER_GROUP, RowId("two"), "2222-2222", NOON)
    codes.void_group(GROUP)
    assert confirm(codes) == "CODE_EXPIRED"
    assert confirm(codes, "2222-2222", who=TWO) == OTHER_GROUP


def test_a_conversation_may_ask_for_a_few_codes_an_hour() -> None:
    codes = book()
    for number in range(3):
        codes.ask(ONE, OTHER_GROUP, RowId(f"ask-{number}"), CODE, NOON)
    with pytest.raises(RateLimited, match="try again in 900 s") as caught:
        codes.ask(ONE, GROUP, RowId("more"), "2222-2222", NOON)
    assert caught.value.retry_after_s == 900
    assert confirm(codes) == OTHER_GROUP
    codes.ask(ONE, GROUP, RowId("later"), "2222-2222", later(900_000))


def test_no_number_of_conversations_can_spam_a_group() -> None:
    codes = CodeBook(RULES)
    for number in range(6):
        codes.ask(ConversationId(str(number)), GROUP, RowId("r"), CODE, NOON)
    with pytest.raises(RateLimited):
        codes.ask(ONE, GROUP, RowId("r"), CODE, NOON)
    codes.ask(ONE, OTHER_GROUP, RowId("r"), CODE, NOON)


def test_a_refused_request_costs_neither_conversation_nor_group_anything() -> None:
    codes = book()
    for number in range(3):
        codes.ask(ONE, OTHER_GROUP, RowId(f"{number}"), CODE, NOON)
    for _ in range(9):
        with pytest.raises(RateLimited):
            codes.ask(ONE, GROUP, RowId("more"), CODE, NOON)
    for number in range(5):
        codes.ask(ConversationId(str(number)), GROUP, RowId("r"), CODE, NOON)


def test_codes_tries_and_limits_survive_a_restart() -> None:
    codes = book()
    confirm(codes, "WRONG", "first")
    for number in range(2):
        codes.ask(ConversationId("one"), GROUP, RowId(f"{number}"), CODE, later(2))
    confirm(codes, "WRONG", "second", ms=3)
    again = CodeBook(RULES, orjson.loads(orjson.dumps(codes.to_json(later(4)))))
    assert [confirm(again, "WRONG", row, ms=5) for row in ("second", "third", "fourth")] == ["CODE_WRONG"] * 3
    assert confirm(again, ms=6) == "CODE_EXPIRED"
    again.ask(ONE, GROUP, RowId("x"), CODE, later(7))
    with pytest.raises(RateLimited):
        again.ask(ONE, GROUP, RowId("y"), CODE, later(8))


def test_the_code_itself_is_nowhere_in_what_is_stored() -> None:
    stored = orjson.dumps(book().to_json(later(1))).decode().upper()
    assert "7KQM" not in stored
    assert "2XHT" not in stored


def test_the_same_code_is_stored_differently_each_time() -> None:
    stored = [book().to_json(later(1))["pending"][ONE]["digest"] for _ in range(2)]
    assert stored[0] != stored[1]


@pytest.mark.parametrize(
    "stored",
    [{}, {"pending": 1, "asked": {}}, {"pending": {"one": {}}, "asked": {"conversations": {}, "groups": {}}}],
)
def test_what_cannot_be_read_is_void(stored: dict[str, Any]) -> None:
    assert confirm(CodeBook(RULES, stored)) == "CODE_EXPIRED"


def test_codes_are_made_of_signs_that_nobody_confuses() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(re.fullmatch(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", code) for code in codes)
    assert not set(ALPHABET) & set("01IO")
    assert len(ALPHABET) == 32
