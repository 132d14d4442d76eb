"""What every error of the client means: none may go unknown, none may be lost by being taken for final."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import httpx
import postgrest.exceptions
import pytest
from postgrest.exceptions import APIError

from nanie_actors.router.failure import Failure, Misconfigured, Never, Refused, TryAgain
from nanie_actors.router.status import Status
from nanie_actors.router.supabase.failures import failure_of, of_status

REQUEST = httpx.Request("POST", "https://abcdefgh.supabase.co/rest/v1/messages?key=secret")


def api(code: str | None, message: str | None = "something of Anna's") -> APIError:
    return APIError({"message": message, "code": code, "details": None, "hint": None})


def http(status: int) -> httpx.HTTPStatusError:
    return httpx.HTTPStatusError("with an address", request=REQUEST, response=httpx.Response(status))


MEANINGS: list[tuple[Exception, type[Failure]]] = [
    # PostgreSQL, by PostgREST
    (api("23503"), Never),
    (api("23502"), Never),
    (api("22P02"), Never),
    (api("22P05"), Never),
    (api("21000"), Never),
    (api("23514"), Never),
    (api("23505"), Refused),
    (api("22001"), Refused),
    (api("44000"), Refused),
    (api("54000"), Refused),
    (api("P0001"), Refused),
    (api("42501"), Misconfigured),
    (api("42703"), Misconfigured),
    (api("42883"), Misconfigured),
    (api("42P01"), Misconfigured),
    (api("42P10"), Misconfigured),
    (api("57014"), TryAgain),
    (api("57P01"), TryAgain),
    (api("40001"), TryAgain),
    (api("40P01"), TryAgain),
    (api("53300"), TryAgain),
    (api("25006"), TryAgain),
    (api("08006"), TryAgain),
    (api("XX000"), TryAgain),
    # PostgREST itself
    *[(api(f"PGRST00{number}"), TryAgain) for number in range(4)],
    (api("PGRST202"), Misconfigured),
    (api("PGRST204"), Misconfigured),
    (api("PGRST205"), Misconfigured),
    (api("PGRST301"), Misconfigured),
    (api("PGRST302"), Misconfigured),
    (api("PGRST303"), Misconfigured),
    (api("PGRST116"), TryAgain),
    # the gateway: a message without a code, or a page whose status the client gives as code
    (api(None, "Invalid API key"), Misconfigured),
    (api(None, "No API key found in request"), Misconfigured),
    (api(None, "API rate limit exceeded"), TryAgain),
    (api(None, None), TryAgain),
    *[(api(code), Misconfigured) for code in ("401", "403", "404")],
    *[(api(code), Never) for code in ("400", "413", "422")],
    *[(api(code), TryAgain) for code in ("408", "409", "429", "500", "502", "503", "504", "520", "544")],
    # broadcasts, which have statuses only
    *[(http(status), Misconfigured) for status in (401, 403, 404)],
    *[(http(status), Never) for status in (400, 413, 422)],
    *[(http(status), TryAgain) for status in (301, 408, 429, 500, 502, 503, 504, 520)],
    # the network
    (httpx.ConnectError("x"), TryAgain),
    (httpx.ConnectTimeout("x"), TryAgain),
    (httpx.ReadTimeout("x"), TryAgain),
    (httpx.WriteTimeout("x"), TryAgain),
    (httpx.PoolTimeout("x"), TryAgain),
    (httpx.ReadError("x"), TryAgain),
    (httpx.WriteError("x"), TryAgain),
    (httpx.CloseError("x"), TryAgain),
    (httpx.RemoteProtocolError("x"), TryAgain),
    (httpx.LocalProtocolError("x"), TryAgain),
    (httpx.ProxyError("x"), TryAgain),
    (httpx.DecodingError("x"), TryAgain),
    (httpx.TooManyRedirects("x"), TryAgain),
    (httpx.StreamConsumed(), TryAgain),
    (httpx.StreamClosed(), TryAgain),
    (httpx.ResponseNotRead(), TryAgain),
    (httpx.RequestNotRead(), TryAgain),
    (httpx.CookieConflict("x"), TryAgain),
    (httpx.UnsupportedProtocol("x"), Misconfigured),
    (httpx.InvalidURL("x"), Misconfigured),
    # an answer that is not what it should be
    (KeyError("horizon"), TryAgain),
    (TypeError("x"), TryAgain),
]


@pytest.mark.parametrize(("error", "meaning"), MEANINGS, ids=lambda value: getattr(value, "code", None))
def test_an_error_means(error: Exception, meaning: type[Failure]) -> None:
    assert type(failure_of(error)) is meaning


def family(base: type[BaseException]) -> Iterator[type[BaseException]]:
    yield base
    for child in base.__subclasses__():
        yield from family(child)


def test_no_error_of_the_client_is_missing_in_the_table() -> None:
    """Only the ones that are raised themselves: not what merely groups others."""
    named = [getattr(httpx, name) for name in httpx.__all__] + list(vars(postgrest.exceptions).values())
    roots = [one for one in named if isinstance(one, type) and issubclass(one, Exception)]
    leaves = {one for root in roots for one in family(root) if not one.__subclasses__()}
    libraries = {one for one in leaves if one.__module__.split(".")[0] in ("httpx", "postgrest")}
    assert len(libraries) >= 20
    assert libraries <= {type(error) for error, _ in MEANINGS}


def test_what_is_told_of_an_error_holds_nothing_that_was_sent() -> None:
    for error, _ in MEANINGS:
        told = failure_of(error).why
        assert told
        assert "Anna" not in told
        assert "secret" not in told
        assert "abcdefgh" not in told


def test_every_status_has_a_meaning() -> None:
    for status in range(300, 600):
        assert of_status(status).why


def test_a_trouble_that_lasts_is_told_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    status = Status("supabase")
    for _ in range(3):
        status.failed("reading", TryAgain("HTTP 503"))
    assert status.facts() == {"reading": "HTTP 503"}
    status.failed("reading", Misconfigured("the key is refused"))
    for _ in range(2):
        status.works("reading")
    assert status.facts() == {}
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR", "INFO"]
