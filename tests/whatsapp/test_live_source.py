"""The live account as a source, over real processes: connections, messages, texts, ends of every kind."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import fake_bridge
import pytest
from fake_bridge import GROUP
from sessions import pair, unpair

from nanie_actors.model import ConnectionChanged, EpochMs, GroupId, Inbound, MessageArrived, MessageId
from nanie_actors.settings.sections import WhatsAppSettings
from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.edge import (
    IngressClosed,
    OutgoingText,
    SendFailed,
    SendOutcome,
    SendUnknown,
    Sent,
    nobody_waits,
)
from nanie_actors.whatsapp.live.journal_reader import JournalReader
from nanie_actors.whatsapp.live.journal_writer import JournalWriter
from nanie_actors.whatsapp.live.source import LiveSource

WITHIN_S = 30.0
CONNECTED = ["say", "Connected", {"account": "me"}]
OTHER = GroupId("120363000000000002@g.us")


class Running:
    """A source on a state folder, and what it put."""

    def __init__(
        self, state: Path, *scripts: list[list[Any]], command: tuple[str, ...] = (), **more: Any
    ) -> None:
        self.state = state
        settings = {"first_retry_s": 0.01, "max_retry_s": 0.01, "send_interval_s": 0.0, **more}
        self.source = LiveSource(
            WhatsAppSettings(**settings), StateLayout(state), command=command or fake_bridge.command(*scripts)
        )
        self.came: Queue[Inbound] = Queue()
        self.closed = False

    def put(self, event: Inbound, settled: Callable[[], None] = nobody_waits) -> None:
        if self.closed:
            raise IngressClosed
        self.came.put(event)
        settled()

    def next(self) -> str:
        event = self.came.get(timeout=WITHIN_S)
        if isinstance(event, ConnectionChanged):
            return event.state
        assert isinstance(event, MessageArrived)
        return event.message.text

    def until(self, state: str) -> ConnectionChanged:
        while True:
            event = self.came.get(timeout=WITHIN_S)
            if isinstance(event, ConnectionChanged) and event.state == state:
                return event

    def send(self, text: str, group: GroupId = GROUP) -> Queue[SendOutcome]:
        outcome: Queue[SendOutcome] = Queue()
        self.source.send(OutgoingText("1", group, text), outcome.put)
        return outcome

    def wait_for_entry(self, number: int) -> None:
        """Until the bridge has written it."""
        reader = JournalReader(StateLayout(self.state).ingress_journal)
        deadline = time.monotonic() + WITHIN_S
        while reader.newest() < number:
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def allow(self, name: str) -> None:
        (self.state / name).touch()

    def bridges(self) -> list[int]:
        starts = self.state / "starts"
        return [int(line) for line in starts.read_text().splitlines()] if starts.exists() else []


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts sources; each is stopped at the end, and nothing of it is left."""
    monkeypatch.setattr("nanie_actors.whatsapp.live.connection.LOOK_S", 0.02)
    made: list[Running] = []

    def run(*scripts: list[list[Any]], **more: Any) -> Running:
        made.append(Running(tmp_path, *scripts, **more))
        made[-1].source.start(made[-1])
        return made[-1]

    yield run
    for running in made:
        running.source.stop()
        for process in running.bridges():
            with pytest.raises(ProcessLookupError):
                os.kill(process, 0)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("whatsapp")] == []


@pytest.fixture
def paired(tmp_path: Path) -> None:
    pair(tmp_path)


def test_without_an_account_it_waits_for_nanie_pair_and_then_connects(start: Start) -> None:
    running = start([CONNECTED])
    assert "nanie pair" in running.until("unpaired").reason
    layout = StateLayout(running.state)
    layout.whatsapp.mkdir()
    with layout.session_lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running.until("pairing")
        pair(running.state)
        assert running.bridges() == []
    running.until("online")


@pytest.mark.usefixtures("paired")
def test_online_is_said_after_everything_that_the_journal_held(start: Start) -> None:
    running = start([["journal", "one", "two"], ["journal", "three"], CONNECTED, ["journal", "four"]])
    told = [running.next() for _ in range(6)]
    assert sorted(told) == sorted(["connecting", "one", "two", "three", "online", "four"])
    assert told[0] == "connecting"
    assert told.index("online") > told.index("three")
    assert [text for text in told if text not in ("connecting", "online")] == ["one", "two", "three", "four"]


def test_what_an_earlier_run_left_is_handed_in_without_any_bridge(tmp_path: Path, start: Start) -> None:
    writer = JournalWriter(StateLayout(tmp_path).ingress_journal, segment_bytes=1_000)
    StateLayout(tmp_path).whatsapp.mkdir()
    writer.open()
    writer.append([fake_bridge.message("left behind", "M1")], fake_bridge.refused)
    writer.close()
    running = start([CONNECTED])
    assert {running.next(), running.next()} == {"left behind", "unpaired"}


@pytest.mark.usefixtures("paired")
def test_a_text_is_sent_and_its_outcome_told(start: Start) -> None:
    running = start([CONNECTED])
    running.until("online")
    assert running.send("milk").get(timeout=WITHIN_S) == Sent(MessageId("3EB0"), EpochMs(1_000))


