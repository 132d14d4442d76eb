"""`nanie doctor` and the page."""

from __future__ import annotations

import socket
from pathlib import Path

from nanie_actors.cli.checks.web import check_page
from nanie_actors.settings import Settings
from nanie_actors.settings.sections import StateSettings
from nanie_actors.settings.web_section import WebSettings


def at(port: int) -> Settings:
    return Settings(web=WebSettings(listen=f"127.0.0.1:{port}"))


def nobody(_state: Path) -> str | None:
    return None


def test_a_free_address_is_fine() -> None:
    check = check_page(at(0), served=nobody)
    assert (check.status, "is free" in check.found) == ("ok", True)


def test_a_taken_address_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        check = check_page(at(taken.getsockname()[1]), served=nobody)
    assert (check.status, "--listen" in check.advice) == ("warning", True)


def test_an_address_that_the_worker_itself_has_taken_is_fine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        check = check_page(at(port), served=lambda _: f"http://127.0.0.1:{port}")
    assert (check.status, check.found) == ("ok", f"served at http://127.0.0.1:{port}")


def test_without_its_libraries_it_says_how_to_get_them() -> None:
    check = check_page(at(0), libraries=("a_library_that_is_not_there",))
    assert (check.status, "nanie-actors[ui]" in check.found) == ("ok", True)


def test_without_a_worker_nothing_is_served(tmp_path: Path) -> None:
    assert "is free" in check_page(Settings(web=at(0).web, state=StateSettings(dir=tmp_path))).found
