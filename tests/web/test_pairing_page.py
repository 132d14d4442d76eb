"""Pairing from the page: started, shown and ended over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import segno
from fake_bridge import command
from web_pages import WITHIN_S, FakeSite, hear, site
from websockets.sync.connection import Connection

from nanie_actors.qr_code import qr_svg
from nanie_actors.settings import WhatsAppSettings
from nanie_actors.storage.layout import StateLayout
from nanie_actors.web import inspect_socket
from nanie_actors.whatsapp.live.pairing import Attempt, View, pairing_arguments
from nanie_actors.whatsapp.live.pairing_desk import PairingDesk

QR = "https://wa.me/settings/linked_devices#2@Ab3"
CODE = "ABCD1234"
PAIRING = "/api/pairing"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_socket, "PAIRING_EVERY_S", 0.02)


@contextmanager
def unpaired(state: Path) -> Iterator[FakeSite]:
    """A worker with a live account that is not linked, whose bridge shows a code of either kind."""
    layout = StateLayout(state)

    def attempt(view: View, phone: str | None) -> Attempt:
        shows: list[Any] = ["QrShown", {"data": QR}] if phone is None else ["CodeShown", {"code": CODE}]
        script: list[list[Any]] = [["say", *shows], ["await", "for ever"]]
        return Attempt(pairing_arguments(WhatsAppSettings(), layout, phone), view, command=command(script))

    desk = PairingDesk(layout, attempt)
    with site(pairing=desk) as made:
        yield made
    assert desk.close(WITHIN_S)


def next_state(client: Connection, state: str) -> dict[str, Any]:
    """What is shown once it is so; nothing is shown twice on the way."""
    before: object = None
    while True:
        frame = hear(client)
        if frame["kind"] != "pairing":
            continue
        assert frame["data"] != before
        before = data = frame["data"]
        if data["state"] == state:
            assert isinstance(data, dict)
            return data


def test_a_qr_code_is_shown_as_a_picture_until_it_is_cancelled(tmp_path: Path) -> None:
    with unpaired(tmp_path / "nanie") as made, made.websocket("/inspect") as client:
        assert next_state(client, "unpaired") == {"state": "unpaired"}
        assert made.get(PAIRING, "POST").json() == {"ok": True}
        assert next_state(client, "qr")["svg"] == qr_svg(QR)
        second = made.get(PAIRING, "POST")
        assert (second.status_code, "under way" in second.json()["error"]) == (409, True)
        assert made.get(PAIRING, "DELETE").json() == {"ok": True}
        assert "cancelled" in next_state(client, "failed")["message"]


def test_a_code_to_type_is_shown_as_text(tmp_path: Path) -> None:
    with unpaired(tmp_path / "nanie") as made, made.websocket("/inspect") as client:
        assert made.get(PAIRING, "POST", b'{"phone": "+49 170 0000000"}').status_code == 200
        assert next_state(client, "code") == {"state": "code", "code": CODE}


@pytest.mark.parametrize(
    "body", [b"x", b"[1]", b'{"phone": 1}', b'{"phone": "0"}', b'{"a": 1}', b"1" * 2_000]
)
def test_what_is_no_request_starts_nothing(tmp_path: Path, body: bytes) -> None:
    with unpaired(tmp_path / "nanie") as made:
        answer = made.get(PAIRING, "POST", body)
        assert (answer.status_code, answer.json()["ok"]) == (409, False)
    assert not (tmp_path / "nanie").exists()


def test_without_a_live_account_there_is_nothing_to_link() -> None:
    with site() as made, made.websocket("/inspect") as client:
        assert "--whatsapp neonize" in next_state(client, "unavailable")["message"]
        for method in ("POST", "DELETE"):
            assert made.get(PAIRING, method).status_code == 409


def test_a_page_of_somebody_else_cannot_start_it(tmp_path: Path) -> None:
    with unpaired(tmp_path / "nanie") as made:
        assert made.get(PAIRING, "POST", origin="http://evil.example").status_code == 403
    assert not (tmp_path / "nanie").exists()


def test_the_picture_is_the_code_and_has_no_style_that_the_page_forbids() -> None:
    picture = ElementTree.fromstring(qr_svg(QR))
    across = segno.make(QR, error="l", micro=False).symbol_size(border=4)[0]
    assert picture.attrib["viewBox"] == f"0 0 {across} {across}"
    assert not any("style" in part.attrib or part.tag.endswith("style") for part in picture.iter())
