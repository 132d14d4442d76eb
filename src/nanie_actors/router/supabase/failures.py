"""What a failure at Supabase means (router.failure).

Supabase answers through three layers (its gateway, PostgREST, PostgreSQL), and the client adds the network.
"""

from __future__ import annotations

from typing import Final

import httpx
from postgrest.exceptions import APIError

from nanie_actors.router.failure import Failure, Misconfigured, Never, Refused, TryAgain

GONE: Final = "23503"
"""PostgreSQL: the conversation that a row names does not exist (any more)."""

_UNUSABLE: Final = frozenset({"22P02", "22P05", "22021", "23502", "23514", "21000"})
"""PostgreSQL: a value that can never be stored, e.g. a conversation id that is no UUID."""

_SETUP: Final = frozenset({"PGRST202", "PGRST204", "PGRST205", "42501", "42883", "42P01", "42703", "42P10"})
"""A function, table, column, index or right is missing: config/supabase.sql was not run, or not this one."""

_ABOUT_CONTENT: Final = ("21", "22", "23", "44", "54", "P0")
"""Classes of PostgreSQL's codes that say something of what was sent, and nothing of the server's state. P0 is
what a project's own triggers raise."""

_KEY: Final = frozenset({"401", "403", "PGRST301", "PGRST302", "PGRST303"})


def failure_of(error: Exception) -> Failure:
    """The meaning of what the client raised. Anything unknown may succeed later: it is tried again."""
    match error:
        case APIError():
            return _of_code(str(error.code or ""), error)
        case httpx.HTTPStatusError():
            return of_status(error.response.status_code)
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return Misconfigured("the address in supabase.url cannot be used")
        case _:
            return TryAgain(type(error).__name__)


def of_status(status: int) -> Failure:
    """The meaning of an HTTP status that came without a code."""
    match status:
        case 401 | 403:
            return _of_code("401", None)
        case 400 | 413 | 422:
            return Never(f"HTTP {status}")
        case 404:
            return Misconfigured("HTTP 404: is supabase.url the project's address?")
        case _:
            return TryAgain(f"HTTP {status}")


def _of_code(code: str, error: APIError | None) -> Failure:
    if code in _KEY or _is_refused_key(code, error):
        return Misconfigured("the key is refused: supabase.key must be the project's service key")
    if code in _SETUP:
        return Misconfigured(f"{code}: run config/supabase.sql in the project's SQL editor")
    if code == GONE:
        return Never("the conversation is gone")
    if code in _UNUSABLE:
        return Never(f"PostgreSQL {code}")
    if code.startswith(_ABOUT_CONTENT) and len(code) == 5:
        return Refused(f"PostgreSQL {code}")
    if code.isascii() and code.isdigit() and len(code) == 3:
        return of_status(int(code))
    return TryAgain(code or "no code")


def _is_refused_key(code: str, error: APIError | None) -> bool:
    """The gateway's own refusal has no code, only words."""
    return not code and error is not None and "api key" in str(error.message).lower()
