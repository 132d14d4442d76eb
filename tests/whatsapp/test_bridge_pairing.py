"""Pairing: one end, told once, in words that say what to do."""

from __future__ import annotations

from typing import Any

import pytest
from clients import FakeClient, Told, as_client

from nanie_actors.whatsapp.bridge.library import ClientName, ClientType
from nanie_actors.whatsapp.bridge.pairing import GRACE_S, WINDOW_S, Pairing
from nanie_actors.whatsapp.bridge.pairing_failures import failure_by_report
from nanie_actors.whatsapp.live.reports import (
    Banned,
    CodeShown,
    LoggedOut,
    Outdated,
    Paired,
    PairingFailed,
    QrShown,
    Replaced,
    Report,
    Unreachable,
)


class Attempt:
    """A pairing and everything around it."""

    def __init__(self, phone: str | None = None, **answers: Any) -> None:
        self.now = 0.0
        self.told, self.failed = Told(), Told()
        self.fake = FakeClient(**answers)
        self.pairing = Pairing(phone, self.told.add, self.failed.add, lambda: self.now)

    def show(self, data: bytes = b"2@abc") -> None:
        self.pairing.show(as_client(self.fake), data)


def test_each_new_code_is_shown_in_place_of_the_one_before() -> None:
    attempt = Attempt()
    attempt.show(b"2@one")
    attempt.show(b"2@two")
    attempt.pairing.status("success")
    attempt.pairing.connected("491700000009@s.whatsapp.net")
    assert attempt.told == [QrShown("2@one"), QrShown("2@two"), Paired("491700000009@s.whatsapp.net")]
    assert attempt.failed == []


def test_with_a_phone_number_the_first_code_is_asked_for_once_and_no_qr_is_shown() -> None:
    attempt = Attempt("+49 170 0000002", PairPhone="ABCD-EFGH")
    attempt.show()
    attempt.show()
    assert attempt.told == [CodeShown("ABCD-EFGH")]
    assert attempt.fake.calls == [
        ("PairPhone", "+49 170 0000002", True, ClientName.LINUX, ClientType.CHROME),
    ]


@pytest.mark.parametrize(
    ("error", "kind", "word"),
    [
        (ValueError("phone number too short"), "refused", "country code"),
        (ValueError("international phone number required"), "refused", "country code"),
        (ValueError("websocket not connected"), "unreachable", "network"),
        (ValueError("info query returned status 429: rate-overlimit"), "refused", "hour"),
        (RuntimeError(), "other", "QR"),
    ],
)
def test_a_number_that_gets_no_code_fails_in_words(error: Exception, kind: str, word: str) -> None:
    attempt = Attempt("1", PairPhone=error)
    attempt.show()
    (failure,) = attempt.failed
    assert failure.kind == kind
    assert word in failure.why


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("timeout", "timeout"),
        ("passkey-request", "passkey"),
        ("passkey-confirmation", "passkey"),
        ("err-client-outdated", "outdated"),
        ("err-scanned-without-multidevice", "refused"),
        ("err-unexpected-state", "refused"),
        ("error", "refused"),
        ("a word of tomorrow", "other"),
    ],
)
def test_every_word_of_the_library_ends_it_in_its_way(status: str, kind: str) -> None:
    attempt = Attempt()
    attempt.show()
    attempt.pairing.status(status)
    attempt.pairing.status("timeout")
    assert [failure.kind for failure in attempt.failed] == [kind]


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        (Unreachable("no such host"), "unreachable"),
        (Outdated(), "outdated"),
        (LoggedOut("refused"), "refused"),
        (Banned(0, None), "refused"),
        (Replaced(), "refused"),
    ],
)
def test_the_end_of_the_connection_before_it_is_paired_is_its_failure(report: Report, kind: str) -> None:
    attempt = Attempt()
    lost = attempt.pairing.lost(report)
    assert lost == failure_by_report(report)
    assert isinstance(lost, PairingFailed)
    assert lost.kind == kind
    assert lost.why.endswith((".", ")"))


def test_the_end_of_the_connection_afterwards_is_what_it_is() -> None:
    attempt = Attempt()
    attempt.pairing.connected("a")
    assert attempt.pairing.lost(Replaced()) == Replaced()
    attempt.pairing.status("error")
    attempt.now += 10_000
    attempt.pairing.look_after()
    assert attempt.failed == []


def test_a_failure_that_was_told_is_not_told_in_other_words() -> None:
    attempt = Attempt()
    attempt.pairing.status("timeout")
    (failure,) = attempt.failed
    assert attempt.pairing.lost(failure) is failure


def test_a_library_that_forgets_the_time_is_reminded_of_it() -> None:
    attempt = Attempt()
    attempt.now += 60
    attempt.show()
    attempt.now += WINDOW_S + GRACE_S - 1
    attempt.pairing.look_after()
    assert attempt.failed == []
    attempt.now += 1
    attempt.pairing.look_after()
    attempt.pairing.look_after()
    assert [failure.kind for failure in attempt.failed] == ["timeout"]
