"""What a failure at NATS means (router.failure)."""

from __future__ import annotations

import ssl
from typing import Final

from nats.errors import (
    AuthorizationError,
    ConnectionClosedError,
    MaxPayloadError,
    NoRespondersError,
    NoServersError,
)
from nats.js.errors import APIError, NoStreamResponseError, ServiceUnavailableError
from orjson import JSONEncodeError

from nanie_actors.router.failure import Failure, Misconfigured, Never, TryAgain

NO_STREAM: Final = 10059
OTHER_STREAM: Final = 10060
TOO_LONG: Final = 10054
NOT_ENABLED: Final = frozenset({10039, 10076})
"""JetStream's own codes: the stream is missing or another one answered, the message is longer than the stream
allows, JetStream is off for the account or the server."""

REFUSED_WORDS: Final = ("authorization", "authentication", "credential")
"""What a server says that does not let us in; it says it in words only."""


class StreamUnusable(Exception):
    """A stream is missing and cannot be made, or is not as it must be; the text says what to do."""


class NotEncrypted(Exception):
    """The server does not offer what tls:// asks for; nothing was told to it."""


class PayloadTooSmall(Exception):
    """The server takes messages that are too short for what must be said."""


class Denied(Exception):
    """The server does not allow us something that we need."""


class ReadingBroke(Exception):
    """A stream fell silent, or lacks a message between two: it is read again from the last good one."""


_TO_BE_DONE: Final[dict[type[Exception], str]] = {
    NotEncrypted: "the server does not offer TLS, which tls:// in nats.url asks for",
    PayloadTooSmall: "the server's max_payload is below 8192: leave it at its default of 1 MiB",
    Denied: "the server does not allow this user its subjects: docs/nats.md names them",
}


def failure_of(error: BaseException) -> Failure:
    """The meaning of what the client raised. Anything unknown may succeed later: it is tried again."""
    match error:
        case StreamUnusable():
            return Misconfigured(str(error))
        case ReadingBroke():
            return TryAgain(str(error))
        case NotEncrypted() | PayloadTooSmall() | Denied():
            return Misconfigured(_TO_BE_DONE[type(error)])
        case AuthorizationError():
            return _REFUSED
        case ssl.SSLCertVerificationError():
            return Misconfigured(
                "the server's certificate is not trusted: look at nats.ca_file and the name in nats.url"
            )
        case MaxPayloadError():
            return Never("longer than the server lets through")
        case JSONEncodeError():
            return Never("its text is none")
        case NoStreamResponseError() | NoRespondersError() | ServiceUnavailableError(err_code=None):
            return Misconfigured("JetStream does not answer: is it switched on, and the stream there?")
        case APIError():
            return _of_code(error)
        case NoServersError() | ConnectionClosedError():
            return TryAgain("no connection")
        case _ if any(word in str(error).lower() for word in REFUSED_WORDS):
            return _REFUSED
        case _:
            return TryAgain(type(error).__name__)


_REFUSED = Misconfigured(
    "the server does not let us in: look at nats.creds_file, user and password, or token"
)


def _of_code(error: APIError) -> Failure:
    # Not every kind of it has these, as the library makes them.
    code = getattr(error, "err_code", None) or 0
    if code in NOT_ENABLED:
        return Misconfigured("JetStream is not switched on for this account")
    if code == TOO_LONG:
        return Never("longer than the stream lets through")
    if code in (NO_STREAM, OTHER_STREAM):
        return Misconfigured(f"JetStream {code}: the stream is missing, or another one has its subjects")
    return TryAgain(f"JetStream {code or getattr(error, 'code', None)}")
