"""Pairing while the worker runs: what is seen of it, what is refused, and that nothing is left of it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fake_bridge import command
from waiting import until

from nanie_actors.errors import Unavailable
from nanie_actors.settings import WhatsAppSettings
from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.live import pairing
from nanie_actors.whatsapp.live.pairing import Attempt, View, pairing_arguments, phone_number
from nanie_actors.whatsapp.live.pairing_desk import PairingDesk, Seen

WITHIN_S = 60.0
ACCOUNT = "491700000000@s.whatsapp.net"
QR = "https://wa.me/settings/linked_devices#2@Ab3"
SHOW = ["say", "QrShown", {"data": QR}]
PAIRED = ["say", "Paired", {"account": ACCOUNT}]
WAIT = ["await", "go on"]

Desk = Callable[..., PairingDesk]


@pytest.fixture
def layout(tmp_path: Path) -> StateLayout:
    return StateLayout(tmp_path / "nanie")


@pytest.fixture
def desk(layout: StateLayout, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk whose bridges play a script; no history is waited for."""
    monkeypatch.setattr(pairing, "BEGINS_S", 0.0)
    monkeypatch.setattr(pairing, "QUIET_S", 0.0)
    made: list[PairingDesk] = []

    def make(*scripts: list[list[Any]]) -> PairingDesk:
        def attempt(view: View, phone: str | None) -> Attempt:
            asked = pairing_arguments(WhatsAppSettings(), layout, phone)
            return Attempt(asked, view, command=command(*scripts))

        made.append(PairingDesk(layout, attempt))
        return made[-1]

    yield make
    for each in made:
        assert each.close(WITHIN_S)


def pair_the_account(layout: StateLayout) -> None:
    layout.session.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(layout.session)) as database, database:
        database.execute("CREATE TABLE whatsmeow_device (jid TEXT PRIMARY KEY, registration_id BIGINT)")
        database.execute("INSERT INTO whatsmeow_device VALUES (?, 7)", (ACCOUNT,))


def go_on(layout: StateLayout) -> None:
    (layout.root / "go on").touch()


def test_codes_are_seen_one_after_the_other_until_the_account_is_linked(
    desk: Desk, layout: StateLayout
) -> None:
    counter = desk([SHOW, WAIT, PAIRED])
    assert counter.look() == Seen("unpaired")
    counter.start()
    until(lambda: counter.look() == Seen("qr", data=QR))
    pair_the_account(layout)  # as the library does before it says so
    go_on(layout)
    until(lambda: counter.look() == Seen("paired"))
    with pytest.raises(Unavailable, match="linked already"):
        counter.start()


def test_a_code_to_type_is_asked_for_with_a_number(desk: Desk) -> None:
    counter = desk([["say", "CodeShown", {"code": "ABCD1234"}], WAIT])
    counter.start("+491700000000")
    until(lambda: counter.look() == Seen("code", code="ABCD1234"))


def test_one_attempt_at_a_time_and_another_after_it(desk: Desk) -> None:
    counter = desk([SHOW, WAIT])
    counter.start()
    with pytest.raises(Unavailable, match="under way"):
        counter.start()
    until(lambda: counter.look().stage == "qr")
    counter.cancel()
    until(lambda: counter.look().stage == "failed")
    assert "cancelled" in counter.look().message
    counter.start()


def test_why_it_failed_is_told_until_the_next_attempt(desk: Desk, layout: StateLayout) -> None:
    failed = ["say", "PairingFailed", {"kind": "timeout", "why": "Nobody linked the device in time."}]
    counter = desk([failed], [SHOW, WAIT])
    counter.start()
    until(lambda: counter.look() == Seen("failed", message="Nobody linked the device in time."))
    counter.start()
    until(lambda: counter.look().stage == "qr")
    assert len((layout.root / "starts").read_text().split()) == 2


def test_a_bridge_that_cannot_be_started_is_told(layout: StateLayout, tmp_path: Path) -> None:
    def attempt(view: View, phone: str | None) -> Attempt:
        asked = pairing_arguments(WhatsAppSettings(), layout, phone)
        return Attempt(asked, view, command=[str(tmp_path / "nowhere")])

    counter = PairingDesk(layout, attempt)
    counter.start()
    until(lambda: "cannot be started" in counter.look().message)
    assert counter.close(WITHIN_S)


def test_nanie_pair_and_the_page_do_not_disturb_each_other(desk: Desk) -> None:
    at_work, other = desk([SHOW, WAIT]), desk([SHOW])
    at_work.start()
    until(lambda: at_work.look().stage == "qr")
    assert other.look().stage == "elsewhere"
    with pytest.raises(Unavailable, match="nanie pair is at work"):
        other.start()


def test_a_session_that_cannot_be_read_is_left_alone(desk: Desk, layout: StateLayout) -> None:
    layout.session.parent.mkdir(parents=True)
    layout.session.write_bytes(b"no database at all, and longer than the head of one" * 10)
    counter = desk([SHOW])
    assert counter.look().stage == "failed"
    with pytest.raises(Unavailable, match="nanie pair says what to do"):
        counter.start()


def test_a_closed_desk_starts_nothing_and_leaves_no_bridge(desk: Desk, layout: StateLayout) -> None:
    counter = desk([SHOW, WAIT])
    counter.start()
    until(lambda: counter.look().stage == "qr")
    assert counter.close(WITHIN_S)
    with pytest.raises(Unavailable, match="stopping"):
        counter.start()
    with pytest.raises(ProcessLookupError):
        os.kill(int((layout.root / "starts").read_text()), 0)


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("+49 (170) 000-0000", "+491700000000"),
        ("491700000000", "491700000000"),
        ("0170 0000000", None),
        ("+49170x", None),
        ("", None),
    ],
)
def test_a_phone_number_is_read_as_people_write_it(given: str, number: str | None) -> None:
    assert phone_number(given) == number
