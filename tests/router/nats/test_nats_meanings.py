"""What the library raises, and what it means to the worker: every error of its own has a meaning of ours."""

from __future__ import annotations

import ssl
from contextlib import suppress

import nats.errors
import nats.js.errors
import orjson
import pytest
from nats.js.errors import APIError, NoStreamResponseError, ServiceUnavailableError

from nanie_actors.router.failure import Misconfigured, Never, TryAgain
from nanie_actors.router.nats.failures import (
    Denied,
    NotEncrypted,
    PayloadTooSmall,
    ReadingBroke,
    StreamUnusable,
    failure_of,
)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (nats.errors.AuthorizationError(), Misconfigured),
        (nats.errors.Error("nats: 'Authorization Violation'"), Misconfigured),
        (nats.errors.Error("nats: 'User Authentication Expired'"), Misconfigured),
        (nats.errors.Error("nats: 'maximum connections exceeded'"), TryAgain),
        (nats.errors.TimeoutError(), TryAgain),
        (nats.errors.NoServersError(), TryAgain),
        (nats.errors.ConnectionClosedError(), TryAgain),
        (nats.errors.MaxPayloadError(), Never),
        (ConnectionRefusedError(111, "refused"), TryAgain),
        (ssl.SSLCertVerificationError(), Misconfigured),
        (ssl.SSLError(), TryAgain),
        (NoStreamResponseError(), Misconfigured),
        (ServiceUnavailableError(), Misconfigured),
        (APIError(code=503, err_code=10039), Misconfigured),
        (APIError(code=503, err_code=10076), Misconfigured),
        (APIError(code=404, err_code=10059), Misconfigured),
        (APIError(code=400, err_code=10060), Misconfigured),
        (APIError(code=400, err_code=10054), Never),
        (APIError(code=500, err_code=10047), TryAgain),
        (Denied(), Misconfigured),
        (NotEncrypted(), Misconfigured),
        (PayloadTooSmall(), Misconfigured),
        (StreamUnusable("run this"), Misconfigured),
        (ReadingBroke("a gap"), TryAgain),
        (orjson.JSONEncodeError(), Never),
        (ValueError(), TryAgain),
    ],
    ids=repr,
)
def test_a_failure_has_its_meaning(error: Exception, kind: type) -> None:
    assert isinstance(failure_of(error), kind)


def test_what_to_do_is_said() -> None:
    assert failure_of(StreamUnusable("run this")).why == "run this"


def test_no_error_of_the_library_is_without_a_meaning() -> None:
    known = [*vars(nats.errors).values(), *vars(nats.js.errors).values()]
    kinds = [kind for kind in known if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) > 40
    for kind in kinds:
        with suppress(TypeError):  # it wants to be told more
            assert failure_of(kind()).why
