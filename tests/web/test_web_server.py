"""The server as a whole: files, decisions, probes, its door, its address and its end."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from control_sockets import GROUP, QUARANTINED
from starlette.applications import Starlette
from starlette.routing import Route
from waiting import until
from web_pages import WITHIN_S, FakeSite, hear, say, site
from websockets.exceptions import InvalidStatus

from nanie_actors.errors import SettingsError, Unavailable
from nanie_actors.settings.web_section import Address
from nanie_actors.web import protocols
from nanie_actors.web.guard import HEADERS
from nanie_actors.web.pages import Assets
from nanie_actors.web.server import listen_on

TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeSite]:
    with site() as made:
        yield made


@pytest.fixture(scope="module")
def closed() -> Iterator[FakeSite]:
    with site(token=TOKEN) as made:
        yield made


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_files_of_the_package_are_served_with_their_types(shared: FakeSite) -> None:
    script = shared.get("/assets/picture/picture.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "export function mount" in script.text
    assert shared.get("/assets/picture/picture.css").headers["content-type"].startswith("text/css")


def test_a_file_that_has_not_changed_is_not_sent_again(shared: FakeSite) -> None:
    first = shared.get("/assets/picture/picture.js")
    assert first.headers["cache-control"] == "no-cache"
    again = shared.get("/assets/picture/picture.js", if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    ["/assets/", "/assets/no.js", "/assets/../server.py", "/assets/%2e%2e/server.py", "/assets//etc/passwd"],
)
def test_nothing_else_is_there(shared: FakeSite, path: str) -> None:
    assert shared.get(path).status_code == 404


def test_the_page_is_the_index_of_the_assets(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    app = Starlette(routes=[Route("/", Assets(tmp_path).index)])

    async def page() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/")

    answer = asyncio.run(page())
    assert answer.text == "<!doctype html>"
    assert answer.headers["content-type"].startswith("text/html")


# ── decisions ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("act", ["retry", "skip"])
def test_a_quarantined_group_is_decided_about(shared: FakeSite, act: str) -> None:
    answer = shared.get(f"/api/groups/{QUARANTINED}/{act}", "POST")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert shared.control.decided[-1] == (act, QUARANTINED)


@pytest.mark.parametrize(("group", "problem"), [(GROUP, "not quarantined"), ("x", "not a group id")])
def test_what_cannot_be_decided_is_told(shared: FakeSite, group: str, problem: str) -> None:
    answer = shared.get(f"/api/groups/{group}/retry", "POST")
    assert (answer.status_code, answer.json()["ok"]) == (409, False)
    assert problem in answer.json()["error"]


def test_reading_decides_nothing(shared: FakeSite) -> None:
    before = len(shared.control.decided)
    assert shared.get(f"/api/groups/{QUARANTINED}/retry").status_code == 405
    foreign = shared.get(f"/api/groups/{QUARANTINED}/retry", "POST", origin="http://evil.example")
    assert foreign.status_code == 403
    assert len(shared.control.decided) == before


# ── probes ──────────────────────────────────────────────────────────────────────────────────────────────


def test_health_is_told_by_the_status_and_its_reasons_by_the_body(shared: FakeSite) -> None:
    alive, ready = shared.get("/healthz"), shared.get("/readyz")
    assert (alive.status_code, alive.json()["ok"]) == (200, True)
    assert (ready.status_code, ready.json()["checks"]) == (503, {"disk": "the disk refuses writes"})


def test_metrics_are_text_for_prometheus(shared: FakeSite) -> None:
    answer = shared.get("/metrics")
    assert answer.text == "nanie_info 1.0\n"
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_metrics_without_their_library_are_unavailable(
    shared: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> str:
        raise Unavailable("prometheus_client is not installed.")

    monkeypatch.setattr(shared.control, "metrics", missing)
    assert shared.get("/metrics").status_code == 503


def test_probes_alone_come_without_page_and_websockets() -> None:
    with site(page=False) as probes:
        assert probes.get("/healthz").status_code == 200
        for path in ("/", "/assets/picture/picture.js", f"/api/groups/{QUARANTINED}/retry"):
            assert probes.get(path).status_code == 404
        with pytest.raises(InvalidStatus), probes.websocket("/router"):
            pass


# ── the door ────────────────────────────────────────────────────────────────────────────────────────────


def test_every_answer_is_strict_about_what_a_page_may_do(shared: FakeSite, closed: FakeSite) -> None:
    for answer in (
        shared.get("/healthz"),
        shared.get("/no"),
        closed.get("/"),
        closed.get(f"/?token={TOKEN}"),
    ):
        assert HEADERS.items() <= dict(answer.headers).items()
    assert "unsafe" not in HEADERS["content-security-policy"]


def test_a_foreign_name_of_the_host_is_turned_away(shared: FakeSite) -> None:
    assert shared.get("/healthz", host="evil.example").status_code == 403
    with pytest.raises(InvalidStatus) as refused, shared.websocket(origin="http://evil.example"):
        pass
    assert refused.value.response.status_code == 403


def test_with_a_token_a_browser_is_let_in_once_it_has_shown_it(closed: FakeSite) -> None:
    with httpx.Client(base_url=closed.url, trust_env=False, timeout=WITHIN_S) as browser:
        assert browser.get("/metrics").status_code == 401
        entered = browser.get(f"/?token={TOKEN}")
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        assert browser.get("/metrics").status_code == 200
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    with closed.websocket(additional_headers={"Cookie": cookie}) as client:
        say(client, {"watch": 1})
        assert hear(client)["reply"]["code"] == "INVALID_MESSAGE"


def test_with_a_token_nobody_else_is_let_in(closed: FakeSite) -> None:
    answer = closed.get("/assets/picture/picture.js")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert closed.get("/metrics", authorization=f"Bearer {TOKEN}").status_code == 200
    for path in ("/router", "/inspect"):
        with pytest.raises(InvalidStatus) as refused, closed.websocket(path):
            pass
        assert refused.value.response.status_code == 401


def test_what_is_sent_is_not_held_back_for_what_may_follow(shared: FakeSite) -> None:
    """A reply and its `done` are two small frames: with Nagle's algorithm the second comes 40 ms later."""
    with shared.websocket():
        (connection, *_) = shared.server._server.server_state.connections
        used = connection.transport.get_extra_info("socket")
        assert used.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


