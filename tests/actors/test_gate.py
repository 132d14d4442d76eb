"""The bounded doors at the edges."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from making import GROUP, NOON, message

from nanie_actors.actors.gate import Gate, GateClosed, GatewayIngress, InboxGate, SourceWatch, WatchedIngress
from nanie_actors.following.trails import Trails
from nanie_actors.messages import Deliver, Incoming, RowArrived
from nanie_actors.model import ConnectionChanged, ConversationId, GroupSeen, MessageArrived, RowId
from nanie_actors.router.edge import InboxClosed, RouterRow
from nanie_actors.runtime import ManualClock
from nanie_actors.whatsapp.edge import IngressClosed

UNFOLLOWED = Trails(ManualClock())


class Mailbox:
    def __init__(self) -> None:
        self.mail: list[object] = []

    def tell(self, message: object, /) -> None:
        self.mail.append(message)


def waits(gate: Gate, key: str, let_in: object) -> bool:
    """Whether a thread that enters waits until `let_in` is called."""
    entered = Event()

    def enter() -> None:
        gate.enter(key)
        entered.set()

    before = gate.waits
    thread = Thread(target=enter)
    thread.start()
    while gate.waits == before and not entered.is_set():
        thread.join(0.001)
    waited = not entered.is_set()
    assert callable(let_in)
    let_in()
    thread.join(10)
    assert entered.is_set()
    return waited


def test_an_edge_waits_while_all_places_are_taken() -> None:
    gate = Gate("test", places=2, per_key=2)
    gate.enter("a")
    gate.enter("b")
    assert waits(gate, "c", lambda: gate.settle("a"))


def test_one_key_cannot_take_everybodys_places() -> None:
    gate = Gate("test", places=9, per_key=1)
    gate.enter("flood")
    gate.enter("other")
    assert waits(gate, "flood", lambda: gate.settle("flood"))


def test_whoever_waits_at_a_closing_door_is_sent_away() -> None:
    gate = Gate("test", places=1, per_key=1)
    gate.enter("a")
    refused = Event()

    def enter() -> None:
        try:
            gate.enter("b")
        except GateClosed:
            refused.set()

    thread = Thread(target=enter)
    thread.start()
    while not gate.waits:
        thread.join(0.001)
    gate.close()
    thread.join(10)
    assert refused.is_set()
    with pytest.raises(GateClosed):
        gate.enter("c")


def test_the_gate_is_empty_when_everything_is_settled() -> None:
    gate = Gate("test", places=5, per_key=5)
    gate.enter("a")
    first, second = gate.admit("b"), gate.admit("b")
    assert not gate.wait_empty(0.0)
    gate.settle("a")
    first.settle()
    second.lose()
    assert gate.wait_empty(0.0)
    assert gate.inside == 0


def test_a_source_is_announced_by_its_first_message_and_ended_by_its_last_word() -> None:
    mailbox, watch = Mailbox(), SourceWatch(live=False)
    ingress = WatchedIngress(GatewayIngress(Gate("test", places=9, per_key=9), mailbox, UNFOLLOWED), watch)
    ingress.put(ConnectionChanged("phone", "online"))
    ingress.put(GroupSeen(GROUP, NOON, "Family", 3))
    assert not watch.announced.is_set()
    ingress.put(MessageArrived(message()))
    assert watch.announced.is_set()
    assert not watch.ended.is_set()
    ingress.put(ConnectionChanged("phone", "finished"))
    assert watch.ended.is_set()
    assert [type(mail) for mail in mailbox.mail] == [Incoming, Deliver, Deliver, Incoming]


def test_closed_doors_speak_the_language_of_their_edge() -> None:
    gate = Gate("test", places=1, per_key=1)
    gate.close()
    with pytest.raises(IngressClosed):
        GatewayIngress(gate, Mailbox(), UNFOLLOWED).put(MessageArrived(message()))
    row = RouterRow(RowId("r"), ConversationId("c"), "hi", "stdio")
    with pytest.raises(InboxClosed):
        InboxGate(gate, Mailbox()).put(row)


def test_a_row_takes_a_place_and_reaches_the_registry() -> None:
    gate, mailbox = Gate("test", places=1, per_key=1), Mailbox()
    row = RouterRow(RowId("r"), ConversationId("c"), "hi", "stdio")
    InboxGate(gate, mailbox).put(row)
    assert mailbox.mail == [RowArrived(row)]
    assert gate.inside == 1