@pytest.mark.parametrize(("outcome", "kind"), [("failed", SendFailed), ("unknown", SendUnknown)])
@pytest.mark.usefixtures("paired")
def test_every_outcome_of_the_bridge_is_passed_on(start: Start, outcome: str, kind: type) -> None:
    running = start([["answer", {"outcome": outcome, "why": "so"}], CONNECTED])
    running.until("online")
    assert running.send("milk").get(timeout=WITHIN_S) == kind("so")


@pytest.mark.usefixtures("paired")
def test_without_a_connection_a_text_fails_at_once_and_says_why(start: Start) -> None:
    running = start([CONNECTED, ["await", "drop"], ["say", "Disconnected"]])
    running.until("online")
    running.allow("drop")
    running.until("offline")
    outcome = running.send("milk").get(timeout=WITHIN_S)
    assert isinstance(outcome, SendFailed)
    assert "dropped" in outcome.reason


@pytest.mark.usefixtures("paired")
def test_texts_of_other_groups_do_not_wait_for_one_that_does(start: Start) -> None:
    running = start([CONNECTED], send_interval_s=3_600)
    running.until("online")
    first, second, other = running.send("one"), running.send("two"), running.send("three", OTHER)
    assert isinstance(first.get(timeout=WITHIN_S), Sent)
    assert isinstance(other.get(timeout=WITHIN_S), Sent)
    assert second.empty()
    running.source.stop()
    assert isinstance(second.get(timeout=WITHIN_S), SendFailed)


@pytest.mark.usefixtures("paired")
def test_a_bridge_that_dies_leaves_its_text_in_doubt_and_is_followed_by_another(start: Start) -> None:
    running = start(
        [["answer", None], CONNECTED, ["await", "ordered"], ["abort"]],
        [["journal", "two"], CONNECTED],
    )
    running.until("online")
    outcome = running.send("milk")
    assert isinstance(outcome.get(timeout=WITHIN_S), SendUnknown)
    assert "SIGABRT" in running.until("offline").reason
    running.until("online")
    assert len(running.bridges()) == 2
    assert isinstance(running.send("again").get(timeout=WITHIN_S), Sent)


@pytest.mark.usefixtures("paired")
def test_a_text_in_the_bridges_hands_at_the_stop_is_in_doubt(start: Start) -> None:
    """And the one behind it was certainly not sent."""
    running = start([["answer", None], CONNECTED, ["await", "ordered"], ["journal", "the order is here"]])
    running.until("online")
    outcomes = [running.send("milk"), running.send("eggs")]
    assert running.next() == "the order is here"
    running.source.stop()
    assert [type(outcome.get(timeout=WITHIN_S)) for outcome in outcomes] == [SendUnknown, SendFailed]


@pytest.mark.usefixtures("paired")
def test_a_worker_that_takes_nothing_any_more_leaves_it_to_the_next(tmp_path: Path, start: Start) -> None:
    first = start([["journal", "one"], ["await", "closed"], ["journal", "two"], CONNECTED])
    first.until("connecting")
    assert first.next() == "one"
    first.closed = True
    first.allow("closed")
    first.wait_for_entry(2)
    first.source.stop()
    unpair(tmp_path)
    second = start([CONNECTED])
    assert {second.next(), second.next()} == {"two", "unpaired"}


@pytest.mark.usefixtures("paired")
def test_a_logout_waits_for_the_next_pairing(start: Start) -> None:
    running = start([["say", "LoggedOut", {"why": "removed"}], ["exit", 0]], [CONNECTED])
    assert "removed" in running.until("logged_out").reason
    pair(running.state, registration=78)
    running.until("online")


def test_a_bridge_that_cannot_be_started_is_told(tmp_path: Path, start: Start) -> None:
    pair(tmp_path)
    running = start(command=("/no/such/program",))
    assert "cannot be started" in running.until("offline").reason


@pytest.mark.usefixtures("paired")
def test_a_stop_in_any_phase_leaves_nothing(start: Start) -> None:
    """What is left is looked for by the fixture."""
    for name in ("connecting", "online"):
        running = start([CONNECTED] if name == "online" else [])
        running.until(name)
        running.source.stop()
        running.source.stop()
        assert running.send("late").get(timeout=WITHIN_S) == SendFailed(
            "the connection to WhatsApp is closed"
        )


def test_a_source_that_was_never_started_can_be_stopped(tmp_path: Path) -> None:
    running = Running(tmp_path, [])
    early = running.send("early")
    running.source.stop()
    running.source.stop()
    assert isinstance(early.get(timeout=WITHIN_S), SendFailed)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("paired")
def test_a_caller_that_fails_on_an_outcome_harms_nobody_else(start: Start) -> None:
    running = start([CONNECTED])
    running.until("online")

    def fail(_: SendOutcome) -> None:
        raise ZeroDivisionError

    running.source.send(OutgoingText("1", OTHER, "eggs"), fail)
    assert isinstance(running.send("milk").get(timeout=WITHIN_S), Sent)


def test_it_reaches_what_is_on_whatsapp(tmp_path: Path) -> None:
    source = Running(tmp_path, []).source
    assert (source.name, source.live) == ("whatsapp", True)
    assert source.reaches(GROUP)
    assert not source.reaches(GroupId("weekend-1a2b"))
