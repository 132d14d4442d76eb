"""The control socket: its requests, its manners, and what it does with bad ones."""

from __future__ import annotations

import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from control_sockets import GROUP, QUARANTINED, RULES, FakeControl, FakeWorker, fake_worker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import json_values

from nanie_actors.errors import InvalidMessage, StateError, WorkerUnreachable
from nanie_actors.inspection.client_line import UNREAD_BYTES, ClientLine
from nanie_actors.inspection.control_client import ControlClient, Refused
from nanie_actors.inspection.control_server import MOST_CLIENTS, ControlServer
from nanie_actors.inspection.dump import DumpRequest
from nanie_actors.inspection.wire import parse_request
from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import Outgoing

ROW = {"id": "r1", "conversation_id": "c1", "content": "x"}


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeWorker]:
    """A path in the usual temporary folder of pytest may be too long for a socket."""
    with TemporaryDirectory() as folder:
        with fake_worker(Path(folder) / "run" / "nanie.sock") as worker:
            yield worker
        assert not worker.path.exists()


@pytest.fixture
def own() -> Iterator[FakeWorker]:
    with TemporaryDirectory() as folder, fake_worker(Path(folder) / "nanie.sock") as worker:
        yield worker


def push(worker: FakeWorker, conversation: str, body: bytes) -> None:
    worker.server.deliver(Outgoing(ConversationId(conversation), body), lambda _: None)


# ── requests ────────────────────────────────────────────────────────────────────────────────────────────


def test_each_request_is_answered(shared: FakeWorker) -> None:
    with shared.client() as client:
        assert client.request("facts")["pid"] == 7
        assert client.request("groups")[0]["name"] == "Family"
        assert client.request("snapshot", group=GROUP) == {"written": [GROUP], "failed": {}}
        assert client.request("dump", verbose=True, group=GROUP) == {"actors": []}
        assert client.request("retry", group=QUARANTINED) is None
        assert client.request("skip", group=QUARANTINED) is None
    assert shared.asked[-1] == DumpRequest(GROUP, None, True)
    assert shared.control.decided[-2:] == [("retry", QUARANTINED), ("skip", QUARANTINED)]


def test_a_request_that_cannot_be_carried_out_is_refused_with_a_reason(shared: FakeWorker) -> None:
    with shared.client() as client:
        requests: list[tuple[str, str, dict[str, Any]]] = [
            ("not quarantined", "retry", {"group": GROUP}),
            ("not a group id", "skip", {"group": "../x"}),
            ("wrong", "fly", {}),
            ("wrong", "dump", {"verbose": "yes"}),
            ("content", "send", {"row": {"id": "r", "conversation_id": "c"}}),
            ("bot", "send", {"row": {**ROW, "is_bot": True}}),
        ]
        for problem, op, fields in requests:
            with pytest.raises(Refused, match=problem):
                client.request(op, **fields)
        assert client.request("facts")["pid"] == 7


def test_a_fault_of_the_worker_is_told_and_the_connection_stays(own: FakeWorker) -> None:
    own.taken = {"actors": object()}
    with own.client() as client:
        with pytest.raises(Refused, match="TypeError"):
            client.request("dump")
        assert client.request("facts")["pid"] == 7


def test_the_worker_answers_before_it_stops(own: FakeWorker) -> None:
    with own.client() as client:
        client.request("stop")
        assert own.control.stopped.wait(10)


def test_who_says_all_at_once_and_ends_its_input_gets_its_answers(shared: FakeWorker) -> None:
    with socket.socket(socket.AF_UNIX) as raw, raw.makefile("rb") as lines:
        raw.settimeout(10)
        raw.connect(str(shared.path))
        raw.sendall(b'{"op":"facts"}\n{"op":"groups"}')
        raw.shutdown(socket.SHUT_WR)
        assert [orjson.loads(line)["ok"] for line in lines] == [True, True]


