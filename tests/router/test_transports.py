"""One suite for every way to the app: stdio over real pipes, the control socket, websockets, memory, Supabase
over the stand-in, NATS over a real server, and the example of the documentation."""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid4, uuid5

import nats_world
import orjson
import pytest
from control_sockets import FakeControl
from letterbox_transport import LetterboxTransport
from nats_app import app_on
from nats_server import NatsServer, nats_server
from postgres import Database, Postgres, running
from supabase_standin import standin_on
from supabase_world import transport_on, until
from web_pages import hear, say, site

from nanie_actors.inspection.control_server import ControlServer
from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import Outgoing, RouterRow, RouterTransport
from nanie_actors.router.envelope import RowRules
from nanie_actors.router.memory import MemoryTransport
from nanie_actors.router.stdio import REFUSALS, StdioTransport

RULES = RowRules(agent_id="agent", room_id="", row_bytes=10_000)
WITHIN_S = 10.0


class Inbox:
    def __init__(self) -> None:
        self.rows: Queue[RouterRow] = Queue()

    def put(self, row: RouterRow) -> None:
        self.rows.put(row)

    def next(self) -> RouterRow:
        return self.rows.get(timeout=WITHIN_S)


@dataclass
class Setup:
    """A started transport, and the other side of it."""

    transport: RouterTransport
    inbox: Inbox
    send: Callable[[dict[str, Any]], None]
    receive: Callable[[], dict[str, Any]]
    """The next reply, as {"conversation_id", "reply", "in_reply_to"}."""


@contextmanager
def memory() -> Iterator[Setup]:
    transport, inbox = MemoryTransport(), Inbox()
    transport.start(inbox)

    def send(row: dict[str, Any]) -> None:
        content = row["content"] if isinstance(row["content"], str) else orjson.dumps(row["content"]).decode()
        transport.put(RouterRow(RowId(row["id"]), ConversationId(row["conversation_id"]), content, "memory"))

    def receive() -> dict[str, Any]:
        out = transport.out[-1].out
        return {
            "conversation_id": out.conversation,
            "reply": orjson.loads(out.body),
            "in_reply_to": out.in_reply_to,
        }

    yield Setup(transport, inbox, send, receive)
    transport.stop()


@contextmanager
def stdio() -> Iterator[Setup]:
    their_end, our_in = os.pipe()
    our_out, their_in = os.pipe()
    transport, inbox = StdioTransport(RULES, source=their_end, target=their_in), Inbox()
    transport.start(inbox)
    with os.fdopen(our_in, "wb", buffering=0) as writing, os.fdopen(our_out, "rb") as reading:

        def send(row: dict[str, Any]) -> None:
            writing.write(orjson.dumps(row) + b"\n")

        def receive() -> dict[str, Any]:
            value: dict[str, Any] = orjson.loads(reading.readline())
            return value

        yield Setup(transport, inbox, send, receive)
        transport.stop()
    os.close(their_end)
    os.close(their_in)


@contextmanager
def control() -> Iterator[Setup]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "nanie.sock"
        transport = ControlServer(path, RULES, lambda _: {}, FakeControl())
        transport.open()
        inbox = Inbox()
        transport.start(inbox)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(WITHIN_S)
            client.connect(str(path))
            lines = client.makefile("rb")

            def send(row: dict[str, Any]) -> None:
                client.sendall(orjson.dumps({"op": "send", "row": row}) + b"\n")
                assert orjson.loads(lines.readline())["ok"]

            def receive() -> dict[str, Any]:
                value: dict[str, Any] = orjson.loads(lines.readline())
                return value

            yield Setup(transport, inbox, send, receive)
            transport.stop()
            lines.close()


@contextmanager
def websocket() -> Iterator[Setup]:
    with site(rules=RULES) as made, made.websocket() as client:
        inbox = Inbox()
        made.transport.start(inbox)
        yield Setup(
            made.transport, inbox, lambda row: say(client, row), lambda: cast("dict[str, Any]", hear(client))
        )


def as_uuid(name: str) -> str:
    """The id that a database has for what the cases call `c1` or `r1`."""
    return str(uuid5(NAMESPACE_URL, name))


class Renamed:
    """A transport whose ids are UUIDs, as the cases see it: with their own short names."""

    def __init__(self, transport: RouterTransport) -> None:
        self.name = transport.name
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def deliver(self, out: Outgoing, accepted: Callable[[bool], None]) -> None:
        asked = None if out.in_reply_to is None else RowId(as_uuid(out.in_reply_to))
        conversation = ConversationId(as_uuid(out.conversation))
        self._transport.deliver(Outgoing(conversation, out.body, asked), accepted)


