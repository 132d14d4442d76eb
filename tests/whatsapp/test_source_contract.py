"""One suite for every source that plays something, the example of the documentation among them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import pytest
from making import GROUP, NOON, message
from table_source import TableSource

from nanie_actors.model import ConnectionChanged, GroupId, GroupSeen, Inbound, MessageArrived, group_of
from nanie_actors.whatsapp.edge import (
    IngressClosed,
    OutgoingText,
    SendFailed,
    SendOutcome,
    Sent,
    WhatsAppSource,
    nobody_waits,
)
from nanie_actors.whatsapp.memory import MemorySource
from nanie_actors.whatsapp.recorded import RecordedSource
from nanie_actors.whatsapp.recording import encode_event
from nanie_actors.whatsapp.replay import ReplaySource

WITHIN_S = 20.0
MESSAGES = 4
Make = Callable[[], WhatsAppSource]


def memory(_folder: Path) -> WhatsAppSource:
    source = MemorySource()
    source.push(GroupSeen(GROUP, NOON, "Family"), *(MessageArrived(message(n)) for n in range(MESSAGES)))
    source.finish()
    return source


def recorded(folder: Path) -> WhatsAppSource:
    told: list[Inbound] = [
        GroupSeen(GROUP, NOON, "Family"),
        *(MessageArrived(message(n)) for n in range(MESSAGES)),
    ]
    path = folder / "stream.jsonl"
    path.write_bytes(b"".join(encode_event(event) + b"\n" for event in told))
    return RecordedSource(path, speed=None)


def replayed(folder: Path) -> WhatsAppSource:
    path = folder / "WhatsApp Chat with Family.txt"
    path.write_text("".join(f"21/03/2026, 10:0{n} - Nora: bottle\n" for n in range(MESSAGES)), "utf-8")
    return ReplaySource(path, zone=ZoneInfo("UTC"))


def table(folder: Path) -> WhatsAppSource:
    path = folder / "club.csv"
    rows = [f"2026-03-21T10:00:00+00:00,Family,Nora,bottle {n % 2}" for n in range(MESSAGES)]
    path.write_text("\n".join(["time,group,sender,text", *rows]), "utf-8")
    return TableSource(path)


@pytest.fixture(params=[memory, recorded, replayed, table], ids=lambda made: str(made.__name__))
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes a source that plays four messages of one group; the same ones each time."""
    return lambda: request.param(tmp_path)


class Taking:
    """An ingress; closed after so many events, if that is given. It says when a source is through."""

    def __init__(self, closed_after: int | None = None) -> None:
        self.events: list[Inbound] = []
        self.over = Event()
        self._closed_after = closed_after

    def put(self, event: Inbound, settled: Callable[[], None] = nobody_waits) -> None:
        if len(self.events) == self._closed_after:
            self.over.set()
            raise IngressClosed
        self.events.append(event)
        settled()
        if isinstance(event, ConnectionChanged) and event.state in ("finished", "failed"):
            self.over.set()


def played(source: WhatsAppSource, ingress: Taking) -> list[Inbound]:
    source.start(ingress)
    assert ingress.over.wait(WITHIN_S)
    source.stop()
    return ingress.events


def told_group(events: list[Inbound]) -> GroupId:
    (group,) = {group_of(event) for event in events if not isinstance(event, ConnectionChanged)}
    return group


def test_it_connects_tells_the_group_before_its_messages_and_finishes(make: Make) -> None:
    source = make()
    events = played(source, Taking())
    states = [event for event in events if isinstance(event, ConnectionChanged)]
    assert [(one.source, one.state) for one in states] == [
        (source.name, state) for state in ("connecting", "online", "finished")
    ]
    kinds = [type(event) for event in events if not isinstance(event, ConnectionChanged)]
    assert kinds[0] is GroupSeen
    assert kinds.count(MessageArrived) == MESSAGES


def test_every_message_has_an_id_of_its_own_and_the_same_in_every_run(make: Make) -> None:
    first, again = (
        [event.message for event in played(make(), Taking()) if isinstance(event, MessageArrived)]
        for _ in range(2)
    )
    assert first == again
    assert len({one.message_id for one in first}) == MESSAGES


def test_a_worker_that_stops_ends_it_at_any_event(make: Make) -> None:
    for closed_after in range(MESSAGES + 3):
        ingress = Taking(closed_after)
        assert len(played(make(), ingress)) == closed_after


def test_a_stop_waits_for_the_thread_that_puts(make: Make) -> None:
    source, before = make(), set(threading.enumerate())
    entered, go_on = Event(), Event()

    class Slow:
        def put(self, event: Inbound, settled: Callable[[], None] = nobody_waits) -> None:
            entered.set()
            assert go_on.wait(WITHIN_S)

    source.start(Slow())
    assert entered.wait(WITHIN_S)
    go_on.set()
    source.stop()
    assert set(threading.enumerate()) <= before
    source.stop()


def test_it_can_be_stopped_before_it_was_started(make: Make) -> None:
    source = make()
    source.stop()
    source.stop()


def test_it_is_started_once_only(make: Make) -> None:
    source = make()
    played(source, Taking())
    with pytest.raises(RuntimeError, match="twice"):
        source.start(Taking())


def test_a_text_for_its_group_is_settled_once_and_for_another_it_fails(make: Make) -> None:
    source, ingress = make(), Taking()
    source.start(ingress)
    assert ingress.over.wait(WITHIN_S)
    outcomes: list[SendOutcome] = []
    group = told_group(ingress.events)
    assert source.reaches(group)
    source.send(OutgoingText("1", group, "hello"), outcomes.append)
    elsewhere = GroupId("120363999999999999@g.us")
    assert not source.reaches(elsewhere)
    source.send(OutgoingText("2", elsewhere, "hello"), outcomes.append)
    source.stop()
    source.send(OutgoingText("3", group, "hello"), outcomes.append)
    assert [type(outcome) for outcome in outcomes] == [Sent, SendFailed, SendFailed]