# ── as a router ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_reply_goes_to_its_sender_and_a_push_to_those_who_watch(own: FakeWorker) -> None:
    own.replies = [b'{"a":1}']
    with own.client() as sender, own.client() as watcher, own.client() as other, own.client() as every:
        watcher.request("tail", conversations=["c1"])
        other.request("tail", conversations=["c2"])
        every.request("tail")
        sender.request("send", row=ROW)
        push(own, "c1", b'{"b":2}')
        push(own, "c2", b'{"c":3}')
        assert sender.next() == {"conversation_id": "c1", "reply": {"a": 1}, "in_reply_to": "r1"}
        assert sender.next() == {"done": "r1"}
        assert watcher.next() == {"conversation_id": "c1", "push": {"b": 2}}
        assert other.next() == {"conversation_id": "c2", "push": {"c": 3}}
        assert [every.next()["push"] for _ in range(2)] == [{"b": 2}, {"c": 3}]


def test_a_sender_is_in_the_worker_s_own_room_unless_it_names_another(own: FakeWorker) -> None:
    with own.client() as client:
        client.request("send", row=ROW)
        client.request("send", row={**ROW, "id": "r2", "room_id": RULES.room_id})
        with pytest.raises(Refused, match="another room"):
            client.request("send", row={**ROW, "id": "r3", "room_id": "elsewhere"})


def test_an_id_that_is_under_way_is_refused_so_that_no_reply_goes_astray(own: FakeWorker) -> None:
    with own.client() as first, own.client() as second:
        first.request("send", row=ROW)
        with pytest.raises(Refused, match="under way"):
            second.request("send", row=ROW)
        own.server.settled(RowId("r1"), False)
        second.request("send", row=ROW)


def test_a_stopping_worker_takes_no_message(own: FakeWorker) -> None:
    own.server.stop_intake()
    with own.client() as client, pytest.raises(Refused, match="stopping"):
        client.request("send", row=ROW)


def test_a_message_that_comes_too_late_ends_the_connection_instead_of_hanging(own: FakeWorker) -> None:
    own.closed = True
    with own.client() as client:
        client.request("send", row=ROW)
        with pytest.raises(WorkerUnreachable, match="stopping"):
            client.next()


def test_a_reply_to_a_client_that_is_gone_counts_as_taken(own: FakeWorker) -> None:
    taken = Queue[bool]()
    with own.client() as client:
        client.request("send", row=ROW)
    own.server.deliver(Outgoing(ConversationId("c1"), b"{}", RowId("r1")), taken.put)
    assert taken.get(timeout=10)


# ── clients that misbehave ──────────────────────────────────────────────────────────────────────────────


def test_a_watcher_that_does_not_read_is_hung_up_on_and_delays_nobody(own: FakeWorker) -> None:
    with own.client() as lazy, own.client() as eager:
        lazy.request("tail")
        body = orjson.dumps({"x": "y" * 10_000})
        for _ in range(3_000):
            push(own, "c1", body)
        assert eager.request("facts")["pid"] == 7
        taken = sum(1 for _ in lazy.stream())
    assert taken < 3_000


def test_what_a_client_leaves_unread_is_bounded_in_bytes_but_one_line_may_be_longer() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.settimeout(10)
        client = ClientLine(ours, 1_000)
        line = b"x" * (UNREAD_BYTES + 1)
        for _ in range(3):
            client.send(line)
        received = 0
        while chunk := theirs.recv(1 << 20):
            received += len(chunk)
        client.close()
    assert received < 2 * len(line)


def test_more_clients_than_there_may_be_are_turned_away(own: FakeWorker) -> None:
    with ExitStack() as connected:
        for _ in range(MOST_CLIENTS):
            connected.enter_context(own.client()).request("facts")
        with own.client() as client, pytest.raises(WorkerUnreachable, match="too many clients"):
            client.request("facts")


