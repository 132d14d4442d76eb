"""Who takes more than their share is refused or slowed down; nobody else notices, and nothing is lost."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

import orjson
import pytest
from household import Household
from making import GROUP, NOON, OTHER_GROUP, message

from nanie_actors.actors.gate import Gate, GatewayIngress, InboxGate, PacedIngress
from nanie_actors.actors.outlet import Outlet
from nanie_actors.actors.tenant_limits import RECENT_MS, CommandLimit, EventPace
from nanie_actors.actors.token_bucket import Rate
from nanie_actors.following.trails import Trails
from nanie_actors.messages import RowArrived
from nanie_actors.model import (
    ConnectionChanged,
    ConversationId,
    EpochMs,
    GroupSeen,
    MessageArrived,
    MessageEdited,
    MessageId,
    RowId,
    SenderId,
)
from nanie_actors.router.edge import RouterRow
from nanie_actors.runtime import ManualClock
from nanie_actors.whatsapp.edge import IngressClosed

COMMAND = '{"action":"GET_STATUS"}'
UNFOLLOWED = Trails(ManualClock())


# ── commands ────────────────────────────────────────────────────────────────────────────────────────────


def house_with(**limits: Any) -> Household:
    """Conversation `one` is linked; that took one command."""
    house = Household(limits=limits)
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), GroupSeen(OTHER_GROUP, NOON, "Club", 3))
    house.run()
    house.link("one", GROUP)
    return house


def codes(house: Household, conversation: str, count: int) -> list[str]:
    answers = [house.say(conversation, "GET_STATUS")[-1] for _ in range(count)]
    return [answer.get("code", answer["type"]) for answer in answers]


def test_commands_beyond_the_burst_are_refused_with_the_time_to_wait_and_have_no_effect() -> None:
    house = house_with(commands_burst=3, commands_per_minute=6)
    for text in ("1", "2"):
        house.say("one", "ADD_EVENT", text=text)
    (answer,) = house.say("one", "ADD_EVENT", text="3")
    assert (answer["code"], answer["retryAfter"]) == ("RATE_LIMITED", 10)
    assert "try again in 10 s" in answer["error"]
    house.clock.advance(10)
    (status,) = house.say("one", "GET_STATUS")
    assert [event["label"] for event in status["data"]["events"]] == ["1", "2"]


def test_a_flooding_conversation_costs_another_none_of_its_commands() -> None:
    house = house_with(commands_burst=3, commands_per_minute=1)
    assert codes(house, "one", 9)[2:] == ["RATE_LIMITED"] * 7
    house.link("two", GROUP)
    assert codes(house, "two", 2) == ["DATA", "DATA"]


def test_every_refused_row_is_answered_and_settled() -> None:
    house = house_with(commands_burst=1, commands_per_minute=1)
    rows = [house.put("one", {"action": "GET_STATUS"}) for _ in range(20)]
    assert [out.in_reply_to for out, _ in house.transport.out[-20:]] == rows
    assert house.transport.finished[-20:] == [(row, False) for row in rows]
    assert house.tree.inbox.waits == 20  # the edge rests after each
    assert house.tree.inbox.inside == 0


def test_a_refused_row_gives_its_place_back_only_when_its_answer_is_taken() -> None:
    """A transport that is slow to take answers slows down who makes it answer."""
    house = house_with(commands_burst=1, commands_per_minute=1)
    house.transport.open = False
    house.put("one", {"action": "GET_STATUS"})
    assert house.tree.inbox.inside == 1
    house.transport.accept()
    assert house.tree.inbox.inside == 0


def test_free_text_beyond_the_share_is_left_untouched() -> None:
    house = house_with(commands_burst=1, commands_per_minute=1)
    before = len(house.transport.out)
    row = house.put("one", "when did she sleep?")
    house.run()
    assert house.transport.finished[-1] == (row, True)
    assert len(house.transport.out) == before


def test_one_conversation_cannot_take_all_places_of_the_inbox() -> None:
    house = Household(router={"unanswered": 4})
    assert house.put("one", {"action": "LIST_GROUPS"})
    assert house.put("one", {"action": "LIST_GROUPS"})
    let_in = Event()

    def put_one_more() -> None:
        house.put("one", {"action": "LIST_GROUPS"})
        let_in.set()

    edge = Thread(target=put_one_more)
    edge.start()
    while not house.tree.inbox.waits:
        assert edge.is_alive()
    house.put("two", {"action": "LIST_GROUPS"})
    assert not let_in.is_set()
    house.run()
    assert let_in.wait(30)
    edge.join(30)
    house.run()
    assert house.tree.inbox.inside == 0


class Mailbox:
    """As much of an actor reference as a door needs."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def tell(self, message: Any, /) -> None:
        self.told.append(message)


def test_the_limit_holds_for_all_transports_together_and_any_thread() -> None:
    answered: list[str] = []

    class Transport:
        name = "hand"

        def deliver(self, out: Any, accepted: Any) -> None:
            answered.append(out.in_reply_to)
            accepted(True)

        def settled(self, row: RowId, keep: bool) -> None:
            assert not keep

    gate, mailbox = Gate("test", places=1_000, per_key=1_000), Mailbox()
    outlet = Outlet({"hand": Transport()}, gate.settle, ManualClock(NOON))  # type: ignore[dict-item]
    door = InboxGate(gate, mailbox, CommandLimit(Rate(50, 0.001), outlet, ManualClock(NOON)))

    def flood(edge: int) -> None:
        for number in range(50):
            door.put(RouterRow(RowId(f"{edge}-{number}"), ConversationId("one"), COMMAND, "hand"))

    edges = [Thread(target=flood, args=(edge,)) for edge in range(4)]
    for edge in edges:
        edge.start()
    for edge in edges:
        edge.join(30)
    arrived = [told.row.row_id for told in mailbox.told if isinstance(told, RowArrived)]
    assert len(arrived) == 50
    assert len({*arrived, *answered}) == 200


