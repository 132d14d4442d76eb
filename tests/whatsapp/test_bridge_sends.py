"""Sending: exactly one report an order, and never a second chance for what may have been sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from clients import WITHIN_S, FakeClient, Told, as_client, blocked, open_gate

from nanie_actors.whatsapp.bridge.gate import Gate
from nanie_actors.whatsapp.bridge.library import SendMessageError, SendResponse
from nanie_actors.whatsapp.bridge.sends import CALLS_AT_ONCE, GIVE_UP_S, Sends
from nanie_actors.whatsapp.live.orders import SendOrder
from nanie_actors.whatsapp.live.reports import SendReport

GROUP = "120363000000000001@g.us"
ANSWER = SendResponse(ID="3EB0AA", Timestamp=1_764_000_000, ServerID=0)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def sending(fake: FakeClient, gate: Gate | None = None) -> Iterator[tuple[Sends, Told, Clock]]:
    told, clock = Told(), Clock()
    sends = Sends(gate or open_gate(fake), told.add, clock)
    try:
        yield sends, told, clock
    finally:
        sends.end()
        sends._pool.shutdown()


def test_a_text_is_sent_as_it_is_and_its_id_and_time_come_back() -> None:
    """As a plain conversation: the library would make mentions and links of a string."""
    fake = FakeClient(send_message=ANSWER)
    with sending(fake) as (sends, told, _):
        sends.send(SendOrder("o1", GROUP, "@49170 10 ml"))
        told.wait_for(1)
    assert told == [SendReport("o1", "sent", message_id="3EB0AA", at=1_764_000_000_000)]
    ((_, to, content),) = [call for call in fake.calls if call[0] == "send_message"]
    assert (to.User, to.Server, content.conversation) == ("120363000000000001", "g.us", "@49170 10 ml")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (SendMessageError("server returned error 420"), "failed"),
        (SendMessageError("failed to get group members: that group does not exist"), "failed"),
        (SendMessageError("timed out waiting for message send response"), "unknown"),
        (ValueError("an answer that cannot be read"), "unknown"),
    ],
)
def test_an_error_of_the_call_is_an_outcome(error: Exception, outcome: str) -> None:
    with sending(FakeClient(send_message=error)) as (sends, told, _):
        sends.send(SendOrder("o1", GROUP, "milk"))
        told.wait_for(1)
    assert (told[0].outbox_id, told[0].outcome) == ("o1", outcome)


@pytest.mark.parametrize("answers", [{"is_connected": False}, {"is_logged_in": False}])
def test_without_a_connection_nothing_is_called_and_the_order_failed(answers: dict[str, Any]) -> None:
    fake = FakeClient(**answers)
    with sending(fake) as (sends, told, _):
        sends.send(SendOrder("o1", GROUP, "milk"))
        told.wait_for(1)
    assert told == [SendReport("o1", "failed", why="not connected to WhatsApp")]
    assert fake.names() == []


@pytest.mark.parametrize(
    "group", ["491700000002", "", "123@s.whatsapp.net", "7f0c4a3e-5d0c-4c55-9a55-0d9d7a9f2a11"]
)
def test_only_whatsapp_groups_are_sent_to(group: str) -> None:
    fake = FakeClient()
    with sending(fake) as (sends, told, _):
        sends.send(SendOrder("o1", group, "milk"))
        told.wait_for(1)
    assert told == [SendReport("o1", "failed", why="not a WhatsApp group")]
    assert fake.names() == []


def test_a_call_that_hangs_becomes_unknown_and_its_late_answer_is_not_told() -> None:
    release, called = threading.Event(), Told()
    fake = FakeClient(send_message=blocked(release, ANSWER, entered=called.add))
    with sending(fake) as (sends, told, clock):
        sends.send(SendOrder("o1", GROUP, "milk"))
        called.wait_for(1)
        clock.now += GIVE_UP_S - 1
        sends.look_after()
        assert told == []
        clock.now += 1
        sends.look_after()
        assert told == [SendReport("o1", "unknown", why="no answer in time")]
        release.set()
    assert len(told) == 1


def test_what_waited_behind_calls_that_hang_certainly_was_not_sent() -> None:
    release, called = threading.Event(), Told()
    fake = FakeClient(send_message=blocked(release, ANSWER, entered=called.add))
    with sending(fake) as (sends, told, clock):
        for number in range(CALLS_AT_ONCE + 1):
            sends.send(SendOrder(f"o{number}", GROUP, "milk"))
        called.wait_for(CALLS_AT_ONCE)
        clock.now += GIVE_UP_S
        sends.look_after()
        outcomes = {report.outbox_id: report.outcome for report in told}
        release.set()
    assert outcomes == {"o0": "unknown", "o1": "unknown", "o2": "unknown", "o3": "unknown", "o4": "failed"}
    assert len(called) == CALLS_AT_ONCE


def test_the_end_of_the_bridge_settles_everything() -> None:
    release, called = threading.Event(), Told()
    fake = FakeClient(send_message=blocked(release, ANSWER, entered=called.add))
    with sending(fake) as (sends, told, _):
        sends.send(SendOrder("o1", GROUP, "milk"))
        called.wait_for(1)
        sends.end()
        assert [report.outcome for report in told] == ["unknown"]
        release.set()
    assert len(told) == 1


def test_a_locked_gate_lets_nothing_through_and_knows_who_is_inside() -> None:
    release, called = threading.Event(), Told()
    fake = FakeClient(send_message=blocked(release, ANSWER, entered=called.add))
    gate = Gate(as_client(fake))
    gate.open()
    with sending(fake, gate) as (sends, told, _):
        sends.send(SendOrder("o1", GROUP, "milk"))
        called.wait_for(1)
        assert not gate.lock(0.0)
        sends.send(SendOrder("o2", GROUP, "milk"))
        told.wait_for(1)
        assert (told[0].outbox_id, told[0].outcome) == ("o2", "failed")
        release.set()
        assert gate.lock(WITHIN_S)
        gate.open()
        sends.send(SendOrder("o3", GROUP, "milk"))
        told.wait_for(3)
    assert {report.outbox_id: report.outcome for report in told} == {
        "o1": "sent",
        "o2": "failed",
        "o3": "failed",
    }
