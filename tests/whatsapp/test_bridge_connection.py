"""What the library's events, and its end, say about the connection."""

from __future__ import annotations

import pytest

from nanie_actors.whatsapp.bridge.connection_events import CONNECTION_EVENTS, Ended, told_by, told_by_the_end
from nanie_actors.whatsapp.bridge.library import (
    ClientOutdatedEv,
    ConnectedEv,
    ConnectFailureEv,
    DisconnectedEv,
    KeepAliveRestoredEv,
    KeepAliveTimeoutEv,
    LoggedOutEv,
    NeonizeError,
    StreamErrorEv,
    StreamReplacedEv,
    TemporaryBanEv,
)
from nanie_actors.whatsapp.live.reports import (
    Banned,
    Disconnected,
    LoggedOut,
    Outdated,
    Replaced,
    Unreachable,
)

NOW = 1_764_000_000_000


def reasons() -> list[int]:
    kind = LoggedOutEv.DESCRIPTOR.fields_by_name["Reason"].enum_type
    return [value.number for value in kind.values]


def test_ends_and_drops_are_told_apart() -> None:
    assert told_by(DisconnectedEv(status=True), NOW) == Disconnected()
    assert told_by(StreamReplacedEv(), NOW) == Ended(Replaced())
    assert told_by(ClientOutdatedEv(), NOW) == Ended(Outdated())


def test_what_is_only_counted_says_nothing() -> None:
    for event in (
        ConnectedEv(status=True),
        KeepAliveRestoredEv(),
        StreamErrorEv(Code="503"),
        KeepAliveTimeoutEv(),
    ):
        assert type(event) in CONNECTION_EVENTS
        assert told_by(event, NOW) is None


def test_a_ban_ends_when_whatsapp_says_so() -> None:
    event = TemporaryBanEv(Code=TemporaryBanEv.BLOCKED_BY_USERS, Expire=90)
    assert told_by(event, NOW) == Ended(Banned(TemporaryBanEv.BLOCKED_BY_USERS, NOW + 90_000))


def test_a_ban_without_an_end_has_none() -> None:
    event = TemporaryBanEv(Code=TemporaryBanEv.BLOCKED_BY_USERS, Expire=0)
    assert told_by(event, NOW) == Ended(Banned(TemporaryBanEv.BLOCKED_BY_USERS, None))


@pytest.mark.parametrize("reason", reasons())
def test_every_reason_for_a_logout_or_a_refusal_has_words(reason: int) -> None:
    removed = told_by(LoggedOutEv(OnConnect=False, Reason=reason), NOW)  # type: ignore[arg-type]
    assert removed == Ended(LoggedOut("the device was removed on the phone"))
    refused = told_by(LoggedOutEv(OnConnect=True, Reason=reason), NOW)  # type: ignore[arg-type]
    assert isinstance(refused, Ended)
    assert isinstance(refused.report, LoggedOut)
    failed = told_by(ConnectFailureEv(Reason=reason, Message=""), NOW)  # type: ignore[arg-type]
    assert isinstance(failed, Ended)
    assert isinstance(failed.report, Unreachable)


def test_an_event_that_the_library_cannot_say_is_told_by_its_end() -> None:
    """An unknown code of a ban ends its event loop, with this error."""
    ban = NeonizeError("proto: required field neonize.TemporaryBan.Code not set")
    assert told_by_the_end(ban) == Banned(0, None)
    assert isinstance(
        told_by_the_end(NeonizeError("proto: required field neonize.LoggedOut.Reason not set")), LoggedOut
    )


def test_any_other_end_is_a_connection_that_is_lost() -> None:
    assert told_by_the_end(NeonizeError("failed to dial\n\x1b[2J" + "x" * 1_000)) == Unreachable(
        ("failed to dial[2J" + "x" * 1_000)[:300]
    )
    assert told_by_the_end(None) == Unreachable("the library ended the connection")
