"""Subjects: any text is a safe token, no two texts have the same, and nobody names a subject of another's."""

from __future__ import annotations

import re
from hashlib import sha256
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.router.nats.names import LONGEST, Names, text_of, token_of

NAMES = Names("app.nanie")
ANY = st.text(st.characters()) | st.text("a.*> ~%/é\U0001f37c", max_size=400)


@given(ANY)
def test_a_token_is_safe_in_a_subject(text: str) -> None:
    """No dot, blank or wildcard, nothing that a configuration would read otherwise, and never too long."""
    assert re.fullmatch(r"[A-Za-z0-9_%~-]+", token_of(text))
    assert len(token_of(text)) <= LONGEST


@given(ANY, ANY)
def test_no_two_texts_have_the_same_token(one: str, other: str) -> None:
    assert (token_of(one) == token_of(other)) == (one == other)


@given(ANY)
def test_a_token_tells_its_text_unless_it_is_hashed(text: str) -> None:
    token = token_of(text)
    assert text_of(token) == (None if token.startswith("~") else text)


@given(ANY)
def test_a_token_that_is_written_otherwise_is_nobodys(text: str) -> None:
    """Else two subjects stood for one conversation, and a permission for one would not bind the other."""
    quoted = quote(text, safe="~", errors="surrogatepass")
    if quoted != token_of(text):
        assert text_of(quoted) is None
    assert text_of(token_of(text).lower()) in (None, text.lower())


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("6f0c9a52-8a1e-4a57-b5cb-0f6ad2f0a8f1", "6f0c9a52-8a1e-4a57-b5cb-0f6ad2f0a8f1"),
        ("anna@home", "anna%40home"),
        ("a.b", "a%2Eb"),
        ("a~b", "a%7Eb"),
        ("*", "%2A"),
        ("> ", "%3E%20"),
        ("é", "%C3%A9"),
        ("", "%"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "~" + sha256(b"x" * 201).hexdigest()),
    ],
)
def test_tokens_are_as_documented(text: str, token: str) -> None:
    assert token_of(text) == token


def test_streams_and_subjects_have_the_prefix() -> None:
    assert (NAMES.rows, NAMES.replies, NAMES.pushes) == (
        "app_nanie-rows",
        "app_nanie-replies",
        "app_nanie-pushes",
    )
    assert NAMES.subject("rows") == "app.nanie.rows.*"
    assert NAMES.subject("pushes", token_of("a.b")) == "app.nanie.pushes.a%2Eb"
    assert NAMES.conversation("app.nanie.rows.a%2Eb") == "a%2Eb"


@pytest.mark.parametrize(
    ("inbox", "may"),
    [
        ("_INBOX.tgSyU7VGaHVBqCTPJyxjSP", True),
        ("_INBOX.tgSyU7VGaHVBqCTPJyxjSP.aB-_1", True),
        ("app.nanie.inbox.c1.x", True),
        ("app.nanie.inbox.c1.x.y", True),
        ("", False),
        ("_INBOX", False),
        ("_INBOX.", False),
        ("_INBOX.*", False),
        ("_INBOX.>", False),
        ("_INBOX.a..b", False),
        ("_INBOX.a b", False),
        ("_INBOX.a\r\nPUB x", False),
        ("_INBOX_OTHER.x", False),
        ("_INBOX.é", False),
        ("_INBOX." + "x" * 1_000, False),
        ("app.nanie.inbox.c2.x", False),
        ("app.nanie.inbox.c1", False),
        ("app.nanie.pushes.c2", False),
        ("app.nanie.rows.c1", False),
        ("$JS.API.STREAM.DELETE.app_nanie-rows", False),
    ],
)
def test_answers_go_to_inboxes_only_and_to_nobody_elses(inbox: str, may: bool) -> None:
    assert NAMES.may_answer_to(inbox, "c1") is may
