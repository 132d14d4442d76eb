"""A real worker with the page: over real sockets, from its start to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from processes import WITHIN_S, Nanie, run, worker
from web_pages import hear, say
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from nanie_actors.inspection.control_client import ControlClient

TOKEN = "a-token-of-some-length"
HERE = ("--listen", "127.0.0.1:0")


@pytest.fixture
def state() -> Iterator[Path]:
    """A short path: the control socket's may not be long."""
    with TemporaryDirectory() as folder:
        yield Path(folder) / "nanie"


def url_of(nanie: Nanie, state: Path) -> str:
    """Where the worker serves, once it answers on stdio."""
    nanie.until_reply(nanie.send("nobody", "LIST_GROUPS"), "DATA")
    with ControlClient(state / "run" / "nanie.sock") as client:
        url = client.request("facts")["web"]
    assert isinstance(url, str)
    return url


@contextmanager
def client_of(url: str, path: str = "/router", **headers: str) -> Iterator[Connection]:
    address = url.replace("http", "ws") + path
    with connect(address, additional_headers=headers, open_timeout=WITHIN_S, proxy=None) as client:
        yield client


def command(number: int, conversation: str, action: str, **fields: Any) -> dict[str, Any]:
    return {"id": f"web-{number}", "conversation_id": conversation, "content": {"action": action, **fields}}


def until_done(client: Connection, row: str) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    while (frame := hear(client)) != {"done": row}:
        frames.append(frame)
    return frames


def test_what_one_conversation_adds_the_other_one_of_the_group_sees_over_the_websocket(state: Path) -> None:
    with worker(state, "--ui", *HERE) as nanie:
        url = url_of(nanie, state)
        with client_of(url) as client, client_of(url) as stranger:
            say(client, command(1, "anna", "START_STANDALONE"))
            replies = [frame["reply"] for frame in until_done(client, "web-1")]
            assert replies[0]["text"] == "LINKED"
            group = replies[1]["data"]["groupId"]
            say(stranger, {"watch": ["eve"]})
            say(stranger, command(2, "eve", "GET_STATUS"))
            assert [frame["reply"]["code"] for frame in until_done(stranger, "web-2")] == [
                "GROUP_SELECTION_REQUIRED"
            ]
            nanie.until_reply(nanie.send("anna", "ADD_EVENT", text="bath"), "STATUS")
            update = hear(client)
            while not update["reply"].get("data", {}).get("events"):
                update = hear(client)
            assert (update["conversation_id"], update["reply"]["data"]["groupId"]) == ("anna", group)
            say(stranger, command(3, "eve", "GET_STATUS"))
            assert {frame["conversation_id"] for frame in until_done(stranger, "web-3")} == {"eve"}


def test_the_operators_view_shows_the_real_actors(state: Path) -> None:
    with worker(state, "--ui", *HERE) as nanie:
        url = url_of(nanie, state)
        with client_of(url, "/inspect") as client:
            seen: dict[str, Any] = {}
            while not {"dump", "groups", "pairing"} <= seen.keys():
                frame = hear(client)
                seen[frame["kind"]] = frame["data"]
        assert {"guardian", "registry", "gateway"} <= {actor["name"] for actor in seen["dump"]["actors"]}
        assert "websocket" in seen["dump"]["worker"]["routers"]
        assert seen["pairing"]["state"] == "unavailable"


def test_an_open_page_does_not_hold_up_the_end_of_the_worker(state: Path) -> None:
    with worker(state, "--ui", *HERE) as nanie:
        url = url_of(nanie, state)
        with client_of(url) as client, client_of(url, "/inspect"), httpx.Client(trust_env=False) as browser:
            assert browser.get(f"{url}/readyz", timeout=WITHIN_S).json()["ok"]
            assert nanie.end() == 0
            with pytest.raises(ConnectionClosed) as ended:
                client.recv(timeout=WITHIN_S)
            assert ended.value.rcvd is not None
            assert ended.value.rcvd.code == 1001
    assert b"rror" not in (state.parent / "stderr.log").read_bytes()


def test_http_alone_is_for_programs_that_watch(state: Path) -> None:
    with worker(state, "--http", *HERE, NANIE_WEB__TOKEN=TOKEN) as nanie:
        url = url_of(nanie, state)
        with httpx.Client(base_url=url, trust_env=False, timeout=WITHIN_S) as program:
            assert program.get("/healthz").json()["ok"]
            assert program.get("/metrics").status_code == 401
            known = {"Authorization": f"Bearer {TOKEN}"}
            assert "nanie_info" in program.get("/metrics", headers=known).text
            assert program.get("/", headers=known).status_code == 404
        assert nanie.end() == 0
    assert TOKEN.encode() not in (state.parent / "stderr.log").read_bytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--ui", "--listen", "0.0.0.0:0"), "is open to other machines: set a token"),
        (("--ui", "--listen", "nowhere"), "must be an address and a port"),
        (("--ui", "--listen", "192.0.2.1:0"), "is open to other machines"),
    ],
)
def test_an_address_that_will_not_do_is_told_in_one_line(
    state: Path, options: tuple[str, ...], told: str
) -> None:
    ended = run("run", *options, "--state", str(state))
    assert ended.returncode == 1
    assert told in ended.stderr.decode()
    assert ended.stderr.count(b"\n") == 1


def test_two_pages_at_one_address_are_one_too_many(state: Path) -> None:
    with worker(state, "--ui", *HERE) as nanie:
        port = url_of(nanie, state).rpartition(":")[2]
        ended = run("run", "--ui", "--listen", f"127.0.0.1:{port}", "--state", str(state.with_name("other")))
    assert ended.returncode == 1
    assert b"cannot be served on" in ended.stderr