class RenamedInbox(Inbox):
    """Rows whose ids are UUIDs, with the names that the cases gave them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, str] = {}

    def put(self, row: RouterRow) -> None:
        named = replace(
            row,
            row_id=RowId(self.names[row.row_id]),
            conversation=ConversationId(self.names[row.conversation]),
        )
        super().put(named)


@contextmanager
def supabase(database: Database) -> Iterator[Setup]:
    inbox = RenamedInbox()
    read = 0
    with standin_on(database) as standin, transport_on(standin, inbox) as transport:

        def send(row: dict[str, Any]) -> None:
            ids = {key: as_uuid(row[key]) for key in ("id", "conversation_id")}
            inbox.names |= {made: row[key] for key, made in ids.items()}
            content = row["content"]
            text = content if isinstance(content, str) else orjson.dumps(content).decode()
            database.rows(
                "insert into conversations (id) values (%s) on conflict do nothing returning id",
                ids["conversation_id"],
            )
            database.rows(
                "insert into messages (id, conversation_id, content) values (%s, %s, %s) returning id",
                ids["id"],
                ids["conversation_id"],
                text,
            )

        def receive() -> dict[str, Any]:
            nonlocal read
            query = "select * from messages where is_bot order by nanie_seq offset %s limit 1"
            until(lambda: bool(database.rows(query, read)), "the reply")
            (found,) = database.rows(query, read)
            read += 1
            return {
                "conversation_id": inbox.names[str(found["conversation_id"])],
                "reply": orjson.loads(found["content"]),
                "in_reply_to": inbox.names[found["nanie_key"].partition("/")[0]],
            }

        yield Setup(cast("RouterTransport", Renamed(transport)), inbox, send, receive)


class ScopedInbox(Inbox):
    """Rows whose ids hold the name of their conversation, with the names that the cases gave them."""

    def put(self, row: RouterRow) -> None:
        super().put(replace(row, row_id=RowId(row.row_id.removeprefix(f"{row.conversation}/"))))


@contextmanager
def nats(server: NatsServer) -> Iterator[Setup]:
    inbox, prefix = ScopedInbox(), f"test-{uuid4()}"
    read = 0
    with (
        app_on(server.url, prefix=prefix) as app,
        nats_world.transport_on(server.url, inbox, prefix=prefix) as transport,
    ):
        until(app.has_streams, "the streams")

        def send(row: dict[str, Any]) -> None:
            app.say(row["conversation_id"], row["content"], row["id"], sender_id="")

        def receive() -> dict[str, Any]:
            nonlocal read
            until(lambda: len(app.stored(app.names.replies)) > read, "the reply")
            read += 1
            return cast("dict[str, Any]", app.stored(app.names.replies)[read - 1].body)

        yield Setup(transport, inbox, send, receive)


@contextmanager
def letterbox() -> Iterator[Setup]:
    """The example of the documentation: it keeps the contract like the others."""
    with TemporaryDirectory() as folder:
        transport, inbox = LetterboxTransport(Path(folder), RULES), Inbox()
        transport.start(inbox)
        numbers, read = itertools.count(1), itertools.count(1)

        def send(row: dict[str, Any]) -> None:
            path = Path(folder) / "in" / f"{next(numbers):04}.new"
            path.write_bytes(orjson.dumps(row))
            path.rename(path.with_suffix(".json"))

        def receive() -> dict[str, Any]:
            path = Path(folder) / "out" / f"{next(read):012}.json"
            until(path.exists, "the reply")
            value: dict[str, Any] = orjson.loads(path.read_bytes())
            return value

        yield Setup(transport, inbox, send, receive)
        transport.stop()


SETUPS = {
    "memory": memory,
    "stdio": stdio,
    "control": control,
    "websocket": websocket,
    "letterbox": letterbox,
}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def nats_on_loopback() -> Iterator[NatsServer]:
    with nats_server() as server:
        yield server


@pytest.fixture(params=[*SETUPS, "supabase", "nats"])
def setup(request: pytest.FixtureRequest) -> Iterator[Setup]:
    if request.param in SETUPS:
        with SETUPS[request.param]() as made:
            yield made
        return
    if request.param == "nats":
        with nats(request.getfixturevalue("nats_on_loopback")) as made:
            yield made
        return
    database = request.getfixturevalue("postgres").database()
    database.set_up()
    with supabase(database) as made:
        yield made


def row(number: int = 1, content: object = "hello") -> dict[str, Any]:
    return {"id": f"r{number}", "conversation_id": "c1", "content": content}


def test_a_row_comes_in_with_the_name_of_its_transport(setup: Setup) -> None:
    setup.send(row())
    assert setup.inbox.next() == RouterRow(RowId("r1"), ConversationId("c1"), "hello", setup.transport.name)


def test_rows_come_in_in_order(setup: Setup) -> None:
    for number in range(50):
        setup.send(row(number))
    assert [setup.inbox.next().row_id for _ in range(50)] == [f"r{n}" for n in range(50)]


def test_a_content_that_is_an_object_arrives_as_its_json(setup: Setup) -> None:
    setup.send(row(content={"action": "LIST_GROUPS"}))
    assert orjson.loads(setup.inbox.next().content) == {"action": "LIST_GROUPS"}


def test_a_reply_reaches_who_asked_and_is_accepted(setup: Setup) -> None:
    setup.send(row())
    setup.inbox.next()
    accepted = Event()
    out = Outgoing(ConversationId("c1"), b'{"type":"STATUS"}', RowId("r1"))
    setup.transport.deliver(out, lambda ok: accepted.set() if ok else None)
    assert setup.receive() == {
        "conversation_id": "c1",
        "reply": {"type": "STATUS"},
        "in_reply_to": "r1",
    }
    assert accepted.wait(WITHIN_S)


def test_a_push_is_accepted_even_if_nobody_listens(setup: Setup) -> None:
    accepted = Event()
    setup.transport.deliver(Outgoing(ConversationId("c9"), b"{}"), lambda ok: accepted.set() if ok else None)
    assert accepted.wait(WITHIN_S)


def test_what_was_delivered_before_the_stop_still_goes_out(setup: Setup) -> None:
    setup.send(row())
    setup.inbox.next()
    setup.transport.stop_intake()
    setup.transport.deliver(Outgoing(ConversationId("c1"), b'{"last":1}', RowId("r1")), lambda _: None)
    setup.transport.stop()
    assert setup.receive()["reply"] == {"last": 1}


def test_stopping_twice_is_harmless(setup: Setup) -> None:
    setup.transport.stop_intake()
    setup.transport.stop_intake()
    setup.transport.stop()
    setup.transport.stop()


# ── memory alone ────────────────────────────────────────────────────────────────────────────────────────


def test_a_delivery_can_be_held_and_refused_later() -> None:
    answers: list[bool] = []
    with memory() as made:
        transport = made.transport
        assert isinstance(transport, MemoryTransport)
        transport.open = False
        transport.deliver(Outgoing(ConversationId("c1"), b"{}"), answers.append)
        assert answers == []
        transport.out[-1].accepted(False)
    assert answers == [False]


# ── stdio alone ─────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def stdio_alone(**more: Any) -> Iterator[tuple[StdioTransport, int, int]]:
    """A started transport, and the ends of its pipes where a parent writes and reads."""
    their_end, writing = os.pipe()
    reading, their_in = os.pipe()
    transport = StdioTransport(RULES, source=their_end, target=their_in, **more)
    transport.start(Inbox())
    try:
        yield transport, writing, reading
    finally:
        transport.stop()
        for end in (their_end, writing, reading, their_in):
            os.close(end)


def run_through(lines: bytes) -> tuple[list[dict[str, Any]], list[RouterRow]]:
    """What stdio answers by itself, and hands in, for a whole input."""
    their_end, our_in = os.pipe()
    our_out, their_in = os.pipe()
    ended = Event()
    transport, inbox = StdioTransport(RULES, source=their_end, target=their_in, on_end=ended.set), Inbox()
    transport.start(inbox)
    with os.fdopen(our_in, "wb") as writing:
        writing.write(lines)
    assert ended.wait(WITHIN_S)
    transport.stop()
    os.close(their_in)
    with os.fdopen(our_out, "rb") as reading:
        out = [orjson.loads(line) for line in reading]
    os.close(their_end)
    return out, list(inbox.rows.queue)


def test_garbage_is_logged_and_the_next_line_is_read() -> None:
    out, rows = run_through(b"\xff\xfe\x00garbage\n\n[1]\n" + orjson.dumps(row()) + b"\n")
    assert out == []
    assert [r.row_id for r in rows] == ["r1"]


def test_a_last_line_without_newline_counts() -> None:
    _, rows = run_through(orjson.dumps(row()))
    assert [r.row_id for r in rows] == ["r1"]


def test_a_row_that_is_too_long_is_answered_in_its_conversation() -> None:
    out, rows = run_through(orjson.dumps(row(content="x" * 20_000)) + b"\n" + orjson.dumps(row(2)) + b"\n")
    assert [r.row_id for r in rows] == ["r2"]
    assert (out[0]["conversation_id"], out[0]["reply"]["code"], out[0]["in_reply_to"]) == (
        "c1",
        "INVALID_MESSAGE",
        "r1",
    )


def test_a_line_of_ten_megabytes_is_dropped_in_bounded_memory() -> None:
    out, rows = run_through(
        b'{"conversation_id":"' + b"x" * 10_000_000 + b"\n" + orjson.dumps(row(2)) + b"\n"
    )
    assert out == []
    assert [r.row_id for r in rows] == ["r2"]


def test_a_row_without_an_id_is_answered_where_its_conversation_is_known() -> None:
    out, _ = run_through(b'{"conversation_id":"c1","content":"x"}\n')
    assert out[0]["reply"]["code"] == "INVALID_MESSAGE"
    assert '"id"' in out[0]["reply"]["error"]
    assert "in_reply_to" not in out[0]


def test_a_regular_file_may_be_the_input(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(orjson.dumps(row(1)) + b"\n" + orjson.dumps(row(2)))
    ended, inbox = Event(), Inbox()
    with path.open("rb") as file, Path(os.devnull).open("wb") as nowhere:
        transport = StdioTransport(RULES, source=file.fileno(), target=nowhere.fileno(), on_end=ended.set)
        transport.start(inbox)
        assert ended.wait(WITHIN_S)
        transport.stop()
    assert [r.row_id for r in inbox.rows.queue] == ["r1", "r2"]


def test_an_input_that_cannot_be_read_counts_as_ended(tmp_path: Path) -> None:
    ended = Event()
    folder = os.open(tmp_path, os.O_RDONLY)
    with Path(os.devnull).open("wb") as nowhere:
        transport = StdioTransport(RULES, source=folder, target=nowhere.fileno(), on_end=ended.set)
        transport.start(Inbox())
        assert ended.wait(WITHIN_S)
        transport.stop()
    os.close(folder)


def test_a_stop_is_no_end_of_the_input() -> None:
    """`on_end` means that the parent has said all; after a stop nobody knows."""
    ended = Event()
    with stdio_alone(on_end=ended.set) as (transport, _, _):
        transport.stop_intake()
        transport.stop()
    assert not ended.is_set()


def test_an_output_that_does_not_block_is_waited_for() -> None:
    """A parent may share its end non-blocking; a full pipe is then no broken one."""
    with stdio_alone() as (transport, _, reading):
        os.set_blocking(transport._target, False)
        taken = Queue[bool]()
        body = orjson.dumps("x" * 10_000)
        for _ in range(50):
            transport.deliver(Outgoing(ConversationId("c1"), body), taken.put)
        with os.fdopen(os.dup(reading), "rb") as lines:
            assert all(orjson.loads(lines.readline())["reply"] for _ in range(50))
        assert all(taken.get(timeout=WITHIN_S) for _ in range(50))


REFUSABLE = b'{"conversation_id":"c1"}'


def test_a_parent_that_reads_no_refusals_is_not_read_any_further() -> None:
    """Law 7: nothing grows without bound because the other side does not read."""
    transport = StdioTransport(RULES)
    for _ in range(REFUSALS):
        transport._take(REFUSABLE, Inbox())
    transport.stop_intake()
    transport._take(REFUSABLE, Inbox())
    assert transport._out.qsize() == REFUSALS
    transport.stop()


def test_all_refusals_reach_a_parent_that_reads_late() -> None:
    count = 20 * REFUSALS
    with stdio_alone() as (_, writing, reading):
        writer = Thread(target=os.write, args=(writing, (REFUSABLE + b"\n") * count))
        writer.start()
        with os.fdopen(os.dup(reading), "rb") as lines:
            codes = {orjson.loads(lines.readline())["reply"]["code"] for _ in range(count)}
        writer.join(WITHIN_S)
    assert codes == {"INVALID_MESSAGE"}


def test_a_reader_that_is_gone_is_noticed_and_pushes_stay_open() -> None:
    their_end, our_in = os.pipe()
    our_out, their_in = os.pipe()
    os.close(our_out)
    broken, answers = Event(), list[bool]()
    transport = StdioTransport(RULES, source=their_end, target=their_in, on_broken=broken.set)
    transport.start(Inbox())
    transport.deliver(Outgoing(ConversationId("c1"), b"{}"), answers.append)
    assert broken.wait(WITHIN_S)
    transport.deliver(Outgoing(ConversationId("c1"), b"{}", RowId("r1")), answers.append)
    transport.stop()
    assert answers == [False]
    for end in (their_end, our_in, their_in):
        os.close(end)
