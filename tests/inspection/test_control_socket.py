"""The control socket: its requests, its manners, and what it does with bad ones."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanie_actors.errors import InvalidMessage, StateError, WorkerUnreachable
from nanie_actors.inspection.control_client import ControlClient, Refused
from nanie_actors.inspection.control_server import ControlServer
from nanie_actors.inspection.dump import DumpRequest
from nanie_actors.inspection.port import GroupListing, SnapshotResult
from nanie_actors.inspection.wire import parse_request
from nanie_actors.model import ConversationId, EpochMs, GroupId, RowId
from nanie_actors.router.edge import Outgoing, RouterRow
from nanie_actors.router.envelope import RowRules

RULES = RowRules(agent_id="agent", room_id="", row_bytes=10_000)
GROUP = GroupId("1@g.us")


class Control:
    """A worker that remembers what it was asked."""

    def __init__(self) -> None:
        self.stopped = Event()
        self.quarantined = {GROUP}

    def facts(self) -> Mapping[str, Any]:
        return {"pid": 7}

    def snapshot(self, group: GroupId | None, done: Any) -> None:
        done(SnapshotResult((group or GROUP,), {}))

    def groups(self, deadline_s: float) -> list[GroupListing]:
        return [GroupListing(GROUP, "Family", 3, EpochMs(5), "active", 1, None)]

    def retry(self, group: GroupId) -> bool:
        return group in self.quarantined

    def skip(self, group: GroupId) -> bool:
        return group in self.quarantined

    def stop(self) -> None:
        self.stopped.set()


class Inbox:
    def __init__(self) -> None:
        self.rows: list[RouterRow] = []
        self.came = Event()

    def put(self, row: RouterRow) -> None:
        self.rows.append(row)
        self.came.set()


class Socket:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.control = Control()
        self.inbox = Inbox()
        self.asked: list[DumpRequest] = []
        self.server = ControlServer(path, RULES, self._dump, self.control)
        self.server.open()
        self.server.start(self.inbox)

    def _dump(self, request: DumpRequest) -> Mapping[str, Any]:
        self.asked.append(request)
        return {"actors": []}

    def client(self) -> ControlClient:
        return ControlClient(self.path)


@pytest.fixture(scope="module")
def running() -> Iterator[Socket]:
    with TemporaryDirectory() as folder:
        made = Socket(Path(folder) / "run" / "nanie.sock")
        yield made
        made.server.stop()
        assert not made.path.exists()


def test_only_the_owner_may_reach_the_socket(running: Socket) -> None:
    assert stat.S_IMODE(running.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(running.path.parent.stat().st_mode) == 0o700


def test_each_request_is_answered(running: Socket) -> None:
    with running.client() as client:
        assert client.request("facts") == {"pid": 7}
        assert client.request("groups")[0]["name"] == "Family"
        assert client.request("snapshot", group=GROUP) == {"written": [GROUP], "failed": {}}
        assert client.request("dump", verbose=True, group=GROUP) == {"actors": []}
        assert client.request("retry", group=GROUP) is None
        assert client.request("skip", group=GROUP) is None
    assert running.asked[-1] == DumpRequest(GROUP, None, True)


def test_a_request_that_cannot_be_carried_out_is_refused_with_a_reason(running: Socket) -> None:
    with running.client() as client:
        with pytest.raises(Refused, match="not quarantined"):
            client.request("retry", group="2@g.us")
        with pytest.raises(Refused, match="not a group id"):
            client.request("skip", group="../x")
        with pytest.raises(Refused, match="wrong"):
            client.request("fly")
        with pytest.raises(Refused, match="content"):
            client.request("send", row={"id": "r", "conversation_id": "c"})
        assert client.request("facts") == {"pid": 7}


def test_a_reply_goes_to_its_sender_and_a_push_to_those_who_watch(running: Socket) -> None:
    with running.client() as sender, running.client() as watcher, running.client() as other:
        watcher.request("tail", conversations=["c1"])
        other.request("tail", conversations=["c2"])
        sender.request("send", row={"id": "r1", "conversation_id": "c1", "content": "x"})
        running.server.deliver(Outgoing(ConversationId("c1"), b'{"a":1}', RowId("r1")), lambda _: None)
        running.server.settled(RowId("r1"), False)
        running.server.deliver(Outgoing(ConversationId("c1"), b'{"b":2}'), lambda _: None)
        running.server.deliver(Outgoing(ConversationId("c2"), b'{"c":3}'), lambda _: None)
        assert sender.next() == {"conversation_id": "c1", "reply": {"a": 1}, "in_reply_to": "r1"}
        assert sender.next() == {"done": "r1"}
        assert watcher.next() == {"conversation_id": "c1", "push": {"b": 2}}
        assert other.next() == {"conversation_id": "c2", "push": {"c": 3}}


def test_a_watcher_that_does_not_read_is_hung_up_on_and_delays_nobody(running: Socket) -> None:
    with running.client() as lazy, running.client() as eager:
        lazy.request("tail")
        body = orjson.dumps({"x": "y" * 10_000})
        for _ in range(3_000):
            running.server.deliver(Outgoing(ConversationId("c1"), body), lambda _: None)
        assert eager.request("facts") == {"pid": 7}
        taken = sum(1 for _ in lazy.stream())
    assert taken < 3_000


def test_the_worker_can_be_asked_to_stop(running: Socket) -> None:
    with running.client() as client:
        client.request("stop")
    assert running.control.stopped.is_set()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200).filter(lambda b: b.strip() and b"\n" not in b))
def test_garbage_is_refused_and_the_connection_stays(running: Socket, garbage: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(10)
        raw.connect(str(running.path))
        raw.sendall(garbage + b'\n{"op":"facts"}\n')
        lines = raw.makefile("rb")
        assert orjson.loads(lines.readline())["ok"] is False
        assert orjson.loads(lines.readline())["ok"] is True
        lines.close()


@given(st.binary())
def test_any_request_is_understood_or_refused(line: bytes) -> None:
    with suppress(InvalidMessage):
        parse_request(line)


def test_a_path_that_is_too_long_is_refused_with_advice(tmp_path: Path) -> None:
    server = ControlServer(tmp_path / ("x" * 120), RULES, lambda _: {}, Control())
    with pytest.raises(StateError, match="--state"):
        server.open()


def test_without_a_worker_the_client_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(WorkerUnreachable, match="nanie run"):
        ControlClient(tmp_path / "nanie.sock")


def test_a_socket_left_by_a_killed_worker_is_replaced() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "nanie.sock"
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
        made = Socket(path)
        with made.client() as client:
            assert client.request("facts") == {"pid": 7}
        made.server.stop()
