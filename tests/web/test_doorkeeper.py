"""Who is let in: each rule alone, without a server."""

from __future__ import annotations

import pytest

from nanie_actors.web.doorkeeper import (
    ELSEWHERE,
    NO_TOKEN,
    REBINDING,
    Doorkeeper,
    Knock,
    Remembered,
    Verdict,
    Welcome,
)

TOKEN = "a-token-of-some-length"
OPEN, CLOSED = Doorkeeper("", 8765), Doorkeeper(TOKEN, 8765)
HERE = "127.0.0.1:8765"
AWAY = "nanie.example"


def knock(
    path: str = "/",
    *,
    method: str = "GET",
    query: str = "",
    peer: str = "127.0.0.1",
    websocket: bool = False,
    **headers: str,
) -> Knock:
    said = {"host": HERE, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Knock(method, path, query, said, peer, websocket)


# ── without a token: this machine only ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", [HERE, "127.0.0.2", "localhost", "LOCALHOST:80", "[::1]:8765", "[::1]"])
def test_the_loopbacks_own_names_are_let_in(host: str) -> None:
    assert OPEN.judge(knock(host=host)) == Welcome()


@pytest.mark.parametrize(
    "host",
    ["", AWAY, "evil.example:8765", "127.0.0.1.evil.example", "localhost.evil.example", "0.0.0.0", "[x"],
)
@pytest.mark.parametrize("path", ["/", "/healthz", "/router"])
def test_a_foreign_name_that_leads_here_is_not(host: str, path: str) -> None:
    """DNS rebinding: a page of that name would read everything as its own."""
    assert OPEN.judge(knock(path, host=host)) == REBINDING


# ── with a token ────────────────────────────────────────────────────────────────────────────────────────


def cookie() -> str:
    remembered = CLOSED.judge(knock(query=f"token={TOKEN}"))
    assert isinstance(remembered, Remembered)
    return remembered.cookie


def test_a_bearer_is_let_in_by_any_name_of_the_host() -> None:
    assert CLOSED.judge(knock("/metrics", host=AWAY, authorization=f"Bearer {TOKEN}")) == Welcome()
    assert CLOSED.judge(knock("/router", websocket=True, authorization=f"bearer  {TOKEN} ")) == Welcome()


@pytest.mark.parametrize(
    "given", ["", TOKEN, "Basic x", "Bearer", "Bearer ", f"Bearer {TOKEN}x", "Bearer \xff"]
)
def test_anything_else_is_not(given: str) -> None:
    assert CLOSED.judge(knock(authorization=given)) == NO_TOKEN


@pytest.mark.parametrize(
    ("path", "method", "query"),
    [
        ("/", "GET", "token=wrong"),
        ("/", "GET", "token="),
        ("/", "GET", "&" * 100),
        ("/", "HEAD", f"token={TOKEN}"),
        ("/metrics", "GET", f"token={TOKEN}"),
        ("/api/pairing", "POST", f"token={TOKEN}"),
    ],
)
def test_the_token_counts_in_the_address_of_the_page_alone(path: str, method: str, query: str) -> None:
    """Addresses are written into histories and logs: a program has no reason to use one."""
    assert CLOSED.judge(knock(path, method=method, query=query)) == NO_TOKEN


def test_a_websocket_is_not_let_in_by_its_address() -> None:
    assert CLOSED.judge(knock("/router", websocket=True, query=f"token={TOKEN}")) == NO_TOKEN


def test_the_page_with_the_token_sets_a_cookie_that_lets_in() -> None:
    given = cookie().partition(";")[0]
    assert CLOSED.judge(knock("/router", websocket=True, cookie=given)) == Welcome()
    assert CLOSED.judge(knock(cookie=f"a=b; {given}; c")) == Welcome()
    assert CLOSED.judge(knock(cookie=given + "0")) == NO_TOKEN
    assert CLOSED.judge(knock(cookie=given.partition("=")[0])) == NO_TOKEN


def test_the_cookie_is_of_no_use_to_scripts_other_sites_and_thieves_of_the_token() -> None:
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie().split("; "))
    assert TOKEN not in cookie()


def test_through_a_proxy_that_speaks_https_the_cookie_goes_no_other_way() -> None:
    seen = CLOSED.judge(knock(query=f"token={TOKEN}", x_forwarded_proto="https"))
    assert isinstance(seen, Remembered)
    assert seen.cookie.endswith("; Secure")
    assert not cookie().endswith("; Secure")


def test_two_workers_on_one_machine_do_not_overwrite_each_others_cookies() -> None:
    other = Doorkeeper(TOKEN, 9000).judge(knock(query=f"token={TOKEN}"))
    assert isinstance(other, Remembered)
    assert other.cookie.partition("=")[0] != cookie().partition("=")[0]


@pytest.mark.parametrize(
    ("path", "peer", "verdict"),
    [
        ("/healthz", "127.0.0.1", Welcome()),
        ("/readyz", "::1", Welcome()),
        ("/readyz", "192.0.2.7", NO_TOKEN),
        ("/healthz", "", NO_TOKEN),
        ("/metrics", "127.0.0.1", NO_TOKEN),
    ],
)
def test_this_machine_may_ask_for_health_without_it(path: str, peer: str, verdict: Verdict) -> None:
    assert CLOSED.judge(knock(path, peer=peer)) == verdict


# ── only from pages of our own ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("doorkeeper", [OPEN, CLOSED])
@pytest.mark.parametrize(("method", "websocket"), [("POST", False), ("DELETE", False), ("GET", True)])
@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://127.0.0.1:9999", f"http://{HERE}.evil.example"]
)
def test_what_changes_something_or_stays_open_comes_from_the_same_origin(
    doorkeeper: Doorkeeper, method: str, websocket: bool, origin: str
) -> None:
    asked = knock(
        "/router", method=method, websocket=websocket, origin=origin, authorization=f"Bearer {TOKEN}"
    )
    assert doorkeeper.judge(asked) == ELSEWHERE


@pytest.mark.parametrize("origin", [f"http://{HERE}", f"https://{HERE.upper()}"])
def test_a_page_of_our_own_may(origin: str) -> None:
    assert OPEN.judge(knock("/router", websocket=True, origin=origin)) == Welcome()
    assert OPEN.judge(knock("/api/pairing", method="POST", origin=origin)) == Welcome()


def test_a_program_sends_no_origin() -> None:
    assert OPEN.judge(knock("/router", websocket=True)) == Welcome()