# ── clients that are slow ───────────────────────────────────────────────────────────────────────────────


def test_who_does_not_ask_in_time_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with site() as made, made.websocket() as client, connected(made) as used:
        used.sendall(WHOLE)
        assert received_from(used).startswith(b"HTTP/1.1 200")
        monkeypatch.setattr(protocols, "HEAD_WITHIN_S", 0.05)
        used.sendall(b"GET")
        with connected(made) as silent, connected(made) as slow:
            slow.sendall(b"GET /healthz HT")
            for connection in (used, silent, slow):
                while received_from(connection):
                    pass
        say(client, {"watch": 1})  # a websocket may be silent for as long as it likes
        assert hear(client)["reply"]["code"] == "INVALID_MESSAGE"


def test_who_does_not_read_an_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "TAKEN_WITHIN_S", 0.05)
    with site() as made:
        monkeypatch.setattr(made.control, "metrics", lambda: "x" * (64 << 20))
        with connected(made) as deaf:
            deaf.sendall(WHOLE.replace(b"/healthz", b"/metrics"))
            until(lambda: not made.server._server.server_state.connections)
            assert made.get("/healthz").status_code == 200


WHOLE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connected(made: FakeSite) -> socket.socket:
    return socket.create_connection(("127.0.0.1", made.port), WITHIN_S)


def received_from(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 16)
    except ConnectionResetError:
        return b""


# ── address and end ─────────────────────────────────────────────────────────────────────────────────────


def test_an_address_that_is_taken_is_told_with_what_to_do(shared: FakeSite) -> None:
    with pytest.raises(SettingsError, match=r"cannot be served on .* --listen"):
        listen_on(Address("127.0.0.1", shared.port))


def test_after_the_stop_there_is_no_thread_and_no_listener() -> None:
    before = set(threading.enumerate())
    with site() as made, httpx.Client(base_url=made.url, trust_env=False) as browser:
        assert browser.get("/healthz").status_code == 200  # and the connection stays open
        with made.websocket("/inspect"):
            made.transport.stop()
            assert made.server.stop(WITHIN_S)
        assert made.server.stop(WITHIN_S)
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name == "web"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", made.port))


def test_a_server_that_never_started_gives_its_address_back() -> None:
    made = FakeSite()
    assert made.server.stop(WITHIN_S)
    listen_on(Address("127.0.0.1", made.port)).close()
