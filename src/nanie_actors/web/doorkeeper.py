"""Who is let in. Pure: what a request says is judged here, `guard` carries it out.

```
token set?  no:  the loopback's own names only (a foreign name that leads here is DNS rebinding)
            yes: Authorization: Bearer, or the cookie that /?token=… sets once
then, for what changes something and for websockets: only from a page of the same origin
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Final
from urllib.parse import parse_qs

from nanie_actors.settings.web_section import names_loopback

HEALTH: Final = frozenset({"/healthz", "/readyz"})
"""What a program on this machine may ask without knowing anything."""

READING: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Knock:
    """A request, as far as it matters at the door. Header names in small letters; `peer` is who connects."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    peer: str
    websocket: bool = False


@dataclass(frozen=True, slots=True)
class Welcome:
    """Come in."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """The token was right: keep this cookie, and go on to the page without the token in its address."""

    cookie: str


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Not like this; `why` is for people."""

    status: int
    why: str


Verdict = Welcome | Remembered | TurnedAway

REBINDING: Final = TurnedAway(
    403, "This worker answers only to localhost. For other names, set a token: see docs/http.md."
)
ELSEWHERE: Final = TurnedAway(403, "Only pages of this worker itself may do this.")
NO_TOKEN: Final = TurnedAway(
    401, "A token is needed. In a browser, open the page once as /?token=TOKEN; programs send it as Bearer."
)


class Doorkeeper:
    """Judges requests by one token, or, if that is empty, by their coming from this machine."""

    def __init__(self, token: str, port: int) -> None:
        self._token = token.encode()
        # Not the token itself: a browser's files are read by others than who may configure the worker.
        self._ticket = sha256(b"nanie page\0" + self._token).hexdigest()
        # Browsers do not keep the cookies of two ports apart.
        self._cookie = f"nanie-{port}"

    def judge(self, knock: Knock) -> Verdict:
        """What becomes of a request."""
        host = knock.headers.get("host", "")
        if not self._token and not names_loopback(_name(host)):
            return REBINDING
        if (knock.websocket or knock.method not in READING) and not _same_origin(knock.headers, host):
            return ELSEWHERE
        if not self._token or self._knows(knock) or self._asks_for_health(knock):
            return Welcome()
        if knock.path == "/" and knock.method == "GET" and self._is_token(_query_token(knock.query)):
            return Remembered(self._set_cookie(knock.headers))
        return NO_TOKEN

    def _knows(self, knock: Knock) -> bool:
        kind, _, given = knock.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._is_token(given.strip()):
            return True
        return compare_digest(_cookie(knock.headers, self._cookie).encode(), self._ticket.encode())

    def _asks_for_health(self, knock: Knock) -> bool:
        return knock.path in HEALTH and names_loopback(knock.peer)

    def _is_token(self, given: str) -> bool:
        return compare_digest(given.encode(), self._token)

    def _set_cookie(self, headers: Mapping[str, str]) -> str:
        # Whoever comes through a proxy that speaks HTTPS, says so about nobody but itself.
        secure = "; Secure" if headers.get("x-forwarded-proto") == "https" else ""
        return f"{self._cookie}={self._ticket}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000{secure}"


def _name(host: str) -> str:
    """A Host header without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _same_origin(headers: Mapping[str, str], host: str) -> bool:
    """Programs send no Origin; a browser always does where it matters, and cannot be made to lie."""
    origin = headers.get("origin")
    if origin is None:
        return True
    _, _, place = origin.partition("://")
    return bool(host) and place.lower() == host.lower()


def _query_token(query: str) -> str:
    try:
        return parse_qs(query, max_num_fields=10).get("token", [""])[-1]
    except ValueError:
        return ""  # more fields than anybody needs


def _cookie(headers: Mapping[str, str], name: str) -> str:
    for pair in headers.get("cookie", "").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name:
            return value
    return ""
