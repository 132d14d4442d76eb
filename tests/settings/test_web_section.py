"""Where the page may be served, and when a token is needed."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from nanie_actors.errors import SettingsError
from nanie_actors.settings import load_settings
from nanie_actors.settings.web_section import Address, WebSettings, names_loopback

TOKEN = "a-token-of-some-length"


def problem(**given: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(None, {f"web.{key}": value for key, value in given.items()})
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8765", Address("127.0.0.1", 8765)),
        ("localhost:0", Address("localhost", 0)),
        (":80", Address("127.0.0.1", 80)),
        ("[::1]:8765", Address("::1", 8765)),
    ],
)
def test_an_address_is_read(text: str, address: Address) -> None:
    assert WebSettings(listen=text).address == address
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    "text", ["", "8765", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "h:65536", "h:-1", "h:٣"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert "must be an address and a port" in problem(listen=text)


def test_an_ipv6_address_needs_its_brackets() -> None:
    assert "in brackets" in problem(listen="::1:8765")


@pytest.mark.parametrize("listen", ["0.0.0.0:8765", "[::]:8765", "192.0.2.7:8765", "nanie.example:8765"])
def test_beyond_the_loopback_a_token_is_needed(listen: str) -> None:
    assert "set a token" in problem(listen=listen)
    assert WebSettings(listen=listen, token=SecretStr(TOKEN)).address.loopback is False


@pytest.mark.parametrize("token", ["short", "x" * 15, "a token with ünusual signs", "a token\nof two lines"])
def test_a_token_that_is_short_or_no_header_is_refused_and_not_shown(token: str) -> None:
    told = problem(token=token)
    assert "16 plain characters or more" in told
    assert token not in told


def test_only_the_machine_itself_is_the_loopback() -> None:
    assert all(map(names_loopback, ("localhost", "LocalHost", "127.0.0.1", "127.9.9.9", "::1")))
    assert not any(
        map(names_loopback, ("", "0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.0.0.1.example"))
    )