def test_a_request_without_end_is_refused_in_bounded_memory(shared: FakeWorker) -> None:
    with shared.client() as client:
        client._socket.sendall(b"x" * (8 << 20) + b"\n")
        with pytest.raises(Refused, match="send less"):
            client.data(client.next())
        assert client.request("facts")["pid"] == 7


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200).filter(lambda b: b.strip() and b"\n" not in b))
def test_garbage_is_refused_and_the_connection_stays(shared: FakeWorker, garbage: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as raw, raw.makefile("rb") as lines:
        raw.settimeout(10)
        raw.connect(str(shared.path))
        raw.sendall(garbage + b'\n{"op":"facts"}\n')
        assert orjson.loads(lines.readline())["ok"] is False
        assert orjson.loads(lines.readline())["ok"] is True


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from([*ROW, "room_id", "sender_id", "is_bot"]), json_values))
def test_any_row_is_taken_or_refused(shared: FakeWorker, row: dict[str, object]) -> None:
    shared.replies = [b"{}"]
    with shared.client() as client:
        with suppress(Refused):
            client.request("send", row=row)
            assert client.next()["reply"] == {}
            assert "done" in client.next()
        assert client.request("facts")["pid"] == 7


def test_a_row_that_is_nested_too_deeply_is_refused(shared: FakeWorker) -> None:
    nested = b'{"a":' * 500 + b"1" + b"}" * 500
    with shared.client() as client:
        client._socket.sendall(b'{"op":"send","row":{"content":' + nested + b"}}\n")
        with pytest.raises(Refused, match="nested too deeply"):
            client.data(client.next())


@given(st.binary() | st.dictionaries(st.sampled_from(["op", "row", "group"]), json_values).map(orjson.dumps))
def test_any_request_is_understood_or_refused(line: bytes) -> None:
    with suppress(InvalidMessage):
        parse_request(line)


# ── the socket's file ───────────────────────────────────────────────────────────────────────────────────


def test_only_the_owner_may_reach_the_socket(shared: FakeWorker) -> None:
    assert stat.S_IMODE(shared.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(shared.path.parent.stat().st_mode) == 0o700


def test_a_folder_that_others_could_enter_is_closed_to_them() -> None:
    with TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        run.mkdir(mode=0o755)
        with fake_worker(run / "nanie.sock"):
            assert stat.S_IMODE(run.stat().st_mode) == 0o700


def test_a_socket_left_by_a_killed_worker_is_replaced() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "nanie.sock"
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
        with fake_worker(path) as worker, worker.client() as client:
            assert client.request("facts")["pid"] == 7


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_socket_is_left_alone(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("nanie.sock")
    match kind:
        case "file":
            path.write_text("mine")
        case "folder":
            path.mkdir()
        case _:
            path.symlink_to("elsewhere")
    with pytest.raises(StateError, match="move it away"):
        serve_nothing(path).open()
    assert path.is_symlink() or path.exists()


def test_a_path_that_is_too_long_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="--state"):
        serve_nothing(tmp_path / ("x" * 120)).open()


def test_a_folder_that_cannot_be_made_is_refused_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("run").write_text("no folder")
    with pytest.raises(StateError, match="--state"):
        serve_nothing(Path("run/nanie.sock")).open()


def serve_nothing(path: Path) -> ControlServer:
    return ControlServer(path, RULES, lambda _: {}, FakeControl())


# ── the client ──────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_worker_the_client_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(WorkerUnreachable, match="nanie run"):
        ControlClient(tmp_path / "nanie.sock")


def test_a_worker_that_never_answers_is_given_up_in_time() -> None:
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{folder}/s")
        silent.listen()
        client = ControlClient(Path(folder) / "s", timeout_s=0.05)
        with client, pytest.raises(WorkerUnreachable, match="in time"):
            client.request("facts")


def test_something_else_that_answers_is_recognised() -> None:
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as other:
        other.bind(f"{folder}/s")
        other.listen()
        with ControlClient(Path(folder) / "s") as client:
            answering, _ = other.accept()
            with answering:
                answering.sendall(b"220 ready\n")
                with pytest.raises(WorkerUnreachable, match="no worker of this program"):
                    client.request("facts")


def test_a_stop_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    with TemporaryDirectory() as folder, fake_worker(Path(folder) / "nanie.sock") as worker:
        with worker.client() as client:
            client.request("tail")
            serving = set(threading.enumerate()) - before
            worker.server.stop()
            assert list(client.stream()) == []
        for thread in serving:
            thread.join(10)
    assert len(serving) == 3
    assert not any(thread.is_alive() for thread in serving)