# ── pushes ──────────────────────────────────────────────────────────────────────────────────────────────


def test_updates_beyond_the_burst_come_later_as_one() -> None:
    house = house_with(pushes_burst=3, pushes_per_minute=6)
    for number in range(1, 9):
        house.tell(MessageArrived(message(number, str(number))))
        house.run()
    assert len(house.pushes("one")) == 3
    house.wait(10)
    assert len(house.pushes("one")) == 4
    assert house.shown("one") == [str(number) for number in range(1, 9)]


def test_a_conversation_that_has_used_up_its_updates_costs_another_none() -> None:
    house = house_with(pushes_burst=1, pushes_per_minute=1)
    house.link("two", OTHER_GROUP)
    for number in range(1, 9):
        house.tell(MessageArrived(message(number, str(number))))
        house.run()
    house.tell(MessageArrived(message(1, "goal", group=OTHER_GROUP)))
    house.run()
    assert house.shown("two") == ["goal"]


def test_what_waits_for_its_turn_is_pushed_at_a_stop() -> None:
    house = house_with(pushes_burst=1, pushes_per_minute=1)
    for number in range(1, 4):
        house.tell(MessageArrived(message(number, str(number))))
        house.run()
    assert house.stop()
    assert house.shown("one") == ["1", "2", "3"]


# ── events ──────────────────────────────────────────────────────────────────────────────────────────────


def pace(burst: int, per_second: float = 1.0) -> tuple[EventPace, ManualClock]:
    clock = ManualClock(NOON)
    return EventPace(Rate(burst, per_second), clock), clock


def test_a_group_that_tells_more_than_its_share_has_to_wait_and_others_have_not() -> None:
    door, clock = pace(2)
    waits = [door.wait_s(MessageArrived(message(number, at=NOON))) for number in range(4)]
    assert waits == [0, 0, pytest.approx(1), pytest.approx(1)]
    assert door.wait_s(MessageArrived(message(1, group=OTHER_GROUP, at=NOON))) == 0
    clock.advance(1)
    assert door.wait_s(MessageArrived(message(4, at=NOON))) == 0


def test_every_kind_of_event_counts_but_the_connection_s() -> None:
    door, _ = pace(1)
    assert door.wait_s(GroupSeen(GROUP, NOON, "Family")) == 0
    edited = MessageEdited(GROUP, MessageId("m"), SenderId("alice"), "Alice", NOON, "text")
    assert door.wait_s(edited) > 0
    assert door.wait_s(ConnectionChanged("phone", "online")) == 0


def test_history_is_no_flood() -> None:
    door, _ = pace(1)
    old = EpochMs(NOON - RECENT_MS - 1)
    assert {door.wait_s(MessageArrived(message(number, at=old))) for number in range(100)} == {0}


def test_a_message_from_the_future_counts() -> None:
    door, _ = pace(1)
    later = EpochMs(NOON + 10 * RECENT_MS)
    assert [door.wait_s(MessageArrived(message(n, at=later))) > 0 for n in range(3)] == [False, True, True]


class PatientPace(EventPace):
    """Says once that the source has to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(Rate(1, 1.0), ManualClock(NOON))
        self.waits = [seconds]

    def wait_s(self, event: Any) -> float:
        del event
        return self.waits.pop() if self.waits else 0.0


def test_an_event_that_had_to_wait_is_handed_in_all_the_same() -> None:
    mailbox = Mailbox()
    gate = Gate("test", places=1, per_key=1)
    door = PacedIngress(GatewayIngress(gate, mailbox, UNFOLLOWED), gate, PatientPace(0.001))
    door.put(MessageArrived(message(1)))
    assert len(mailbox.told) == 1
    assert gate.waits == 1


def test_a_source_that_waits_for_its_turn_is_released_by_the_stop() -> None:
    gate, closed = Gate("test", places=1, per_key=1), Event()
    ingress = PacedIngress(GatewayIngress(gate, Mailbox(), UNFOLLOWED), gate, PatientPace(3_600))

    def put() -> None:
        with pytest.raises(IngressClosed):
            ingress.put(MessageArrived(message(1)))
        closed.set()

    source = Thread(target=put)
    source.start()
    while not gate.waits:
        assert source.is_alive()
    gate.close()
    assert closed.wait(30)
    source.join(30)


def test_rows_that_are_refused_are_json_of_the_contract() -> None:
    house = house_with(commands_burst=1, commands_per_minute=60)
    house.put("one", {"action": "GET_STATUS"})
    assert orjson.loads(house.transport.out[-1][0].body) == {
        "type": "ERROR",
        "code": "RATE_LIMITED",
        "error": "Too many commands of this conversation; nothing was done: try again in 1 s.",
        "retryAfter": 1,
        "ephemeral": True,
    }
