"""Law: whatever clients watch, send and leave, nothing of one client's conversations reaches another one."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson
from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import Outgoing, RouterRow
from nanie_actors.router.envelope import RowRules
from nanie_actors.router.websocket.outbox import UNREAD_BYTES, UNREAD_FRAMES, Outbox
from nanie_actors.router.websocket.transport import WebSocketTransport

CLIENTS = range(3)
CONVERSATIONS = st.sampled_from(["c1", "c2", "c3"])
OPERATIONS = st.one_of(
    st.tuples(st.just("watch"), st.sampled_from(CLIENTS), st.lists(CONVERSATIONS, max_size=3)),
    st.tuples(st.just("send"), st.sampled_from(CLIENTS), CONVERSATIONS),
    st.tuples(st.just("push"), st.just(0), CONVERSATIONS),
    st.tuples(st.just("reply"), st.just(0), CONVERSATIONS),
    st.tuples(st.just("come back"), st.sampled_from(CLIENTS), st.just("")),
)


@dataclass
class Client:
    """What a client may hear by the law, beside what it hears."""

    outbox: Outbox
    watched: set[str] = field(default_factory=set)
    due: list[bytes] = field(default_factory=list)


@dataclass
class World:
    """The transport, its clients, and the worker behind it, which answers when told to."""

    transport: WebSocketTransport = field(
        default_factory=lambda: WebSocketTransport(RowRules("agent", "", 10_000))
    )
    clients: list[Client] = field(default_factory=list)
    rows: list[tuple[RouterRow, Client]] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        self.transport.start(self)
        self.clients = [self.newcomer() for _ in CLIENTS]

    def newcomer(self) -> Client:
        client = Client(Outbox(lambda: None, lambda: None))
        self.transport.join(client.outbox)
        return client

    def put(self, row: RouterRow) -> None:
        """Implements router.edge.RowInbox."""
        self.rows.append((row, self.sending))

    def watch(self, client: Client, conversations: list[str]) -> None:
        self.transport.take(client.outbox, orjson.dumps({"watch": conversations}))
        client.watched = set(conversations)

    def send(self, client: Client, conversation: str) -> None:
        self.number += 1
        self.sending = client
        row = {"id": f"r{self.number}", "conversation_id": conversation, "content": "x"}
        self.transport.take(client.outbox, orjson.dumps(row))
        client.watched.add(conversation)

    def push(self, conversation: str) -> None:
        self.number += 1
        self.transport.deliver(Outgoing(ConversationId(conversation), b"%d" % self.number), lambda _: None)
        for client in self.clients:
            if conversation in client.watched:
                client.due.append(told(conversation, self.number, None))

    def reply(self) -> None:
        if not self.rows:
            return
        row, sender = self.rows.pop(0)
        self.number += 1
        self.transport.deliver(Outgoing(row.conversation, b"%d" % self.number, row.row_id), lambda _: None)
        self.transport.settled(row.row_id, False)
        sender.due += [told(row.conversation, self.number, row.row_id), orjson.dumps({"done": row.row_id})]

    def come_back(self, place: int) -> None:
        self.transport.leave(self.clients[place].outbox)
        self.clients[place] = self.newcomer()


def told(conversation: str, number: int, row: RowId | None) -> bytes:
    return orjson.dumps(
        {"conversation_id": conversation, "reply": number, **({} if row is None else {"in_reply_to": row})}
    )


def heard(client: Client) -> list[bytes]:
    frames: list[bytes] = []
    while (frame := client.outbox.take()) is not None:
        frames.append(frame)
    return frames


@given(st.lists(OPERATIONS, max_size=40))
def test_every_client_hears_what_it_watches_and_its_own_answers_and_nothing_else(
    operations: list[tuple[str, int, str | list[str]]],
) -> None:
    world = World()
    for name, place, about in operations:
        client = world.clients[place]
        match name, about:
            case "watch", list(conversations):
                world.watch(client, conversations)
            case "send", str(conversation):
                world.send(client, conversation)
            case "push", str(conversation):
                world.push(conversation)
            case "reply", _:
                world.reply()
            case _:
                world.come_back(place)
    assert [heard(client) for client in world.clients] == [client.due for client in world.clients]


# ── an outbox alone ─────────────────────────────────────────────────────────────────────────────────────


def test_a_client_that_reads_nothing_costs_a_bounded_amount_and_then_its_connection() -> None:
    for size, most in ((1, UNREAD_FRAMES), (1 << 20, UNREAD_BYTES >> 20)):
        cuts: list[bool] = []
        outbox = Outbox(lambda: None, lambda: cuts.append(True))  # noqa: B023  # called within the turn
        for _ in range(most):
            outbox.send(b"x" * size)
        assert cuts == []
        outbox.send(b"x")
        outbox.send(b"x")
        assert cuts == [True]
        assert outbox.take() is None


def test_after_its_end_an_outbox_takes_nothing_more_but_gives_what_it_has() -> None:
    outbox = Outbox(lambda: None, lambda: None)
    outbox.send(b"1")
    outbox.finish()
    outbox.send(b"2")
    assert not outbox.over
    assert (outbox.take(), outbox.take(), outbox.over) == (b"1", None, True)
    assert not outbox.gone_within(0.0)
    outbox.gone()
    assert outbox.gone_within(0.0)
